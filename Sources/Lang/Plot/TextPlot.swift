extension Plot {
  /// The plot in Braille dots, two by four to a character.
  ///
  /// `width` counts all columns, labels included; `height` counts the rows of the drawing itself, to which
  /// title, axes and legend are added. With `colour` each series has a colour of the 256-colour palette that
  /// reads on light and dark backgrounds; without it the marks tell series apart. No newline at the end.
  public func renderBraille(width: Int = 72, height: Int = 15, colour: Bool = false) -> String {
    TextPlot(self, style: .braille, width: width, height: height, usesColour: colour).text
  }

  /// The plot in plain ASCII characters (labels keep whatever they are written in).
  ///
  /// Sizes are those of `renderBraille`.
  public func renderASCII(width: Int = 72, height: Int = 15) -> String {
    TextPlot(self, style: .ascii, width: width, height: height, usesColour: false).text
  }
}

/// Lays a plot out in lines of text.
struct TextPlot {
  private let frame: PlotFrame
  private let style: TextCanvas.Style
  private let width: Int
  private let usesColour: Bool
  private let yTicks: [Tick]
  private let margin: Int
  private let endLabels: [Int: Int]
  private var canvas: TextCanvas

  /// Marks of the series in turn; the dots of one series look like those of another.
  static func marks(_ style: TextCanvas.Style) -> [Character] {
    switch style {
    case .braille: ["●", "▲", "■", "◆", "○", "△", "□", "◇"]
    case .ascii: ["*", "o", "x", "+", "#", "@", "%", "&"]
    }
  }

  init(_ plot: Plot, style: TextCanvas.Style, width: Int, height: Int, usesColour: Bool) {
    let frame = PlotFrame(plot)
    let width = min(max(width, 24), 500)
    let height = min(max(height, 4), 200)
    self.frame = frame
    self.style = style
    self.width = width
    self.usesColour = usesColour
    self.yTicks = frame.y.ticks(max(2, height / 3))
    let tickWidth = min(yTicks.map(\.label.count).max() ?? 0, width / 3)
    self.margin = tickWidth + 2

    let scratch = TextCanvas(style, columns: 1, rows: height)
    self.endLabels = TextPlot.placeEndLabels(frame, style, rows: height, canvas: scratch, width: width)
    let right = endLabels.values.map { TextPlot.endLabel(frame, style, $0).count + 1 }.max() ?? 0
    self.canvas = TextCanvas(style, columns: max(width - margin - right, 8), rows: height)
    self.canvas.draw(frame)
  }

  /// All lines of the plot.
  var text: String {
    var lines: [String] = []
    if !frame.plot.title.isEmpty {
      let title = fitted(frame.plot.title, width)
      let indent = max(0, min(margin + (canvas.columns - title.count) / 2, width - title.count))
      lines.append(spaces(indent) + (usesColour ? "\u{1B}[1m\(title)\u{1B}[0m" : title))
    }
    if !frame.plot.yLabel.isEmpty {
      let label = fitted(frame.plot.yLabel, width)
      lines.append(spaces(min(max(0, margin - 1 - label.count / 2), width - label.count)) + label)
    }
    for row in 0..<canvas.rows { lines.append(drawingRow(row)) }
    lines += axisLines()
    if !frame.plot.xLabel.isEmpty {
      let label = fitted(frame.plot.xLabel, width)
      lines.append(
        spaces(max(0, min(margin + (canvas.columns - label.count) / 2, width - label.count))) + label)
    }
    lines += legend()
    return lines.joined(separator: "\n")
  }

  // MARK: Drawing rows

  private func drawingRow(_ row: Int) -> String {
    let tick = yTicks.first { tick in
      canvas.cell(ofDot: 0, canvas.dotRow(tick.fraction)).row == row
    }
    let label = tick.map { String($0.label.prefix(margin - 2)) } ?? ""
    let axis = style == .braille ? (tick == nil ? "│" : "┤") : (tick == nil ? "|" : "+")
    var line = ColouredText(usesColour: usesColour)
    line.append(spaces(margin - 2 - label.count) + label + " " + axis)
    if frame.x.isEmpty && row == canvas.rows / 2 {
      line.append(spaces((canvas.columns - 7) / 2) + "no data")
      return line.trimmed
    }
    for column in 0..<canvas.columns {
      let (character, series) = canvas.appearance(column, row, marks: lineMarks)
      line.append(String(character), series: series)
    }
    if let index = endLabels[row] {
      line.append(" ")
      line.append(endLabel(index), series: index)
    }
    return line.trimmed
  }

  private var lineMarks: [Character] {
    let marks = TextPlot.marks(style)
    return frame.plot.series.count > 1 ? marks : Array(marks.prefix(1))
  }

  // MARK: Axes

  private func axisLines() -> [String] {
    let columns = canvas.columns
    let corner = style == .braille ? "└" : "+"
    var rule = Array(repeating: style == .braille ? Character("─") : "-", count: columns)
    var labels = Array(repeating: Character(" "), count: width)
    for (column, label) in xLabels() {
      rule[column] = style == .braille ? "┬" : "+"
      let start = min(max(margin + column - (label.count - 1) / 2, 0), width - label.count)
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
    }
    let line = spaces(margin - 1) + corner + String(rule)
    let text = TextPlot.trimmed(String(labels))
    return text.isEmpty ? [line] : [line, text]
  }

  /// As many ticks as fit with two blanks between their labels.
  private func xLabels() -> [(column: Int, label: String)] {
    let columns = canvas.columns
    for target in stride(from: max(columns / 9, 2), through: 1, by: -1) {
      let ticks = frame.xTicks(target).map { tick in
        let column = canvas.cell(ofDot: canvas.dotColumn(tick.fraction), 0).column
        return (column: column, label: String(tick.label.prefix(max(columns / 2, 4))))
      }
      let spans = ticks.map { tick -> (Int, Int) in
        let start = min(max(margin + tick.column - (tick.label.count - 1) / 2, 0), width - tick.label.count)
        return (start, start + tick.label.count)
      }
      if zip(spans, spans.dropFirst()).allSatisfy({ $0.1 + 2 <= $1.0 }) { return ticks }
      if !frame.plot.xNames.isEmpty { return namesThatFit(ticks) }
    }
    return []
  }

  /// Names on the x axis, each cut to the room that it has.
  private func namesThatFit(_ ticks: [(column: Int, label: String)]) -> [(column: Int, label: String)] {
    guard let first = ticks.first, let last = ticks.last, ticks.count > 1 else { return ticks }
    let room = (last.column - first.column) / (ticks.count - 1) - 1
    return room < 1 ? [] : ticks.map { ($0.column, String($0.label.prefix(room))) }
  }

  // MARK: Labels and legend

  /// The mark and name of a series, as written at the end of its line.
  private func endLabel(_ index: Int) -> String { TextPlot.endLabel(frame, style, index) }

  private static func endLabel(_ frame: PlotFrame, _ style: TextCanvas.Style, _ index: Int) -> String {
    let series = frame.plot.series[index]
    let label = PlotFrame.clean(series.label)
    if frame.plot.series.count == 1 { return label }
    let isPattern = series.kind == .bars && style == .braille
    let marks: [Character] = isPattern ? ["⣿", "⢕", "⠒"] : TextPlot.marks(style)
    return "\(marks[index % marks.count]) \(label)"
  }

  /// The series whose names stand at the right, by row, near the ends of their lines.
  ///
  /// Empty where the names would take too much room, or where some series has no end.
  private static func placeEndLabels(
    _ frame: PlotFrame, _ style: TextCanvas.Style, rows: Int, canvas: TextCanvas, width: Int
  ) -> [Int: Int] {
    let series = frame.plot.series
    let drawn = series.indices.filter { frame.end(of: series[$0]) != nil && !series[$0].label.isEmpty }
    guard !drawn.isEmpty, drawn.count <= max(rows / 2, 1), drawn.count == series.count,
      series.allSatisfy({ $0.kind == .line }),
      drawn.allSatisfy({ endLabel(frame, style, $0).count <= width / 4 })
    else { return [:] }

    var wanted = drawn.compactMap { index -> (index: Int, row: Int)? in
      guard let end = frame.end(of: series[index]), let fraction = frame.y.fraction(end.y) else { return nil }
      return (index, canvas.cell(ofDot: 0, canvas.dotRow(fraction)).row)
    }
    wanted.sort { first, second in
      if first.row != second.row { return first.row < second.row }
      let a = frame.end(of: series[first.index])?.y ?? 0
      let b = frame.end(of: series[second.index])?.y ?? 0
      return a != b ? a > b : first.index < second.index
    }
    var placed: [Int: Int] = [:]
    for (slot, row) in spread(wanted.map(\.row), rows: rows).enumerated() {
      placed[row] = wanted[slot].index
    }
    return placed
  }

  /// Distinct rows in ascending order, near the wanted ones.
  static func spread(_ wanted: [Int], rows: Int) -> [Int] {
    // Clusters of touching labels, each centred on what its members want.
    var clusters: [(sum: Int, count: Int)] = []
    func top(_ cluster: (sum: Int, count: Int)) -> Int {
      let centre = (2 * cluster.sum + cluster.count) / (2 * cluster.count)
      return min(max(centre - (cluster.count - 1) / 2, 0), max(rows - cluster.count, 0))
    }
    for row in wanted {
      var cluster = (sum: row, count: 1)
      while let last = clusters.last, top(last) + last.count > top(cluster) {
        cluster = (last.sum + cluster.sum, last.count + cluster.count)
        clusters.removeLast()
      }
      clusters.append(cluster)
    }
    return clusters.flatMap { cluster in (0..<cluster.count).map { top(cluster) + $0 } }
  }

  /// What the drawing does not say itself: names that stand nowhere else, and intervals.
  private func legend() -> [String] {
    var entries: [(text: String, series: Int)] = []
    for (index, series) in frame.plot.series.enumerated() {
      var entry = endLabels.isEmpty && !series.label.isEmpty ? endLabel(index) : ""
      if let interval = frame.lastInterval(of: series), let end = frame.end(of: series) {
        let numbers =
          "\(PlotNumber.short(end.y, digits: 3)) [\(PlotNumber.short(interval.low, digits: 3)), "
          + "\(PlotNumber.short(interval.high, digits: 3))]"
        entry = (series.label.isEmpty ? "" : endLabel(index) + " ") + numbers
      } else if frame.end(of: series) == nil, !frame.x.isEmpty, !series.label.isEmpty {
        entry = endLabel(index) + " (nothing to draw)"
      }
      if !entry.isEmpty { entries.append((entry, index)) }
    }
    return wrapped(entries)
  }

  private func wrapped(_ entries: [(text: String, series: Int)]) -> [String] {
    var lines: [String] = []
    var line = ColouredText(usesColour: usesColour)
    var length = 0
    for entry in entries {
      let text = fitted(entry.text, width - margin)
      if length > 0 && length + 3 + text.count > width - margin {
        lines.append(spaces(margin) + line.trimmed)
        (line, length) = (ColouredText(usesColour: usesColour), 0)
      }
      line.append(length == 0 ? "" : "   ")
      line.append(text, series: entry.series)
      length += (length == 0 ? 0 : 3) + text.count
    }
    return length == 0 ? lines : lines + [spaces(margin) + line.trimmed]
  }

  private func fitted(_ text: String, _ room: Int) -> String {
    let text = PlotFrame.clean(text)
    return text.count <= room ? text : text.prefix(max(room - 1, 0)) + (style == .braille ? "…" : "~")
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }

  private static func trimmed(_ text: String) -> String {
    var line = ColouredText(usesColour: false)
    line.append(text)
    return line.trimmed
  }
}
