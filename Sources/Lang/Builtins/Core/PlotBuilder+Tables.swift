import Engine

/// Plots of tables.
extension PlotBuilder {
  func fromTable(_ table: Table, x standardX: String? = nil, y standardY: String? = nil) throws
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
        // What was not measured leaves no gap; NaN does.
        let points = group.positions.filter { !values[$0].isNone }
        series.append(try summarized(points.map { (places[$0], values[$0].asNumber ?? .nan) }, label))
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
