import Engine

/// Records taken apart and put together.
extension ListBuiltins {
  static let records: [Builtin] = [
    Builtin(
      .lists, written: "keys(record)", "the names of a record's fields",
      examples: ["keys({a: 1, b: 2})\n#=> [\"a\", \"b\"]"]
    ) { call in
      .list(try call.record(0).keys.names.map { .text($0) })
    },
    Builtin(
      .lists, written: "values(record)", "the values of a record's fields",
      examples: ["values({a: 1, b: 2})\n#=> [1, 2]"]
    ) { call in .list(try call.record(0).values) },
    Builtin(
      .lists, written: "record(pairs)",
      "a record of `[name, value]` pairs; of two with one name the later counts",
      examples: ["record([[\"a\", 1], [\"b\", 2]])\n#=> {a: 1, b: 2}"]
    ) { call in
      var fields = FieldCollector()
      for (i, pair) in try call.items(0).enumerated() {
        guard let parts = try Iteration.items(pair), parts.count == 2, let name = parts[0].asText else {
          throw call.failure("item \(i) must be a pair of a name and a value, got \(Printing.brief(pair))")
        }
        fields.set(name, parts[1])
      }
      return try Interpreter.bounded(fields.record)
    },
    Builtin(
      .lists, written: "merge(records...)",
      "the fields of several records together; of equal names the last one counts",
      examples: ["merge({lr: 1e-3, steps: 10}, {steps: 20})\n#=> {lr: 0.001, steps: 20}"]
    ) { call in
      var fields = FieldCollector()
      for (i, item) in try call.items(0).enumerated() {
        guard let record = item.asRecord else {
          throw call.failure("argument \(i + 1) must be a record, got \(Printing.brief(item))")
        }
        for (name, value) in record.fields { fields.set(name, value) }
      }
      return .object(fields.record)
    },
    Builtin(
      .lists, written: "without(x, names...)", "the record or table without these fields or columns",
      examples: ["without({a: 1, b: 2, c: 3}, \"a\", \"c\")\n#=> {b: 2}"]
    ) { call in
      let names = try call.names(1)
      if case .object(let object) = call[0], let table = object as? Table {
        for name in names { _ = try table.requiredColumn(name) }
        return .object(
          try Table(zip(table.names, table.columns).filter { !names.contains($0.0) }.map { ($0, $1) }))
      }
      let record = try call.record(0)
      for name in names where record[name] == nil { _ = try Indexing.field(call[0], .text(name)) }
      return .object(Record(record.fields.filter { !names.contains($0.name) }.map { ($0.name, $0.value) }))
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

  var record: Record { Record(Record.Keys(names), values) }
}
