/// Whoever runs a session: where its output goes and how much room there is.
public protocol Host: AnyObject, Sendable {
  /// Results: what `print` and the prompt show.
  func write(_ text: String)
  /// Shows a value in the form that suits the user best.
  func display(_ value: Value)
  /// Shows a plot.
  func draw(_ picture: Picture)
  /// A text to be read, which may be longer than the screen.
  func show(_ text: String)
  /// A text that the shell has made, with its colours.
  func draw(_ text: String)
  /// Remarks that are not results, such as warnings; they never mix with results.
  func note(_ text: String)
  /// How far long work has come; nil when it is done.
  func progress(_ progress: Progress?)
  /// A line of a log, for work that nobody watches; nothing where progress is seen.
  func log(_ text: String)
  /// Takes over the user's settings.
  func apply(_ settings: Settings)
  /// The room for printed values.
  var layout: Layout { get }
  /// Whether output may have colours.
  var usesColor: Bool { get }
  /// Whether the terminal can show more than plain characters.
  var usesUnicode: Bool { get }
}

extension Host {
  /// Writes it as text, in the room there is.
  public func display(_ value: Value) { write(Printing.display(value, layout) + "\n") }
  /// Draws it in characters.
  public func draw(_ picture: Picture) { draw(text(of: picture)) }
  /// A picture in characters, in the room there is.
  public func text(of picture: Picture) -> String {
    // A file has all the width there is, which nobody wants to see.
    let most = Picture.mostColumns * (layout.width > 1000 ? 1 : picture.columns)
    let width = max(30, min(layout.width, most))
    return picture.text(width: width, unicode: usesUnicode, colour: usesColor) + "\n"
  }
  /// Writes it.
  public func show(_ text: String) { write(text) }
  /// Nothing: a host that knows no settings.
  public func apply(_ settings: Settings) {}
  /// As any result, unless the host says otherwise.
  public func draw(_ text: String) { write(text) }
}

/// How far long work has come.
public struct Progress: Sendable {
  /// What is being done, in a few words.
  public var title: String
  /// From 0 to 1, or nil when unknown.
  public var fraction: Double?
  /// A few current numbers.
  public var detail: String

  /// Creates a report.
  public init(_ title: String, fraction: Double? = nil, detail: String = "") {
    self.title = title
    self.fraction = fraction
    self.detail = detail
  }
}
