// Plot: pictures as values. A `Picture` becomes text, SVG or CSV, and through `Raster` pixels.

/// A picture of some series of numbers, kept as data so that it can be drawn in any form at any time.
public struct Plot: Sendable, Equatable {
  /// How a series is drawn.
  public enum SeriesKind: String, CaseIterable, Sendable {
    /// Neighbouring points are joined; a point that is not finite makes a gap.
    case line
    /// A mark for each point.
    case points
    /// A bar from zero for each point.
    case bars
  }

  /// How an axis maps numbers to positions.
  public enum Scale: String, Sendable {
    case linear
    /// Base ten; zero and negative numbers are gaps.
    case logarithmic
  }

  /// Points with a name, and perhaps an interval around each of them.
  public struct Series: Sendable, Equatable {
    /// The name in the legend; may be empty.
    public var label: String
    /// Where each point is along the x axis.
    public var x: [Double]
    /// One for each `x`; what is longer than the other is not drawn.
    public var y: [Double]
    /// The lower ends of the intervals, one for each point; without `high` it means nothing.
    public var low: [Double]?
    /// The upper ends of the intervals, one for each point.
    public var high: [Double]?
    /// How the points are drawn.
    public var kind: SeriesKind

    /// Creates a series, without intervals unless both `low` and `high` are given.
    public init(
      label: String, x: [Double], y: [Double], low: [Double]? = nil, high: [Double]? = nil,
      kind: SeriesKind = .line
    ) {
      self.label = label
      self.x = x
      self.y = y
      self.low = low
      self.high = high
      self.kind = kind
    }

    var count: Int { min(x.count, y.count) }

    var points: Zip2Sequence<ArraySlice<Double>, ArraySlice<Double>> { zip(x.prefix(count), y.prefix(count)) }

    /// The interval of each point, as far as there are intervals.
    var band: [(x: Double, low: Double, high: Double)] {
      guard let low, let high else { return [] }
      return zip(x.prefix(count), zip(low, high)).map { ($0, min($1.0, $1.1), max($1.0, $1.1)) }
    }
  }

  /// What stands above the plot; may be empty.
  public var title: String
  /// The name of the x axis; may be empty.
  public var xLabel: String
  /// The name of the y axis; may be empty.
  public var yLabel: String
  /// What is drawn, the last on top.
  public var series: [Series]
  /// How numbers lie on the x axis.
  public var xScale: Scale
  /// How numbers lie on the y axis.
  public var yScale: Scale
  /// Names that stand in place of the numbers 0, 1, 2 and so on below the x axis; empty for numbers.
  public var xNames: [String]

  /// Creates a plot; everything but the series may be left out.
  public init(
    title: String = "", xLabel: String = "", yLabel: String = "", series: [Series],
    xScale: Scale = .linear, yScale: Scale = .linear, xNames: [String] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.xScale = xScale
    self.yScale = yScale
    self.xNames = xNames
  }
}
