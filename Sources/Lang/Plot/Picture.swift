/// Whatever `plot` draws, in any form at any time.
public indirect enum Picture: Sendable, Equatable {
  case plot(Plot)
  case heatMap(HeatMap)
  /// Pictures beside and below each other, row by row.
  case panels([Picture], columns: Int, title: String)

  /// The picture in characters.
  ///
  /// `width` counts all columns; panels stand below each other. No newline at the end.
  public func text(width: Int, unicode: Bool, colour: Bool) -> String {
    switch self {
    case .plot(let plot):
      unicode
        ? plot.renderBraille(width: width, height: 15, colour: colour)
        : plot.renderASCII(width: width, height: 15)
    case .heatMap(let map): map.text(width: width, unicode: unicode)
    case .panels(let panels, _, let title):
      ((title.isEmpty ? [] : [title])
        + panels.map { $0.text(width: width, unicode: unicode, colour: colour) }).joined(separator: "\n\n")
    }
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
