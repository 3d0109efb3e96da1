import Engine

/// Means with intervals: what `summarize` puts into a row.
enum Summary {
  /// How the interval of a mean is found.
  enum Interval: String, CaseIterable {
    case t, bootstrap, none
  }

  private static let resamples = 10_000

  /// Declares what `summarize` takes, and gives what a call does.
  @Sendable static func summarize(_ parameter: Parameters) -> Builtin.Body {
    let table = parameter("table", .tabular)
    let columns = parameter("columns", .columnNames)
    let by = parameter.optional("by", .columnNames)
    let interval = parameter("interval", .intervalOrNone, .t)
    let seed = parameter("seed", .seed, 0)
    return { call in
      .object(
        try rows(
          call[table], call[columns], by: call[by] ?? [], call[interval], seed: call[seed], call))
    }
  }

  private static func rows(
    _ table: any Tabular, _ names: [String], by: [String], _ interval: Interval, seed: UInt64, _ call: Call
  ) throws -> Table {
    let columns = try names.map { try numbers(table, $0, call) }
    let groups = try RowGroups.groups(table, by)
    let rows = try groups.enumerated().map { place, group in
      var fields = FieldCollector()
      for (name, value) in zip(by, group.key) { fields.set(name, value) }
      for (column, name) in zip(columns, names) {
        let prefix = names.count == 1 ? "" : name + "_"
        let values = group.positions.compactMap { column[$0] }.filter(\.isFinite)
        let bounds = try self.interval(values, interval, Philox(seed: seed, .script, 100, UInt64(place)))
        fields.set(prefix + "mean", mean(values).map { .number($0) } ?? .none)
        if interval != .none {
          fields.set(prefix + "ci_low", bounds.map { .number($0.low) } ?? .none)
          fields.set(prefix + "ci_high", bounds.map { .number($0.high) } ?? .none)
        }
        fields.set(prefix + "n", .number(Double(values.count)))
      }
      return fields.record
    }
    return try Table(rows: rows)
  }

  private static func numbers(_ table: any Tabular, _ name: String, _ call: Call) throws -> [Double?] {
    try table.requiredColumn(name).map { value in
      if value.isNone { return nil }
      if let number = Ordering.scalar(value) { return number }
      throw call.failure("the column \"\(name)\" must hold numbers, got \(Printing.brief(value))")
    }
  }

  /// The mean, or nil of nothing.
  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The interval that holds the mean with 95% confidence; nil for fewer than two values.
  static func interval(_ values: [Double], _ kind: Interval, _ random: Philox) throws -> (
    low: Double, high: Double
  )? {
    guard values.count > 1, let mean = mean(values) else { return nil }
    switch kind {
    case .none: return nil
    case .t: return StudentT.halfWidth(values).map { (mean - $0, mean + $0) }
    case .bootstrap: return try bootstrap(values, random)
    }
  }

  /// The percentiles of the means of resamples (Efron, "Bootstrap methods: another look at the jackknife",
  /// 1979), interpolated between order statistics.
  private static func bootstrap(_ values: [Double], _ random: Philox) throws -> (low: Double, high: Double) {
    var means: [Double] = []
    means.reserveCapacity(resamples)
    for sample in 0..<resamples {
      try Interrupt.check("summarize")
      var sum = 0.0
      for draw in 0..<values.count {
        sum += values[random.integer(below: values.count, at: UInt64(sample) << 32 | UInt64(draw))]
      }
      means.append(sum / Double(values.count))
    }
    means.sort()
    func percentile(_ share: Double) -> Double {
      let place = share * Double(means.count - 1)
      let below = Int(place)
      let above = min(below + 1, means.count - 1)
      return means[below] + (means[above] - means[below]) * (place - Double(below))
    }
    return (percentile(0.025), percentile(0.975))

  }
}

extension Kind where T == Summary.Interval {
  /// A word for an interval; `none` is no interval.
  static var intervalOrNone: Kind {
    Kind(expected: choice.expected) { value, call in
      value.isNone ? Summary.Interval.none : try choice.read(value, call)
    }.standing(for: choice.texts)
  }
}
