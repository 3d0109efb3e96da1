import Engine

/// Turns the arguments of `plot` into a plot.
struct PlotBuilder {
  /// A picture has far fewer dots, and takes a tenth of a second for as many points.
  private static let mostPoints = 1 << 19

  let arguments: PlotArguments
  let call: Call
  private let data: [Value]
  private let form: PlotArguments.Form
  var kind: Plot.SeriesKind { form.series }

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

  func labels(_ count: Int) throws -> [String] {
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

  func missing(_ name: String, _ table: any Tabular) -> RuntimeError {
    call.failure(
      "`\(name)` must be the name of a column",
      help: "the columns are \(table.columnNames.joined(separator: ", "))")
  }
}
