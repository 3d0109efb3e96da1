extension Plot {
  /// The plot as a self-contained SVG document, readable on light and dark pages.
  ///
  /// Colours follow the reader's colour scheme; lines differ by dashes too. `width` and `height` are in
  /// pixels and at least 240 by 160. The document ends with a newline.
  public func renderSVG(width: Int = 720, height: Int = 432) -> String {
    SVGPlot(self, width: width, height: height).document
  }
}

/// Lays a plot out in SVG.
struct SVGPlot {
  let frame: PlotFrame
  private let width: Double
  private let height: Double
  private let left: Double
  private let right: Double
  private let top: Double
  private let bottom: Double
  private let yTicks: [Tick]
  private let hasEndLabels: Bool

  /// Colours that readers with the common colour deficiencies tell apart (Okabe and Ito), darkened a little
  /// where they are too pale for white, with lighter ones for a dark page.
  static let palette = [
    (light: "#0072b2", dark: "#56a8e0"), (light: "#d55e00", dark: "#f08a4b"),
    (light: "#009e73", dark: "#3fc79e"), (light: "#b8578f", dark: "#e39cc6"),
    (light: "#2a9fd6", dark: "#8fd0f2"), (light: "#c48a00", dark: "#f0bc42"),
    (light: "#6a51a3", dark: "#b5a3e0"), (light: "#6b6b6b", dark: "#b8b8b8"),
  ]
  /// The fonts of every picture.
  static let fonts = "system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif"
  static let dashes = ["", "7 3", "2 3", "9 3 2 3"]
  private static let characterWidth = 6.9

  init(_ plot: Plot, width: Int, height: Int) {
    let frame = PlotFrame(plot)
    self.frame = frame
    self.width = Double(min(max(width, 240), 10_000))
    self.height = Double(min(max(height, 160), 10_000))
    self.yTicks = frame.y.ticks(max(2, Int(self.height / 62)))
    let named = plot.series.filter { !$0.label.isEmpty }
    let longest = named.map(\.label.count).max() ?? 0
    self.hasEndLabels =
      !named.isEmpty && named.count == plot.series.count && plot.series.count <= 8
      && Double(longest) * SVGPlot.characterWidth < self.width * 0.28
      && plot.series.allSatisfy { $0.kind == .line && frame.end(of: $0) != nil }
    let legendRows = SVGPlot.legendRows(plot, hasEndLabels: hasEndLabels, width: self.width)
    let tickWidth = Double(yTicks.map(\.label.count).max() ?? 0) * SVGPlot.characterWidth
    self.left = min(20 + tickWidth + (plot.yLabel.isEmpty ? 0 : 20), self.width / 3)
    self.right = self.width - (hasEndLabels ? Double(longest) * SVGPlot.characterWidth + 34 : 24)
    self.top = 18 + (plot.title.isEmpty ? 0 : 26) + Double(legendRows) * 20
    self.bottom = self.height - (plot.xLabel.isEmpty ? 34 : 54)
  }

  /// The whole document.
  var document: String {
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(px(width)) \(px(height))" \
      width="\(px(width))" height="\(px(height))" role="img" \
      font-family="\(SVGPlot.fonts)" font-size="12">
      """
    ]
    if !frame.plot.title.isEmpty { parts.append("<title>\(SVGPlot.escaped(frame.plot.title))</title>") }
    parts.append(style)
    parts.append("<rect class=\"page\" width=\"\(px(width))\" height=\"\(px(height))\"/>")
    parts += axes()
    for (index, series) in frame.plot.series.enumerated() { parts += band(series, index) }
    for (index, series) in frame.plot.series.enumerated() { parts += drawing(series, index) }
    parts += hasEndLabels ? endLabels() : []
    parts += legend() + titles()
    parts.append("</svg>")
    return parts.joined(separator: "\n") + "\n"
  }

  private var style: String {
    let used = 0..<min(frame.plot.series.count, SVGPlot.palette.count)
    func colours(_ pick: (Int) -> String) -> String {
      used.map { ".s\($0) { stroke: \(pick($0)) } .f\($0) { fill: \(pick($0)) }" }.joined(separator: " ")
    }
    return """
      <style>
      .page { fill: #ffffff } text { fill: #24292f } .grid { stroke: #e4e7eb } .axis { stroke: #57606a }
      .line { fill: none; stroke-width: 2;
      stroke-linejoin: round; stroke-linecap: round } .band { opacity: 0.18 }
      \(colours { SVGPlot.palette[$0].light })
      @media (prefers-color-scheme: dark) {
      .page { fill: #14171c } text { fill: #d7dce2 } .grid { stroke: #2a3038 } .axis { stroke: #9aa4af }
      .band { opacity: 0.25 }
      \(colours { SVGPlot.palette[$0].dark })
      }
      </style>
      """
  }

  // MARK: Axes

  private func axes() -> [String] {
    var parts: [String] = []
    for tick in yTicks {
      let y = px(self.y(tick.fraction))
      parts.append(line("grid", px(left), y, px(right), y))
      parts.append(text(tick.label, px(left - 8), px(self.y(tick.fraction) + 4), anchor: "end"))
    }
    for tick in xTicks() {
      let x = px(self.x(tick.fraction))
      parts.append(line("axis", x, px(bottom), x, px(bottom + 5)))
      parts.append(text(tick.label, x, px(bottom + 20), anchor: "middle"))
    }
    parts.append(line("axis", px(left), px(bottom), px(right), px(bottom)))
    if frame.x.isEmpty {
      parts.append(text("no data", px((left + right) / 2), px((top + bottom) / 2), anchor: "middle"))
    }
    return parts
  }

  private func xTicks() -> [Tick] {
    let room = (right - left) / SVGPlot.characterWidth
    for target in stride(from: max(Int((right - left) / 75), 2), through: 1, by: -1) {
      let ticks = frame.xTicks(target)
      let needed = ticks.reduce(0) { $0 + $1.label.count + 2 }
      if Double(needed) <= room || target == 1 { return ticks }
    }
    return []
  }

  // MARK: Words

  private func titles() -> [String] {
    var parts: [String] = []
    let plot = frame.plot
    if !plot.title.isEmpty {
      parts.append(
        "<text x=\"\(px(left))\" y=\"26\" font-size=\"16\" font-weight=\"600\">"
          + "\(SVGPlot.escaped(plot.title))</text>")
    }
    if !plot.xLabel.isEmpty {
      parts.append(text(plot.xLabel, px((left + right) / 2), px(height - 12), anchor: "middle"))
    }
    if !plot.yLabel.isEmpty {
      let place = "translate(16 \(px((top + bottom) / 2))) rotate(-90)"
      parts.append(
        "<text transform=\"\(place)\" text-anchor=\"middle\">\(SVGPlot.escaped(plot.yLabel))</text>")
    }
    return parts
  }

  /// Names at the right of the lines, moved apart where they would touch.
  private func endLabels() -> [String] {
    let ends = frame.plot.series.indices.compactMap { index -> (index: Int, y: Double)? in
      guard let end = frame.end(of: frame.plot.series[index]), let fraction = frame.y.fraction(end.y) else {
        return nil
      }
      return (index, y(fraction))
    }.sorted { $0.y != $1.y ? $0.y < $1.y : $0.index < $1.index }
    let unit = 4.0
    let rows = Int((height - 8) / unit)
    let spread = TextPlot.spread(ends.map { Int($0.y / unit / 4) }, rows: rows / 4)
    return zip(ends, spread).flatMap { end, row -> [String] in
      // A label that has room stays exactly where its line ends.
      let isAlone = ends.allSatisfy { $0.index == end.index || abs($0.y - end.y) >= 16 }
      let y = isAlone ? end.y : (Double(row) + 0.5) * unit * 4
      return [
        swatch(end.index, right + 6, y),
        text(frame.plot.series[end.index].label, px(right + 26), px(y + 4), anchor: "start"),
      ]
    }
  }

  private func legend() -> [String] {
    if hasEndLabels { return [] }
    var parts: [String] = []
    var x = left
    var y = 18 + (frame.plot.title.isEmpty ? 0.0 : 26.0) - 2
    for (index, series) in frame.plot.series.enumerated() where !series.label.isEmpty {
      let needed = Double(series.label.count) * SVGPlot.characterWidth + 42
      if x > left && x + needed > width - 16 { (x, y) = (left, y + 20) }
      parts.append(swatch(index, x, y))
      parts.append(text(series.label, px(x + 20), px(y + 4), anchor: "start"))
      x += needed
    }
    return parts
  }

  private static func legendRows(_ plot: Plot, hasEndLabels: Bool, width: Double) -> Int {
    let named = plot.series.filter { !$0.label.isEmpty }
    if hasEndLabels || named.isEmpty { return 0 }
    var rows = 1
    var x = 60.0
    for series in named {
      let needed = Double(series.label.count) * characterWidth + 42
      if x > 60 && x + needed > width - 16 { (x, rows) = (60, rows + 1) }
      x += needed
    }
    return rows
  }

  private func swatch(_ index: Int, _ x: Double, _ y: Double) -> String {
    let colour = index % SVGPlot.palette.count
    if frame.plot.series[index].kind == .line {
      let dash = SVGPlot.dashes[index % SVGPlot.dashes.count]
      let dashing = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
      return "<line class=\"line s\(colour)\"\(dashing) x1=\"\(px(x))\" y1=\"\(px(y))\" "
        + "x2=\"\(px(x + 16))\" y2=\"\(px(y))\"/>"
    }
    return "<rect class=\"f\(colour)\" x=\"\(px(x + 3))\" y=\"\(px(y - 5))\" width=\"10\" height=\"10\"/>"
  }

  // MARK: Markup

  func x(_ fraction: Double) -> Double { left + fraction * (right - left) }

  func y(_ fraction: Double) -> Double { bottom - fraction * (bottom - top) }

  func line(_ style: String, _ x1: String, _ y1: String, _ x2: String, _ y2: String) -> String {
    "<line class=\"\(style)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>"
  }

  private func text(_ words: String, _ x: String, _ y: String, anchor: String) -> String {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(SVGPlot.escaped(words))</text>"
  }

  /// A coordinate to a hundredth of a pixel.
  func px(_ value: Double) -> String {
    PlotNumber.text(Int((value * 100).rounded()), exponent: -2)
  }

  /// `text` as character data or an attribute of XML.
  static func escaped(_ text: String) -> String { Text.markup(PlotFrame.clean(text)) }
}
