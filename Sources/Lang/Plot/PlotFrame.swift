/// What every drawing of a plot shares: the axes and the words, cleaned for display.
struct PlotFrame {
  let plot: Plot
  let x: PlotAxis
  let y: PlotAxis
  /// The width of one bar as a part of the x axis, for all the series of bars together.
  let barWidth: Double

  init(_ plot: Plot) {
    self.plot = plot
    let bars = plot.series.filter { $0.kind == .bars }
    let gap = PlotFrame.smallestGap(bars, plot.xScale)
    var xs = plot.series.flatMap { series in
      series.points.filter { PlotFrame.shows($0.1, plot.yScale) }.map(\.0)
    }
    if !bars.isEmpty {
      for value in bars.flatMap({ $0.x.prefix($0.count) }) { xs += [value - gap / 2, value + gap / 2] }
    }
    var ys = plot.series.flatMap { series in
      series.points.filter { PlotFrame.shows($0.0, plot.xScale) }.map(\.1)
    }
    ys += plot.series.flatMap { $0.band.flatMap { [$0.low, $0.high] } }

    let isWhole = plot.series.allSatisfy { $0.points.allSatisfy { $0.0 == $0.0.rounded() || !$0.0.isFinite } }
    self.x = PlotAxis(xs, scale: plot.xScale, isWhole: isWhole)
    let hasData = plot.series.contains { !$0.points.allSatisfy { !$0.1.isFinite } }
    let padding = hasData ? 0.04 : 0
    self.y = PlotAxis(
      ys, scale: plot.yScale, padding: padding, fromZero: !bars.isEmpty, nearZero: true)
    let span = x.upper / 2 - x.lower / 2
    self.barWidth = bars.isEmpty || plot.xScale == .logarithmic ? 0.02 : min(0.8 * (gap / 2) / span, 0.8)
  }

  /// The ticks of the x axis: the plot's own names where it has them.
  func xTicks(_ target: Int) -> [Tick] {
    if plot.xNames.isEmpty { return x.ticks(target) }
    return plot.xNames.enumerated().compactMap { index, name in
      x.fraction(Double(index)).map { Tick(fraction: $0, label: PlotFrame.clean(name)) }
    }
  }

  /// The ends of the bar at `value` on the x axis, for the bars of series `index`.
  func bar(at value: Double, series index: Int) -> (left: Double, right: Double)? {
    guard let centre = x.fraction(value) else { return nil }
    let barSeries = plot.series.indices.filter { plot.series[$0].kind == .bars }
    let place = Double(barSeries.firstIndex(of: index) ?? 0)
    let count = Double(max(barSeries.count, 1))
    let left = centre - barWidth / 2 + barWidth * place / count
    return (max(left, 0), min(left + barWidth / count, 1))
  }

  /// `text` on one line, without anything a terminal would obey.
  static func clean(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { Text.isObeyed($0) ? " " : $0 }))
  }

  /// The last point of `series` that can be shown.
  func end(of series: Plot.Series) -> (x: Double, y: Double)? {
    series.points.reversed().first { x.fraction($0.0) != nil && y.fraction($0.1) != nil }
      .map { (x: $0.0, y: $0.1) }
  }

  /// The interval at the last point of `series` that can be shown.
  func lastInterval(of series: Plot.Series) -> (low: Double, high: Double)? {
    zip(series.band, series.y).reversed()
      .first { x.fraction($0.0.x) != nil && y.fraction($0.1) != nil }
      // A single run has no interval.
      .flatMap { $0.0.low.isFinite && $0.0.high.isFinite ? ($0.0.low, $0.0.high) : nil }
  }

  private static func shows(_ value: Double, _ scale: Plot.Scale) -> Bool {
    value.isFinite && (scale == .linear || value > 0)
  }

  private static func smallestGap(_ bars: [Plot.Series], _ scale: Plot.Scale) -> Double {
    let places = Set(bars.flatMap { $0.x.prefix($0.count) }.filter(\.isFinite)).sorted()
    return zip(places, places.dropFirst()).map { $1 - $0 }.filter { $0 > 0 && $0.isFinite }.min() ?? 1
  }
}
