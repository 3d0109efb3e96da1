/// Whoever runs a session: where its output goes and how much room there is.
public protocol Host: AnyObject, Sendable {
  /// Results: what `print` and the prompt show.
  func write(_ text: String)
  /// Remarks that are not results, such as warnings; they never mix with results.
  func note(_ text: String)
  /// How far long work has come; nil when it is done.
  func progress(_ progress: Progress?)
  /// The room for printed values.
  var layout: Layout { get }
  /// Whether output may have colours.
  var usesColor: Bool { get }
  /// Whether the terminal can show more than plain characters.
  var usesUnicode: Bool { get }
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

/// What an interpreter records with `track`, and where it reports progress.
public final class Recorder: @unchecked Sendable {
  /// The rows recorded so far.
  public internal(set) var rows: [Record] = []
  /// What an interrupt leaves behind: a table, or a policy and the rows of its curve.
  var partial: Value = .none
  /// Whether it belongs to one of several cells that run at the same time.
  let isWorker: Bool
  private let reportsProgress: Bool
  private let host: any Host

  init(host: any Host, reportsProgress: Bool, isWorker: Bool = false) {
    self.host = host
    self.reportsProgress = reportsProgress
    self.isWorker = isWorker
  }

  func progress(_ progress: Progress?) {
    if reportsProgress { host.progress(progress) }
  }
}
