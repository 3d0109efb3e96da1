import Engine

/// Functions applied to every item.
extension ListBuiltins {
  static let traversal: [Builtin] = [
    Builtin(
      .lists, written: "map(xs, f)", "the list of what `f` makes of each item",
      details: """
        A function of several parameters takes apart items that are lists of as many. Of a table, `f` gets the rows as \
        records; where it gives records, the result is a table again.
        """,
      examples: [
        "map([1, 2, 3], x => x ^ 2)\n#=> [1, 4, 9]", "[\"a\", \"b\"] | map(upper)\n#=> [\"A\", \"B\"]",
        "table({x: [1, 2]}) | map(r => {x: r.x, y: 2 * r.x})\n#=> x  y\n#=> 1  2\n#=> 2  4",
      ]
    ) { call in
      let xs = try call.sequence(0)
      let function = try call.itemFunction(1)
      let results = try xs.items.map(function)
      if case .object(let object) = xs.value, object is Table {
        let rows = results.compactMap(\.asRecord)
        if rows.count == results.count, !rows.isEmpty { return .object(try Table(rows: rows)) }
      }
      return try bounded(results)
    },
    Builtin(
      .lists, written: "filter(xs, f)", "the items for which `f` is true",
      details: "Of a table, `f` gets the rows as records and the result is a table.",
      examples: [
        "filter(1..6, x => x % 2 == 0)\n#=> [2, 4, 6]",
        "table({tau: [0.95, 1.05], reward: [0.4, 0.5]}) | filter(r => r.reward > 0.45)\n#=>  tau  reward\n#=> 1.05     0.5",
      ]
    ) { call in
      let xs = try call.sequence(0)
      let condition = try call.condition(1)
      return try xs.picking(xs.items.indices.filter { try condition(xs.items[$0]) })
    },
    Builtin(
      .lists, written: "reduce(xs, f, initial = the first item)",
      "all items combined into one by `f(so_far, item)`, from the left",
      examples: ["reduce(1..5, (a, b) => a * b)\n#=> 120", "reduce([], (a, b) => a + b, 0)\n#=> 0"]
    ) { call in
      var items = try call.items(0)[...]
      let combine = try call.callback(1)
      var result = call[2]
      if result.isMissing {
        guard let first = items.popFirst() else {
          throw call.failure("`xs` is empty", help: "give an initial value: reduce(xs, f, 0)")
        }
        result = first
      }
      for item in items { result = try combine(result, item) }
      return result
    },
    Builtin(
      .lists, written: "any_of(xs, f)", "whether `f` is true for at least one item",
      examples: ["any_of([1, 2, 3], x => x > 2)\n#=> true"]
    ) { call in
      let condition = try call.condition(1)
      return .bool(try call.items(0).contains { try condition($0) })
    },
    Builtin(
      .lists, written: "all_of(xs, f)", "whether `f` is true for every item; true without items",
      examples: ["all_of([1, 2, 3], x => x > 2)\n#=> false"]
    ) { call in
      let condition = try call.condition(1)
      return .bool(try call.items(0).allSatisfy { try condition($0) })
    },
    Builtin(
      .lists, written: "count(xs, f)", "for how many items `f` is true",
      examples: ["count([1, 0, 1], x => x == 1)\n#=> 2"]
    ) { call in
      let condition = try call.condition(1)
      return .number(Double(try call.items(0).count { try condition($0) }))
    },
    Builtin(
      .lists, written: "group_by(xs, f)", "the items with the same value of `f`, as a list of `{key, items}`",
      details: "Groups stand in order of first appearance. For the rows of a table by columns, see `group`.",
      examples: ["group_by([1, 2, 3, 4], x => x % 2) | map(g => g.items)\n#=> [[1, 3], [2, 4]]"]
    ) { call in
      let xs = try call.sequence(0)
      let function = try call.itemFunction(1)
      let keys = try xs.items.map(function)
      return try bounded(
        GroupingKey.groups(keys.map(GroupingKey.init)).map { positions in
          .object(Record(["key": keys[positions[0]], "items": try xs.picking(positions)]))
        })
    },
  ]
}

extension Value {
  /// The record it is, if it is one.
  var asRecord: Record? {
    if case .object(let object) = self { return object as? Record }
    return nil
  }
}
