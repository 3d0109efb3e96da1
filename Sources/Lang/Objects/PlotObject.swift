import Engine

/// A plot, with its data.
public final class PlotObject: Object, Saveable, @unchecked Sendable {
  /// The data, from which text, SVG and CSV are made when they are asked for.
  public let plot: Plot

  /// Wraps `plot`.
  public init(_ plot: Plot) {
    self.plot = plot
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    let text =
      switch ending {
      case "svg": plot.renderSVG()
      case "csv": plot.renderCSV()
      case "txt": plot.renderASCII() + "\n"
      default: throw call.failure("a plot is saved as .svg, .csv or .txt, got \(Text.quoted(path))")
      }
    try FileContents.write(text, to: path, for: "save")
  }

  public override var kind: String { "plot" }
  public override var summary: String { "plot \(Text.quoted(plot.title)) of \(plot.series.count) series" }
  private static let meanings = [
    "svg": "the figure as SVG text", "csv": "its numbers as CSV text",
  ]
  override func meaning(ofMember name: String) -> String? { PlotObject.meanings[name] }

  public override var memberNames: [String] { ["svg", "csv"] }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "svg": .text(plot.renderSVG())
    case "csv": .text(plot.renderCSV())
    default: nil
    }
  }
}
