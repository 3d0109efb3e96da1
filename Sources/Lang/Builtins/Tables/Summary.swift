import Engine

/// Means with intervals: what `summarize` puts into a row.
enum Summary {
  /// How the interval of a mean is found.
  enum Interval: String, CaseIterable {
    case t, bootstrap, wilson, none
  }

  /// Declares what `summarize` takes, and gives what a call does.
  @Sendable static func summarize(_ parameter: Parameters) -> Builtin.Body {
    let table = parameter("table", .tabular)
    let columns = parameter("columns", .columnNames)
    let by = parameter.optional("by", .columnNames)
    let interval = parameter("interval", .intervalOrNone, .t)
    let seed = parameter("seed", .seed, 0)
    let brief = parameter("brief", .flag, false)
    return { call in
      .object(
        try rows(
          call[table], call[columns], by: call[by] ?? [], call[interval], seed: call[seed],
          brief: call[brief], call))
    }
  }

  private static func rows(
    _ table: any Tabular, _ names: [String], by: [String], _ interval: Interval, seed: UInt64,
    brief: Bool, _ call: Call
  ) throws -> Table {
    let columns = try names.map { try numbers(table, $0, call) }
    let groups = try RowGroups.groups(table, by)
    let rows = try groups.enumerated().map { place, group in
      var fields = FieldCollector()
      for (name, value) in zip(by, group.key) { fields.set(name, value) }
      for (column, name) in zip(columns, names) {
        let prefix = names.count == 1 ? "" : name + "_"
        let values = group.positions.compactMap { column[$0] }.filter(\.isFinite)
        if interval == .wilson, values.contains(where: { $0 != 0 && $0 != 1 }) {
          throw call.failure(
            "the Wilson interval is that of a share: the column \"\(name)\" must hold 0 and 1 or false and true"
          )
        }
        let bounds = try self.interval(values, interval, Philox(seed: seed, .script, 100, UInt64(place)))
        if brief {
          fields.set(name, mean(values).map { .text(Summary.brief($0, bounds)) } ?? .none)
          fields.set(names.count == 1 ? "n" : name + "_n", .number(Double(values.count)))
          continue
        }
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

  /// `0.31 ± 0.02`: the mean, and half of the interval's width.
  private static func brief(_ mean: Double, _ bounds: (low: Double, high: Double)?) -> String {
    let shown = Printing.number(mean, digits: 3)
    return bounds.map { "\(shown) ± \(Printing.number(($0.high - $0.low) / 2, digits: 2))" } ?? shown
  }

  /// A column's numbers; nil for a cell that is none.
  static func numbers(_ table: any Tabular, _ name: String, _ call: Call) throws -> [Double?] {
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

  /// The interval that holds the mean with 95% confidence; nil where there is none, as for a single value.
  static func interval(_ values: [Double], _ kind: Interval, _ random: Philox) throws -> (
    low: Double, high: Double
  )? {
    switch kind {
    case .none: return nil
    case .t: return Contrast(differences: values)?.interval()
    case .bootstrap: return values.count > 1 ? try Bootstrap.mean(values, random) : nil
    case .wilson: return Share.wilson(values.reduce(0, +), of: Double(values.count))
    }
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
