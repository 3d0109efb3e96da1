import Engine

/// What `plot` takes.
struct PlotArguments: Sendable {
  /// How the spread of several rows at one x is shown.
  enum Band: String, CaseIterable {
    case ci95, sd, range
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
  let kind: Argument<Plot.SeriesKind>
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
  }
}

/// Turns the arguments of `plot` into a plot.
struct PlotBuilder {
  private let arguments: PlotArguments
  private let call: Call
  private let data: [Value]
  private let kind: Plot.SeriesKind

  init(_ arguments: PlotArguments, _ call: Call) throws {
    self.arguments = arguments
    self.call = call
    self.data = try call[arguments.data]
    self.kind = try call[arguments.kind]
  }

  func build() throws -> Plot {
    guard let first = data.first else {
      throw call.failure("there is nothing to plot", help: "write `plot ys` or `plot xs, ys`")
    }
    var plot: Plot
    if case .object(let object) = first, let table = object as? Table {
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

  // MARK: Tables

  private func fromTable(_ table: Table, x standardX: String? = nil, y standardY: String? = nil) throws
    -> Plot
  {
    guard let x = try call[arguments.x] ?? standardX else {
      throw call.failure(
        "`x` must be the name of a column", help: "the columns are \(table.names.joined(separator: ", "))")
    }
    let ys = try call[arguments.y] ?? standardY.map { [$0] } ?? []
    guard !ys.isEmpty else {
      throw call.failure(
        "`y` must be the name of a column", help: "the columns are \(table.names.joined(separator: ", "))")
    }
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

  /// A table of runs whose curves have the column `x` becomes one row a step, the other columns repeated.
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
