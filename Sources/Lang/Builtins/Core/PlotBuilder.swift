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

/// Turns the arguments of `plot` into a plot.
struct PlotBuilder {
  /// A picture has far fewer dots, and takes a tenth of a second for as many points.
  private static let mostPoints = 1 << 19

  private let arguments: PlotArguments
  private let call: Call
  private let data: [Value]
  private let form: PlotArguments.Form
  private var kind: Plot.SeriesKind { form.series }

  init(_ arguments: PlotArguments, _ call: Call) throws {
    self.arguments = arguments
    self.call = call
    self.data = try call[arguments.data]
    self.form = try call[arguments.kind]
  }

  func picture() throws -> Picture {
    if form == .heat {
      var map = try heatMap()
      map.title = try call[arguments.title]
      if let label = try call[arguments.xLabel] { map.xLabel = label }
      if let label = try call[arguments.yLabel] { map.yLabel = label }
      return .heatMap(map)
    }
    var plot = try build()
    if let alpha = try call[arguments.smooth] {
      guard alpha > 0, alpha <= 1 else {
        throw call.failure("`smooth` must be above 0 and at most 1, got \(Printing.number(alpha))")
      }
      for i in plot.series.indices {
        plot.series[i].y = try Series.smoothed(plot.series[i].y, alpha: alpha)
        plot.series[i].low = try plot.series[i].low.map { try Series.smoothed($0, alpha: alpha) }
        plot.series[i].high = try plot.series[i].high.map { try Series.smoothed($0, alpha: alpha) }
      }
    }
    return .plot(plot)
  }

  private func build() throws -> Plot {
    guard let first = data.first else {
      throw call.failure("there is nothing to plot", help: "write `plot ys` or `plot xs, ys`")
    }
    var plot: Plot
    if form == .hist {
      plot = try histogram()
    } else if case .object(let object) = first, let table = object as? Table {
      plot = try fromTable(table)
    } else if case .object(let object) = first, let run = object as? RunObject {
      plot = try fromTable(run.curve(), x: "step", y: "reward")
    } else if case .object(let object) = first,
      object.signature != nil || (object as? List)?.items.first?.isFunction ?? false
    {
      plot = try fromFunctions()
    } else {
      plot = try fromNumbers()
    }
    plot.title = try call[arguments.title]
    if let label = try call[arguments.xLabel] { plot.xLabel = label }
    if let label = try call[arguments.yLabel] { plot.yLabel = label }
    if try call[arguments.logX] { plot.xScale = .logarithmic }
    if try call[arguments.logY] { plot.yScale = .logarithmic }
    return plot
  }

  private func labels(_ count: Int) throws -> [String] {
    guard let labels = try call[arguments.labels] else { return Array(repeating: "", count: count) }
    guard labels.count == count else {
      throw call.failure("\(labels.count) labels do not fit \(count) series")
    }
    return labels
  }

  // MARK: Numbers and functions

  private func fromNumbers() throws -> Plot {
    guard data.count <= 2 else {
      throw call.failure(
        "takes one or two lists of numbers, got \(data.count)",
        help: "write `plot xs, [ys, zs]` for several series")
    }
    let last = data[data.count - 1]
    guard let items = try Iteration.items(last) else {
      throw call.failure("cannot plot \(Printing.brief(last))")
    }
    var series: [[Double]] = []
    if items.contains(where: { if case .object = $0 { true } else { false } }) {
      for item in items { series.append(try numbers(item)) }
    } else {
      series = [try numbers(last)]
    }
    let x = data.count == 2 ? try numbers(data[0]) : nil
    guard series.allSatisfy({ $0.count <= PlotBuilder.mostPoints }) else {
      throw call.failure(
        "more than \(PlotBuilder.mostPoints) points are too many for a picture",
        help: "plot a part of them, or how often they occur, kind: \"hist\"")
    }
    for values in series {
      if let x, x.count != values.count {
        throw call.failure("\(x.count) values of x do not fit \(values.count) values of y")
      }
    }
    let names = try labels(series.count)
    return Plot(
      series: zip(names, series).map { name, y in
        Plot.Series(label: name, x: x ?? y.indices.map(Double.init), y: y, kind: kind)
      })
  }

  private func numbers(_ value: Value) throws -> [Double] {
    guard let tensor = try Conversion.tensor(value) else {
      throw call.failure("cannot plot \(Printing.brief(value))")
    }
    return tensor.values
  }

  private func fromFunctions() throws -> Plot {
    var functions = data
    if case .object(let object) = data[0], let list = object as? List { functions = list.items }
    let low = try call[arguments.low]
    let high = try call[arguments.high]
    guard low < high else { throw call.failure("`from` must be below `to`") }
    let x = try Tensor.linspace(low, high, 201)
    let names = call.has(arguments.labels) ? try labels(functions.count) : functions.map(Comparison.name)
    return Plot(
      series: try zip(names, functions).map { name, function in
        let y = try numbers(call.apply(function, .tensor(x)))
        guard y.count == x.count else { throw call.failure("the function must work element by element") }
        return Plot.Series(label: name, x: x.values, y: y, kind: kind)
      })
  }

  // MARK: Counts and shades

  /// Bars over intervals that all series share, of lists of numbers or of a column by group.
  private func histogram() throws -> Plot {
    var labels: [String] = []
    var numbers: [[Double]] = []
    var xLabel = ""
    if let table = data[0].as((any Tabular).self) {
      xLabel = try requiredName(arguments.x, "x", table)
      let by = try call[arguments.by] ?? []
      let values = try table.requiredColumn(xLabel)
      for group in try RowGroups.groups(table, by) {
        labels.append(zip(by, group.key).map { "\($0) \(Printing.text($1))" }.joined(separator: ", "))
        numbers.append(group.positions.map { values[$0].asNumber ?? .nan })
      }
    } else {
      let items = try data.count == 1 ? Iteration.items(data[0]) ?? [] : data
      let areLists = items.contains { if case .object = $0 { true } else { false } }
      numbers = try areLists ? items.map(self.numbers) : [self.numbers(data[0])]
      labels = try self.labels(numbers.count)
    }
    let all = numbers.joined().filter(\.isFinite)
    let bins = try call[arguments.bins]
    let series = try zip(labels, numbers).map { label, numbers in
      let counts = try Histogram(numbers, bins: bins, from: all.min(), to: all.max())
      return Plot.Series(
        label: label, x: zip(counts.edges, counts.edges.dropFirst()).map { ($0 + $1) / 2 },
        y: counts.counts.map(Double.init), kind: .bars)
    }
    return Plot(xLabel: xLabel, yLabel: "count", series: series)
  }

  /// The rows of a matrix, or the means of a column at each pair of values of two others.
  private func heatMap() throws -> HeatMap {
    guard let first = data.first else { throw call.failure("there is nothing to plot") }
    guard let table = first.as((any Tabular).self) else {
      let items = try Iteration.items(first) ?? []
      let rows = try items.map(numbers)
      guard !rows.isEmpty, items.allSatisfy({ if case .object = $0 { true } else { false } }),
        Set(rows.map(\.count)).count == 1
      else {
        throw call.failure("a heat map is drawn of a matrix or a table, got \(Printing.brief(first))")
      }
      let names = try call.has(arguments.labels) ? labels(rows.count) : rows.indices.map { "\($0)" }
      return HeatMap(title: "", rows: names, values: rows)
    }
    let x = try requiredName(arguments.x, "x", table)
    let z = try requiredName(arguments.z, "z", table)
    guard let y = try call[arguments.y], y.count == 1 else { throw missing("y", table) }
    let (across, down) = (try RowGroups.groups(table, [x]), try RowGroups.groups(table, y))
    let values = try table.requiredColumn(z)
    func ordered(_ groups: [(key: [Value], positions: [Int])]) throws -> [(key: [Value], positions: [Int])] {
      try Ordering.positions(groups.map { $0.key[0] }, descending: false).map { groups[$0] }
    }
    let columns = try ordered(across)
    let rows = try ordered(down)
    return HeatMap(
      title: "", rows: rows.map { Printing.text($0.key[0]) },
      columns: columns.map { Printing.text($0.key[0]) },
      xLabel: x, yLabel: y[0],
      values: rows.map { row in
        let inRow = Set(row.positions)
        return columns.map { column in
          let cell = column.positions.filter(inRow.contains).compactMap { values[$0].asNumber }.filter(
            \.isFinite)
          return cell.isEmpty ? .nan : cell.reduce(0, +) / Double(cell.count)
        }
      })
  }

  private func requiredName(_ argument: Argument<String?>, _ name: String, _ table: any Tabular) throws
    -> String
  {
    guard let column = try call[argument] else { throw missing(name, table) }
    return column
  }

  private func missing(_ name: String, _ table: any Tabular) -> RuntimeError {
    call.failure(
      "`\(name)` must be the name of a column",
      help: "the columns are \(table.columnNames.joined(separator: ", "))")
  }

  // MARK: Tables

  private func fromTable(_ table: Table, x standardX: String? = nil, y standardY: String? = nil) throws
    -> Plot
  {
    guard let x = try call[arguments.x] ?? standardX else { throw missing("x", table) }
    let ys = try call[arguments.y] ?? standardY.map { [$0] } ?? []
    guard !ys.isEmpty else { throw missing("y", table) }
    let by = try call[arguments.by] ?? []
    let source = try unfolded(table, x)
    let groups = try RowGroups.groups(source, by)
    let xs = try source.requiredColumn(x)
    let isNamed = xs.contains(where: \.isText)
    var names: [String] = []
    let places = xs.map { value -> Double in
      guard isNamed else { return value.asNumber ?? .nan }
      let name = Printing.text(value)
      if !names.contains(name) { names.append(name) }
      return Double(names.firstIndex(of: name) ?? 0)
    }
    var series: [Plot.Series] = []
    for y in ys {
      let values = try source.requiredColumn(y)
      for group in groups {
        let arm = zip(by, group.key).map { "\($0) \(Printing.text($1))" }.joined(separator: ", ")
        let label = [arm, ys.count > 1 ? y : ""].filter { !$0.isEmpty }.joined(separator: " ")
        series.append(
          try summarized(group.positions.map { (places[$0], values[$0].asNumber ?? .nan) }, label))
      }
    }
    if call.has(arguments.labels) {
      for (i, label) in try labels(series.count).enumerated() { series[i].label = label }
    }
    return Plot(xLabel: x, yLabel: ys.joined(separator: ", "), series: series, xNames: names)
  }

  /// A table of runs whose curves have the column `x` becomes one row per step, the other columns repeated.
  private func unfolded(_ table: Table, _ x: String) throws -> Table {
    guard table.column(x) == nil, let holders = table.column("run") ?? table.column("curve") else {
      return table
    }
    let curves = try holders.map { value -> Table? in
      guard case .object(let object) = value else { return nil }
      return try (object as? RunObject)?.curve() ?? object as? Table
    }
    guard let sample = curves.compactMap({ $0 }).first else { return table }
    let kept = table.names.filter { $0 != "run" && $0 != "curve" && !sample.names.contains($0) }
    var rows: [Record] = []
    for (row, curve) in curves.enumerated() {
      guard let curve else { continue }
      let own = kept.map { name in (name, table.column(name)?[row] ?? .none) }
      for step in 0..<(curve.elementCount ?? 0) {
        rows.append(Record(own + curve.row(step).fields.map { ($0.name, $0.value) }))
      }
    }
    return try Table(rows: rows)
  }

  /// The mean of all y at the same x, in order of x, with the band that is asked for.
  private func summarized(_ points: [(x: Double, y: Double)], _ label: String) throws -> Plot.Series {
    let band = try call[arguments.band]
    var order: [Double] = []
    var groups: [Double: [Double]] = [:]
    for point in points where point.x.isFinite {
      if groups[point.x] == nil { order.append(point.x) }
      groups[point.x, default: []].append(point.y)
    }
    order.sort()
    let repeated = groups.values.contains { $0.count > 1 }
    if !repeated, band == nil {
      return Plot.Series(label: label, x: order, y: order.map { groups[$0]?.first ?? .nan }, kind: kind)
    }
    var y: [Double] = []
    var low: [Double] = []
    var high: [Double] = []
    for x in order {
      let values = (groups[x] ?? []).filter(\.isFinite)
      let mean = values.reduce(0, +) / Double(values.count)
      y.append(mean)
      let half: Double
      switch band {
      case .ci95?:
        half = try Summary.interval(values, .t, Philox(seed: 0, .script)).map { $0.high - mean } ?? .nan
      case .sd?:
        half =
          values.count > 1
          ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
          : .nan
      case .range?, nil: half = .nan
      }
      low.append(band == .range ? values.min() ?? .nan : mean - half)
      high.append(band == .range ? values.max() ?? .nan : mean + half)
    }
    return Plot.Series(
      label: label, x: order, y: y, low: band == nil ? nil : low, high: band == nil ? nil : high, kind: kind)
  }
}
