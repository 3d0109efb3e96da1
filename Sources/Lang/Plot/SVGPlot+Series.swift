/// The series themselves: bands, lines, points, bars.
extension SVGPlot {
  func band(_ series: Plot.Series, _ index: Int) -> [String] {
    let colour = index % SVGPlot.palette.count
    if series.kind != .line { return [] }
    var parts: [String] = []
    var upper: [String] = []
    var lower: [String] = []
    func close() {
      if upper.count > 1 {
        let outline = (upper + lower.reversed()).joined(separator: " ")
        parts.append("<polygon class=\"band f\(colour)\" points=\"\(outline)\"/>")
      }
      (upper, lower) = ([], [])
    }
    var thinning = Thinning(count: series.count)
    for (value, low, high) in series.band {
      guard let x = frame.x.fraction(value), let bottom = frame.y.clampedFraction(low),
        let top = frame.y.clampedFraction(high)
      else {
        close()
        continue
      }
      // The sum moves when either edge does, but for edges that move against each other.
      guard thinning.keeps(self.x(x), y(top) + 3 * y(bottom)) else { continue }
      upper.append("\(px(self.x(x))),\(px(y(top)))")
      lower.append("\(px(self.x(x))),\(px(y(bottom)))")
    }
    close()
    return parts
  }

  func drawing(_ series: Plot.Series, _ index: Int) -> [String] {
    switch series.kind {
    case .line: lines(series, index)
    case .points: errorBars(series, index) + points(series, index)
    case .bars: bars(series, index) + errorBars(series, index)
    }
  }

  private func lines(_ series: Plot.Series, _ index: Int) -> [String] {
    let colour = index % SVGPlot.palette.count
    let dash = SVGPlot.dashes[index % SVGPlot.dashes.count]
    let dashing = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    var parts: [String] = []
    var segment: [(x: String, y: String)] = []
    func close() {
      if segment.count > 1 {
        let points = segment.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        parts.append("<polyline class=\"line s\(colour)\"\(dashing) points=\"\(points)\"/>")
      } else if let only = segment.first {
        parts.append("<circle class=\"f\(colour)\" cx=\"\(only.x)\" cy=\"\(only.y)\" r=\"3.5\"/>")
      }
      segment = []
    }
    var thinning = Thinning(count: series.count)
    for (x, y) in series.points {
      if let xFraction = frame.x.fraction(x), let yFraction = frame.y.fraction(y) {
        let (x, y) = (self.x(xFraction), self.y(yFraction))
        if thinning.keeps(x, y) { segment.append((px(x), px(y))) }
      } else {
        close()
        thinning.last = nil
      }
    }
    close()
    return parts
  }

  private func points(_ series: Plot.Series, _ index: Int) -> [String] {
    series.points.compactMap { x, y in
      guard let x = frame.x.fraction(x), let y = frame.y.fraction(y) else { return nil }
      return "<circle class=\"f\(index % SVGPlot.palette.count)\" fill-opacity=\"0.8\" "
        + "cx=\"\(px(self.x(x)))\" cy=\"\(px(self.y(y)))\" r=\"3.5\"/>"
    }
  }

  private func bars(_ series: Plot.Series, _ index: Int) -> [String] {
    let base = y(frame.y.clampedFraction(0) ?? 0)
    return series.points.compactMap { x, value in
      guard let ends = frame.bar(at: x, series: index), let fraction = frame.y.clampedFraction(value) else {
        return nil
      }
      let top = y(fraction)
      return "<rect class=\"f\(index % SVGPlot.palette.count)\" x=\"\(px(self.x(ends.left)))\" "
        + "y=\"\(px(min(top, base)))\" width=\"\(px(max(self.x(ends.right) - self.x(ends.left) - 1, 1)))\" "
        + "height=\"\(px(abs(top - base)))\"/>"
    }
  }

  private func errorBars(_ series: Plot.Series, _ index: Int) -> [String] {
    series.band.flatMap { value, low, high -> [String] in
      guard let low = frame.y.clampedFraction(low), let high = frame.y.clampedFraction(high),
        var place = frame.x.fraction(value)
      else { return [] }
      if series.kind == .bars, let ends = frame.bar(at: value, series: index) {
        place = (ends.left + ends.right) / 2
      }
      let x = self.x(place)
      return [
        line("axis", px(x), px(y(low)), px(x), px(y(high))),
        line("axis", px(x - 4), px(y(low)), px(x + 4), px(y(low))),
        line("axis", px(x - 4), px(y(high)), px(x + 4), px(y(high))),
      ]
    }
  }

  /// Leaves out points of long series that lie within a quarter of a pixel of the last one kept.
  private struct Thinning {
    private let isActive: Bool
    private var left: Int
    var last: (x: Double, y: Double)?

    init(count: Int) {
      self.isActive = count > 4000
      self.left = count
    }

    /// Whether the next point of the series, at (x, y) in pixels, is to be drawn.
    mutating func keeps(_ x: Double, _ y: Double) -> Bool {
      left -= 1
      if isActive, left > 0, let last, abs(x - last.x) < 0.25, abs(y - last.y) < 0.25 { return false }
      last = (x, y)
      return true
    }
  }
}
