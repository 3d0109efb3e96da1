import Engine

/// What `plot` takes.
struct PlotArguments: Sendable {
  /// How the spread of several rows at one x is shown.
  enum Band: String, CaseIterable {
    case ci95, sd, range
  }

  /// What is drawn: a kind of series, how often numbers occur, or shades.
  enum Form: String, CaseIterable {
    case line, points, bars, hist, heat

    /// How the series of such a plot are drawn.
    var series: Plot.SeriesKind {
      switch self {
      case .points: .points
      case .bars, .hist: .bars
      case .line, .heat: .line
      }
    }
  }

  let data: Argument<[Value]>
  let x: Argument<String?>
  let y: Argument<[String]?>
  let by: Argument<[String]?>
  let band: Argument<Band?>
  let labels: Argument<[String]?>
  let title: Argument<String>
  let xLabel: Argument<String?>
  let yLabel: Argument<String?>
  let kind: Argument<Form>
  let z: Argument<String?>
  let bins: Argument<Int>
  let smooth: Argument<Double?>
  let draw: Argument<Bool>
  let logX: Argument<Bool>
  let logY: Argument<Bool>
  let low: Argument<Double>
  let high: Argument<Double>

  init(_ parameter: Parameters) {
    data = parameter.rest("data", .items)
    x = parameter.optional("x", .columnName)
    y = parameter.optional("y", .columnNames)
    by = parameter.optional("by", .columnNames)
    band = parameter.optional("band", .choice)
    labels = parameter.optional("labels", .texts)
    title = parameter("title", .text, "")
    xLabel = parameter.optional("xlabel", .text)
    yLabel = parameter.optional("ylabel", .text)
    kind = parameter("kind", .choice, .line)
    logX = parameter("logx", .flag, false)
    logY = parameter("logy", .flag, false)
    low = parameter("from", .number, 0)
    high = parameter("to", .number, 1)
    z = parameter.optional("z", .columnName)
    bins = parameter("bins", .integer(1...10_000), 20)
    smooth = parameter.optional("smooth", .number)
    draw = parameter("draw", .flag, true)
  }
}
