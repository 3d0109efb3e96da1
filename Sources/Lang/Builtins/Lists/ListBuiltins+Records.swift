import Engine

/// Records taken apart and put together.
extension ListBuiltins {
  static let records: [Builtin] = [
    Builtin(
      .lists, "keys", "the names of a record's fields",
      examples: ["keys({a: 1, b: 2})\n#=> [\"a\", \"b\"]"]
    ) { parameter in
      let record = parameter("record", .record)
      return { call in .list(try call[record].keys.names.map { .text($0) }) }
    },
    Builtin(
      .lists, "values", "the values of a record's fields",
      examples: ["values({a: 1, b: 2})\n#=> [1, 2]"]
    ) { parameter in
      let record = parameter("record", .record)
      return { call in .list(try call[record].values) }
    },
    Builtin(
      .lists, "record",
      "a record of `[name, value]` pairs; of two with one name the later counts",
      examples: ["record([[\"a\", 1], [\"b\", 2]])\n#=> {a: 1, b: 2}"]
    ) { parameter in
      let pairs = parameter("pairs", .items)
      return { call in
        var fields = FieldCollector()
        try call[pairs].enumerated().forEachInterruptibly("record") { i, pair in
          guard let parts = try Iteration.items(pair), parts.count == 2, let name = parts[0].asText else {
            throw call.failure("item \(i) must be a pair of a name and a value, got \(Printing.brief(pair))")
          }
          fields.set(name, parts[1])
        }
        return try Interpreter.bounded(fields.record)
      }
    },
    Builtin(
      .lists, "merge",
      "the fields of several records together; of equal names the last one counts",
      examples: ["merge({lr: 1e-3, steps: 10}, {steps: 20})\n#=> {lr: 0.001, steps: 20}"]
    ) { parameter in
      let records = parameter.rest("records", .items)
      return { call in
        var fields = FieldCollector()
        for (i, item) in try call[records].enumerated() {
          guard let record = item.asRecord else {
            throw call.failure("argument \(i + 1) must be a record, got \(Printing.brief(item))")
          }
          for (name, value) in record.fields { fields.set(name, value) }
        }
        return .object(fields.record)
      }
    },
    Builtin(
      .lists, "without", "the record or table without these fields or columns",
      examples: ["without({a: 1, b: 2, c: 3}, \"a\", \"c\")\n#=> {b: 2}"]
    ) { parameter in
      let x = parameter("x", .any)
      let names = parameter.rest("names", .names)
      return { call in
        let names = try call[names]
        if let table = try call[x].as((any Tabular).self)?.table() {
          for name in names { _ = try table.requiredColumn(name) }
          return .object(
            try Table(zip(table.names, table.columns).filter { !names.contains($0.0) }.map { ($0, $1) }))
        }
        guard let record = call[x].asRecord else { throw call.mismatch(x, "a record or a table") }
        for name in names where record[name] == nil { _ = try Indexing.field(call[x], .text(name)) }
        return .object(
          Record(record.fields.filter { !names.contains($0.name) }.map { ($0.name, $0.value) }))
      }
    },
  ]
}

/// Fields gathered one by one, each name once and where it first stood.
struct FieldCollector {
  private var names: [String] = []
  private var values: [Value] = []
  private var places: [String: Int] = [:]

  /// Adds a field, or replaces the one of that name.
  mutating func set(_ name: String, _ value: Value) {
    if let place = places[name] {
      values[place] = value
    } else {
      places[name] = names.count
      names.append(name)
      values.append(value)
    }
  }

  var record: Record {
    Record(Record.Keys(names), values)
  }
}
