extension TextCanvas {
  /// Draws everything inside the axes, from the back to the front.
  mutating func draw(_ frame: PlotFrame) {
    drawBands(frame)
    for (index, series) in frame.plot.series.enumerated() {
      switch series.kind {
      case .bars: drawBars(series, index, frame)
      case .points: drawPoints(series, index, frame)
      case .line: drawLine(series, index, frame)
      }
    }
  }

  // MARK: Intervals

  private mutating func drawBands(_ frame: PlotFrame) {
    let spans = frame.plot.series.map { cellSpans($0, frame) }
    let drawn = spans.indices.filter { !spans[$0].isEmpty }
    let overlap = drawn.contains { first in
      drawn.contains { second in
        first < second
          && (0..<columns).contains { column in
            guard let a = spans[first][column], let b = spans[second][column] else { return false }
            return a.overlaps(b)
          }
      }
    }
    for (place, index) in drawn.enumerated() {
      if overlap && frame.plot.series[index].kind != .bars {
        drawErrorBars(frame.plot.series[index], index, place, drawn.count, frame)
      } else {
        for (column, span) in spans[index] { for row in span { self[column, row].shade = index } }
      }
    }
  }

  /// The rows of cells that the interval covers, for each column.
  private func cellSpans(_ series: Plot.Series, _ frame: PlotFrame) -> [Int: ClosedRange<Int>] {
    var spans: [Int: ClosedRange<Int>] = [:]
    var previous: (column: Int, low: Double, high: Double)?
    for (x, low, high) in series.band {
      guard let xFraction = frame.x.fraction(x), let bottom = frame.y.clampedFraction(low),
        let top = frame.y.clampedFraction(high)
      else {
        previous = nil
        continue
      }
      let column = cell(ofDot: dotColumn(xFraction), 0).column
      let start = series.kind == .line ? previous : nil
      let first = start?.column ?? column
      for c in min(first, column)...max(first, column) {
        let t = column == first ? 1 : Double(c - first) / Double(column - first)
        let lowHere = (start?.low ?? bottom) * (1 - t) + bottom * t
        let highHere = (start?.high ?? top) * (1 - t) + top * t
        let upper = cell(ofDot: 0, dotRow(highHere)).row
        let lower = cell(ofDot: 0, dotRow(lowHere)).row
        let span = min(upper, lower)...max(upper, lower)
        spans[c] =
          spans[c].map {
            min($0.lowerBound, span.lowerBound)...max($0.upperBound, span.upperBound)
          } ?? span
      }
      previous = (column, bottom, top)
    }
    return spans
  }

  /// Error bars at a few points, set apart from those of the other series.
  private mutating func drawErrorBars(
    _ series: Plot.Series, _ index: Int, _ place: Int, _ count: Int, _ frame: PlotFrame
  ) {
    let bars = 5
    let band = series.band
    var taken: Set<Int> = []
    for bar in 0..<bars {
      let wanted = (Double(bar) + (Double(place) + 0.75) / (Double(count) + 0.5)) / Double(bars)
      let nearest = band.indices.min { first, second in
        abs((frame.x.fraction(band[first].x) ?? 9) - wanted)
          < abs((frame.x.fraction(band[second].x) ?? 9) - wanted)
      }
      guard let nearest, taken.insert(nearest).inserted, let x = frame.x.fraction(band[nearest].x),
        let low = frame.y.clampedFraction(band[nearest].low),
        let high = frame.y.clampedFraction(band[nearest].high)
      else { continue }
      // Series measured at the same places would hide each other's bars.
      let column = min(max(dotColumn(x) + (place - count / 2) * 2, 0), dotColumns - 1)
      let top = cell(ofDot: 0, dotRow(high)).row
      let bottom = max(cell(ofDot: 0, dotRow(low)).row, top)
      for row in top...bottom {
        let place = cell(ofDot: column, 0).column
        let isEnd = row == top || row == bottom
        let glyph: Character = style == .ascii ? "|" : !isEnd || top == bottom ? "│" : row == top ? "┬" : "┴"
        self[place, row].rule = glyph
        self[place, row].ruleSeries = index
      }
    }
  }

  // MARK: Series

  private mutating func drawLine(_ series: Plot.Series, _ index: Int, _ frame: PlotFrame) {
    var previous: (Int, Int)?
    var rowOfColumn: [Int: Int] = [:]
    var isolated: (Int, Int)?
    func settle(_ canvas: inout TextCanvas) {
      if let isolated {
        canvas.mark(at: isolated, index)
      }
    }
    for (x, y) in series.points {
      guard let xFraction = frame.x.fraction(x), let yFraction = frame.y.fraction(y) else {
        settle(&self)
        (previous, isolated) = (nil, nil)
        continue
      }
      let here = (dotColumn(xFraction), dotRow(yFraction))
      if let start = previous {
        line(from: start, to: here, series: index)
        isolated = nil
        let first = cell(ofDot: start.0, start.1).column
        let last = cell(ofDot: here.0, here.1).column
        for column in min(first, last)...max(first, last) {
          let t = last == first ? 1 : Double(column - first) / Double(last - first)
          let row = Double(start.1) * (1 - t) + Double(here.1) * t
          rowOfColumn[column] = cell(ofDot: 0, Int(row.rounded())).row
        }
      } else {
        dot(here.0, here.1, series: index)
        isolated = here
      }
      previous = here
    }
    settle(&self)
    if style == .braille && frame.plot.series.count > 1 {
      spreadMarks(index, frame.plot.series.count, rowOfColumn)
    }
  }

  /// A mark now and then along a line, at places of its own among `count` series.
  private mutating func spreadMarks(_ index: Int, _ count: Int, _ rowOfColumn: [Int: Int]) {
    let period = max(columns / 4, 2 * count, 4)
    let offset = (2 * index + 1) * period / (2 * count)
    for column in stride(from: offset, to: columns, by: period) {
      guard let row = rowOfColumn[column], self[column, row].mark == nil else { continue }
      setMark(column, row, index)
    }
  }

  private mutating func drawPoints(_ series: Plot.Series, _ index: Int, _ frame: PlotFrame) {
    let marksCells = series.count <= 2 * columns || style == .ascii
    for (x, y) in series.points {
      guard let xFraction = frame.x.fraction(x), let yFraction = frame.y.fraction(y) else { continue }
      let place = (dotColumn(xFraction), dotRow(yFraction))
      if marksCells { mark(at: place, index) } else { dot(place.0, place.1, series: index) }
    }
  }

  private mutating func drawBars(_ series: Plot.Series, _ index: Int, _ frame: PlotFrame) {
    let base = dotRow(frame.y.clampedFraction(0) ?? 0)
    for (x, y) in series.points {
      // A bar without height is no bar.
      if y == 0 { continue }
      guard let ends = frame.bar(at: x, series: index), let yFraction = frame.y.clampedFraction(y) else {
        continue
      }
      let top = dotRow(yFraction)
      let left = dotColumn(ends.left)
      let right = max(left, dotColumn(ends.right) - 1)
      for column in left...right {
        for row in min(top, base)...max(top, base) where isFilled(column, row, index, row == top) {
          dot(column, row, series: index)
        }
      }
    }
  }

  /// Whether a bar of series `index` has a dot here: each of three series in turn has its own pattern.
  private func isFilled(_ column: Int, _ row: Int, _ index: Int, _ isTop: Bool) -> Bool {
    if isTop || style == .ascii { return true }
    switch index % 3 {
    case 0: return true
    case 1: return (column + row) % 2 == 0
    default: return row % 4 == 0
    }
  }

  private mutating func mark(at dot: (Int, Int), _ series: Int) {
    let place = cell(ofDot: dot.0, dot.1)
    setMark(place.column, place.row, series)
  }

  private mutating func setMark(_ column: Int, _ row: Int, _ series: Int) {
    let marks = TextPlot.marks(style)
    self[column, row].mark = marks[series % marks.count]
    self[column, row].series = series
  }
}
