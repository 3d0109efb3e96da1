import Engine

/// Functions applied to every item.
extension ListBuiltins {
  static let traversal: [Builtin] = [
    Builtin(
      .lists, "map", "the list of what `f` makes of each item",
      details: """
        A function of several parameters takes apart items that are lists of as many. The items are those of `for`: of a table or a rollout, `f` gets the rows as \
        records, and where it gives records, the result is a table; of a record, it gets names and values.
        """,
      examples: [
        "map([1, 2, 3], x => x ^ 2)\n#=> [1, 4, 9]",
        "map({lr: 1, steps: 3}, (name, value) => \"\\(name) \\(value)\")\n#=> [\"lr 1\", \"steps 3\"]",
        "[\"a\", \"b\"] | map(upper)\n#=> [\"A\", \"B\"]",
        "table({x: [1, 2]}) | map(r => {x: r.x, y: 2 * r.x})\n#=> x  y\n#=> 1  2\n#=> 2  4",
      ]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let f = parameter("f", .itemFunction)
      return { call in
        let xs = try call[xs]
        let function = try call[f]
        let results = try xs.items.map { try function($0) }
        if xs.value.as((any Tabular).self) != nil {
          let rows = results.compactMap(\.asRecord)
          if rows.count == results.count, !rows.isEmpty { return .object(try Table(rows: rows)) }
        }
        return try bounded(results)
      }
    },
    Builtin(
      .lists, "filter", "the items for which `f` is true",
      details: """
        Of a table or a rollout, `f` gets the rows as records and the result is a table or a rollout; of a record, it gets names and values, and the result is a \
        record.
        """,
      examples: [
        "filter(1..6, x => x % 2 == 0)\n#=> [2, 4, 6]",
        "filter({a: 1, b: 2}, (name, value) => value > 1)\n#=> {b: 2}",
        "table({tau: [0.95, 1.05], reward: [0.4, 0.5]}) | filter(r => r.reward > 0.45)\n#=>  tau  reward\n#=> 1.05     0.5",
      ]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let f = parameter("f", .condition)
      return { call in
        let xs = try call[xs]
        let condition = try call[f]
        return try xs.picking(xs.items.indices.filter { try condition(xs.items[$0]) })
      }
    },
    Builtin(
      .lists, "reduce",
      "all items combined into one by `f(so_far, item)`, from the left",
      examples: ["reduce(1..5, (a, b) => a * b)\n#=> 120", "reduce([], (a, b) => a + b, 0)\n#=> 0"]
    ) { parameter in
      let xs = parameter("xs", .items)
      let f = parameter("f", .function)
      let initial = parameter("initial", .any, words: "the first item")
      return { call in
        var items = try call[xs][...]
        let combine = try call[f]
        var result = call[initial]
        if result.isMissing {
          guard let first = items.popFirst() else {
            throw call.failure("`xs` is empty", help: "give an initial value: reduce(xs, f, 0)")
          }
          result = first
        }
        for item in items { result = try combine(result, item) }
        return result
      }
    },
    Builtin(
      .lists, "any_of", "whether `f` is true for at least one item",
      examples: ["any_of([1, 2, 3], x => x > 2)\n#=> true"]
    ) { parameter in
      let xs = parameter("xs", .items)
      let f = parameter("f", .condition)
      return { call in
        let condition = try call[f]
        return .bool(try call[xs].contains { try condition($0) })
      }
    },
    Builtin(
      .lists, "all_of", "whether `f` is true for every item; true without items",
      examples: ["all_of([1, 2, 3], x => x > 2)\n#=> false"]
    ) { parameter in
      let xs = parameter("xs", .items)
      let f = parameter("f", .condition)
      return { call in
        let condition = try call[f]
        return .bool(try call[xs].allSatisfy { try condition($0) })
      }
    },
    Builtin(
      .lists, "count", "for how many items `f` is true",
      examples: ["count([1, 0, 1], x => x == 1)\n#=> 2"]
    ) { parameter in
      let xs = parameter("xs", .items)
      let f = parameter("f", .condition)
      return { call in
        let condition = try call[f]
        return .number(Double(try call[xs].count { try condition($0) }))
      }
    },
    Builtin(
      .lists, "group_by", "the items with the same value of `f`, as a list of `{key, items}`",
      details: "Groups stand in order of first appearance. For the rows of a table by columns, see `group`.",
      examples: ["group_by([1, 2, 3, 4], x => x % 2) | map(g => g.items)\n#=> [[1, 3], [2, 4]]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let f = parameter("f", .itemFunction)
      return { call in
        let xs = try call[xs]
        let function = try call[f]
        let keys = try xs.items.map { try function($0) }
        return try bounded(
          GroupingKey.groups(keys.map(GroupingKey.init)).map { positions in
            .object(Record(["key": keys[positions[0]], "items": try xs.picking(positions)]))
          })
      }
    },
  ]
}

extension Value {
  /// The record it is, if it is one.
  var asRecord: Record? {
    self.as(Record.self)
  }
}
