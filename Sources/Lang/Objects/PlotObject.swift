import Engine

/// A picture, with its data.
public final class PlotObject: Object, Saveable, @unchecked Sendable {
  /// The data, from which text, SVG and CSV are made when they are asked for.
  public let picture: Picture

  /// Wraps `picture`.
  public init(_ picture: Picture) {
    self.picture = picture
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    let text: String
    switch ending {
    case "svg": text = picture.svg
    case "csv": text = picture.csv
    case "txt": text = picture.text(width: 72, unicode: false, colour: false) + "\n"
    case "png":
      // Twice as many pixels as the SVG says: for paper and for screens that have them.
      return try FileContents.write(Raster.png(svg: picture.svg, scale: 2), to: path, for: "save")
    default: throw call.failure("a plot is saved as .svg, .png, .csv or .txt, got \(Text.quoted(path))")
    }
    try FileContents.write(text, to: path, for: "save")
  }

  public override var kind: String { "plot" }
  public override var summary: String { picture.summary }
  private static let meanings = [
    "svg": "the figure as SVG text", "csv": "its numbers as CSV text",
  ]
  override func meaning(ofMember name: String) -> String? { PlotObject.meanings[name] }

  public override var memberNames: [String] { ["svg", "csv"] }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "svg": .text(picture.svg)
    case "csv": .text(picture.csv)
    default: nil
    }
  }
}
