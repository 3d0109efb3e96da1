/// Whatever `plot` draws, in any form at any time.
public indirect enum Picture: Sendable, Equatable {
  case plot(Plot)
  case heatMap(HeatMap)
  /// Pictures beside and below each other, row by row.
  case panels([Picture], columns: Int, title: String)

  /// The picture in characters.
  ///
  /// `width` counts all columns; panels stand beside each other where they fit. No newline at the end.
  public func text(width: Int, unicode: Bool, colour: Bool) -> String {
    switch self {
    case .plot(let plot):
      unicode
        ? plot.renderBraille(width: width, height: 15, colour: colour)
        : plot.renderASCII(width: width, height: 15)
    case .heatMap(let map): map.text(width: width, unicode: unicode)
    case .panels(let panels, let columns, let title):
      Picture.text(panels, columns, title, width: width) {
        $0.text(width: $1, unicode: unicode, colour: colour)
      }
    }
  }

  /// How many panels stand beside each other at most.
  var columns: Int { if case .panels(_, let columns, _) = self { columns } else { 1 } }

  /// The most columns of a terminal that a picture takes, or each of its panels.
  public static let mostColumns = 100
  private static let narrowestPanel = 50
  private static let gap = 2

  private static func text(
    _ panels: [Picture], _ columns: Int, _ title: String, width: Int, _ draw: (Picture, Int) -> String
  ) -> String {
    let beside = max(1, min(columns, panels.count, width / narrowestPanel))
    let each = (width - gap * (beside - 1)) / beside
    let texts = panels.map { draw($0, each) }
    let rows = stride(from: 0, to: texts.count, by: beside).map { start in
      Picture.beside(Array(texts[start..<min(start + beside, texts.count)]), width: each)
    }
    return ((title.isEmpty ? [] : [title]) + rows).joined(separator: "\n\n")
  }

  /// Texts beside each other, each as many columns wide.
  private static func beside(_ texts: [String], width: Int) -> String {
    let lines = texts.map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    return (0..<(lines.map(\.count).max() ?? 0)).map { row in
      let cells = lines.map { row < $0.count ? String($0[row]) : "" }
      let padded = cells.dropLast().map {
        $0 + String(repeating: " ", count: max(0, width - ColouredText.width($0)) + gap)
      }
      return (padded + cells.suffix(1)).joined()
    }.joined(separator: "\n")
  }

  /// The picture as an SVG document that ends with a newline.
  public var svg: String {
    switch self {
    case .plot(let plot): plot.renderSVG()
    case .heatMap(let map): map.svg()
    case .panels(let panels, let columns, let title): Picture.svg(panels, columns, title)
    }
  }

  /// The numbers as CSV; of panels one after the other, with an empty line between them.
  public var csv: String {
    switch self {
    case .plot(let plot): plot.renderCSV()
    case .heatMap(let map): map.csv
    case .panels(let panels, _, _): panels.map(\.csv).joined(separator: "\n")
    }
  }

  /// A few words on it.
  var summary: String {
    switch self {
    case .plot(let plot): "plot \(Text.quoted(plot.title)) of \(plot.series.count) series"
    case .heatMap(let map): "heat map \(Text.quoted(map.title)) of \(map.rows.count) rows"
    case .panels(let panels, _, _): "plot of \(panels.count) panels"
    }
  }

  private static func svg(_ panels: [Picture], _ columns: Int, _ title: String) -> String {
    let (width, height) = (480, 300)
    let top = title.isEmpty ? 0 : 34
    let rows = (panels.count + columns - 1) / columns
    let parts = panels.enumerated().map { index, panel in
      let document =
        switch panel {
        case .plot(let plot): plot.renderSVG(width: width, height: height)
        case .heatMap(let map): map.svg(width: width, height: height)
        case .panels: panel.svg
        }
      let place = "x=\"\(index % columns * width)\" y=\"\(top + index / columns * height)\" "
      let size = "width=\"\(width)\" height=\"\(height)\""
      // The panel's own size gives way to that of its place.
      let inner = document.firstIndex(of: ">").map { document[document.index(after: $0)...] } ?? ""
      let view = document.split(separator: "viewBox=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
      return "<svg \(place)\(size) viewBox=\"\(view)\">\(inner)"
    }
    let whole = (width: columns * width, height: top + rows * height)
    let heading =
      title.isEmpty
      ? ""
      : "<text x=\"\(whole.width / 2)\" y=\"24\" text-anchor=\"middle\" font-size=\"16\" font-weight=\"600\">"
        + "\(SVGPlot.escaped(title))</text>\n"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(whole.width) \(whole.height)" width="\(whole.width)" \
      height="\(whole.height)" role="img" font-family="\(SVGPlot.fonts)" font-size="12">
      <style>.page { fill: #ffffff } text { fill: #24292f }
      @media (prefers-color-scheme: dark) { .page { fill: #14171c } text { fill: #d7dce2 } }</style>
      <rect class="page" width="\(whole.width)" height="\(whole.height)"/>
      \(heading)\(parts.joined(separator: "\n"))</svg>

      """
  }
}
