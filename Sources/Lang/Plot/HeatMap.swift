import Engine

/// A picture of numbers in rows and columns, as shades.
public struct HeatMap: Sendable, Equatable {
  /// What stands above it; may be empty.
  var title: String
  /// The name of each row.
  let rows: [String]
  /// The name of each column; empty for none.
  var columns: [String] = []
  /// What the columns and the rows are; may be empty.
  var xLabel = ""
  var yLabel = ""
  /// The numbers, row by row; what is not finite is left blank.
  let values: [[Double]]

  private var finite: [Double] { values.joined().filter(\.isFinite) }
  /// The number that the lightest shade stands for: 0, or the least where some are negative.
  var lowest: Double { min(0, finite.min() ?? 0) }
  /// The number that the darkest shade stands for.
  var largest: Double { finite.max() ?? 0 }

  /// How dark a number is, from 0 to 1; nil where it is not finite.
  private func shade(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    return largest > lowest ? (value - lowest) / (largest - lowest) : 0
  }

  /// One line for each row, and below it what the shades mean.
  ///
  /// The columns are as wide as their names, or two characters where they have none.
  func text(width: Int, unicode: Bool) -> String {
    let shades: [Character] = unicode ? [" ", "░", "▒", "▓", "█"] : [" ", ".", "+", "#", "@"]
    let margin = rows.map(\.count).max() ?? 0
    let count = values.map(\.count).max() ?? 0
    let names = columns.map(PlotFrame.clean)
    let room = max(1, (width - margin - 3) / max(1, count))
    let cell = max(2, min(names.map { $0.count + 1 }.max() ?? 2, room))
    let lines = zip(rows, values).map { name, values in
      let cells = values.map { value in
        guard let dark = shade(value) else { return String(repeating: "?", count: cell) }
        let step =
          dark == 0 ? 0 : max(1, min(shades.count - 1, Int((dark * Double(shades.count - 1)).rounded(.up))))
        return String(repeating: shades[step], count: cell)
      }
      return PlotFrame.clean(name).padded(to: margin) + " |" + cells.joined() + "|"
    }
    var parts = title.isEmpty ? [] : [PlotFrame.clean(title)]
    parts += lines
    if names.contains(where: { !$0.isEmpty }) {
      let labels = names.map { String($0.prefix(cell - 1)).padded(to: cell) }.joined()
      parts.append(String(repeating: " ", count: margin + 2) + labels)
    }
    let legend =
      (lowest < 0 ? "blank \(PlotNumber.short(lowest, digits: 3))  " : "")
      + "\(shades[shades.count - 1]) \(PlotNumber.short(largest, digits: 3))"
    let axes = [yLabel, xLabel].filter { !$0.isEmpty }.map(PlotFrame.clean).joined(separator: " by ")
    parts.append(axes.isEmpty ? legend : "\(axes)   \(legend)")
    return parts.joined(separator: "\n")
  }

  /// The picture with a rectangle for each number; sizes in pixels follow the numbers unless they are given.
  func svg(width: Int? = nil, height: Int? = nil) -> String {
    let count = max(1, values.map(\.count).max() ?? 0)
    let longest = Double(rows.map(\.count).max() ?? 0)
    let left = 26 + longest * 6.9 + (yLabel.isEmpty ? 0 : 20)
    let top = title.isEmpty ? 18.0 : 44
    let bottom = (columns.isEmpty ? 14.0 : 30) + (xLabel.isEmpty ? 0 : 20)
    let wide = Double(
      width ?? Int(left + 96)
        + min(900, max(180, count * max(46, (columns.map(\.count).max() ?? 0) * 7 + 10))))
    let high = Double(height ?? Int(top + bottom) + min(900, max(80, rows.count * 34)))
    let cell = (
      width: max(1, (wide - left - 96) / Double(count)),
      height: max(1, (high - top - bottom) / Double(max(1, rows.count)))
    )
    func px(_ number: Double) -> String { PlotNumber.short(number, digits: 6) }
    func text(_ x: Double, _ y: Double, _ anchor: String, _ words: String, _ more: String = "") -> String {
      "<text x=\"\(px(x))\" y=\"\(px(y))\" text-anchor=\"\(anchor)\"\(more)>\(SVGPlot.escaped(words))</text>"
    }
    var parts: [String] = []
    if !title.isEmpty {
      parts.append(text(left, 24, "start", title, " font-size=\"15\" font-weight=\"600\""))
    }
    for (row, (name, values)) in zip(rows, values).enumerated() {
      let y = top + Double(row) * cell.height
      parts.append(text(left - 8, y + cell.height / 2 + 4, "end", name))
      for (column, value) in values.enumerated() {
        let x = left + Double(column) * cell.width
        let words = SVGPlot.escaped(
          [columns.indices.contains(column) ? columns[column] : "", PlotNumber.short(value)].joined(
            separator: " "))
        let colour = shade(value).map(HeatMap.colour) ?? "none"
        parts.append(
          "<rect x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(cell.width + 0.3))\" height=\"\(px(cell.height + 0.3))\" "
            + "fill=\"\(colour)\"><title>\(words)</title></rect>")
        if cell.width > 38, cell.height > 16, value.isFinite {
          let pale = (shade(value) ?? 0) > 0.5 ? "#ffffff" : "#24292f"
          parts.append(
            text(
              x + cell.width / 2, y + cell.height / 2 + 4, "middle", PlotNumber.short(value, digits: 3),
              " style=\"fill: \(pale)\""))
        }
      }
    }
    // As many names as there is room for.
    let longestColumn = columns.map(\.count).max() ?? 0
    let every = max(1, Int((Double(longestColumn) * 6.9 + 8) / cell.width + 0.999))
    for (column, name) in columns.enumerated() where column % every == 0 {
      parts.append(
        text(
          left + (Double(column) + 0.5) * cell.width, top + Double(rows.count) * cell.height + 18, "middle",
          name))
    }
    if !xLabel.isEmpty { parts.append(text((left + wide - 96) / 2, high - 10, "middle", xLabel)) }
    if !yLabel.isEmpty {
      let y = top + Double(rows.count) * cell.height / 2
      parts.append(text(16, y, "middle", yLabel, " transform=\"rotate(-90 16 \(px(y)))\""))
    }
    parts += key(at: wide - 78, top, min(150, high - top - bottom), text)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(px(wide)) \(px(high))" width="\(px(wide))" height="\(px(high))" \
      role="img" font-family="\(SVGPlot.fonts)" font-size="12">
      <style>.page { fill: #ffffff } text { fill: #24292f }
      @media (prefers-color-scheme: dark) { .page { fill: #14171c } text { fill: #d7dce2 } }</style>
      <rect class="page" width="\(px(wide))" height="\(px(high))"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  /// What the shades mean, from top to bottom.
  private func key(
    at x: Double, _ top: Double, _ height: Double, _ text: (Double, Double, String, String, String) -> String
  ) -> [String] {
    let steps = 24
    let step = height / Double(steps)
    var parts = (0..<steps).map { i in
      "<rect x=\"\(PlotNumber.short(x))\" y=\"\(PlotNumber.short(top + Double(i) * step, digits: 6))\" width=\"14\" "
        + "height=\"\(PlotNumber.short(step + 0.3))\" fill=\"\(HeatMap.colour(1 - Double(i) / Double(steps - 1)))\"/>"
    }
    parts.append(text(x + 20, top + 10, "start", PlotNumber.short(largest, digits: 3), ""))
    parts.append(text(x + 20, top + height, "start", PlotNumber.short(lowest, digits: 3), ""))
    return parts
  }

  /// From near white to a dark blue that reads on light and dark pages.
  private static func colour(_ dark: Double) -> String {
    let (light, deep) = ([237.0, 244, 251], [8.0, 64, 129])
    let parts = zip(light, deep).map { Int(($0 + ($1 - $0) * dark).rounded()) }
    return "rgb(\(parts[0]),\(parts[1]),\(parts[2]))"
  }

  /// The names of the columns, where there are any, then one line for each row: its name, then its numbers.
  var csv: String {
    let head = columns.isEmpty ? [] : [[yLabel] + columns]
    return (head + zip(rows, values).map { name, values in [name] + values.map { "\($0)" } })
      .map { $0.map(Plot.csvField).joined(separator: ",") + "\n" }.joined()
  }
}
