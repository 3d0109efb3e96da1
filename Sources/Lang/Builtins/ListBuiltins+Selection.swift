import Engine

/// Parts of sequences and their order.
extension ListBuiltins {
  static let selection: [Builtin] = [
    Builtin(
      .lists, written: "take(xs, n)",
      "the first `n` items, or the last ones for a negative `n`; all where there are fewer",
      examples: ["take([5, 6, 7], 2)\n#=> [5, 6]", "take([5, 6, 7], -1)\n#=> [7]"]
    ) { call in
      let xs = try call.sequence(0)
      let n = try call.integer(1)
      let count = xs.items.count
      return try xs.picking(
        Array(n < 0 ? max(0, n.addingReportingOverflow(count).partialValue)..<count : 0..<min(n, count)))
    },
    Builtin(
      .lists, written: "skip(xs, n)",
      "the items without the first `n`, or without the last ones for a negative `n`",
      examples: ["skip([5, 6, 7], 1)\n#=> [6, 7]", "skip([5, 6, 7], -1)\n#=> [5, 6]"]
    ) { call in
      let xs = try call.sequence(0)
      let n = try call.integer(1)
      let count = xs.items.count
      return try xs.picking(
        Array(n < 0 ? 0..<max(0, n.addingReportingOverflow(count).partialValue) : min(n, count)..<count))
    },
    Builtin(
      .lists, written: "slice(xs, from, to = none)", "the part from position `from` up to, but without, `to`",
      details: "Positions start at 0; negative ones count from the end. What lies outside is left out.",
      examples: ["slice(\"rollout\", 0, 4)\n#=> \"roll\"", "slice([1, 2, 3, 4], 1, -1)\n#=> [2, 3]"]
    ) { call in
      let xs = try call.sequence(0)
      let count = xs.items.count
      let start = Call.clamped(try call.integer(1), count)
      let end = Call.clamped(try call.optionalInteger(2) ?? count, count)
      return try xs.picking(Array(start..<max(start, end)))
    },
    Builtin(.lists, written: "first(xs)", "the first item", examples: ["first([5, 6])\n#=> 5"]) {
      try end($0) { $0.first }
    },
    Builtin(.lists, written: "last(xs)", "the last item", examples: ["last(1..4)\n#=> 4"]) {
      try end($0) { $0.last }
    },
    Builtin(
      .lists, written: "reversed(xs)", "the items from the last to the first",
      examples: ["reversed([1, 2, 3])\n#=> [3, 2, 1]", "reversed(\"abc\")\n#=> \"cba\""]
    ) { call in
      let xs = try call.sequence(0)
      return try xs.picking(xs.items.indices.reversed())
    },
    Builtin(
      .lists, written: "sort(xs, by = none, descending = false)",
      "the items in order, equal ones as they were",
      details: """
        Numbers sort by size, texts by their characters, lists item by item; NaN and none come last in either \
        direction. `by` is a function that gives the value to sort by, or, for tables and lists of records, a name \
        or a list of names.
        """,
      examples: [
        "sort([3, 1, 2])\n#=> [1, 2, 3]",
        "sort([\"bb\", \"a\", \"ccc\"], by: len, descending: true)\n#=> [\"ccc\", \"bb\", \"a\"]",
        "table({tau: [1.05, 0.95], reward: [0.5, 0.4]}) | sort(\"tau\")\n#=>  tau  reward\n#=> 0.95     0.4\n#=> 1.05     0.5",
      ], body: sort),
    Builtin(
      .lists, written: "unique(xs)", "the items without repetitions, in order of first appearance",
      examples: ["unique([2, 1, 2, 3, 1])\n#=> [2, 1, 3]"]
    ) { call in
      let xs = try call.sequence(0)
      return try xs.picking(GroupingKey.groups(xs.items.map(GroupingKey.init)).map { $0[0] })
    },
    Builtin(
      .lists, written: "index_of(xs, item)", "the position of the first item equal to `item`, or none",
      examples: ["index_of([\"a\", \"b\"], \"b\")\n#=> 1", "index_of([1, 2], 3) == none\n#=> true"]
    ) { call in
      if case .object(let object) = call[0], object is Text { return try TextBuiltins.find(call) }
      let position = try call.items(0).firstIndex { Value.same($0, call[1]) }
      return position.map { .number(Double($0)) } ?? .none
    },
    Builtin(
      .lists, written: "min_by(xs, f)",
      "the item for which `f` is smallest; the first of several, none without items",
      examples: ["min_by([-3, 2, 1], x => x ^ 2)\n#=> 1"]
    ) { try extreme($0, sign: 1) },
    Builtin(
      .lists, written: "max_by(xs, f)",
      "the item for which `f` is largest; the first of several, none without items",
      examples: ["max_by([\"a\", \"ccc\", \"bb\"], len)\n#=> \"ccc\""]
    ) { try extreme($0, sign: -1) },
  ]

  private static func end(_ call: Call, _ pick: ([Value]) -> Value?) throws -> Value {
    guard let item = pick(try call.sequence(0).items) else { throw call.failure("`xs` is empty") }
    return item
  }

  private static func sort(_ call: Call) throws -> Value {
    let xs = try call.sequence(0)
    let descending = try call.bool(2)
    if call[1].isNone {
      if case .object(let object) = xs.value, let tensor = (object as? TensorObject)?.tensor,
        tensor.shape.rank == 1, tensor.shape.tokenRows == nil
      {
        return .tensor(try tensor.sorted(descending: descending))
      }
      if case .object(let object) = xs.value, object is Table {
        throw call.failure("`by` must be given to sort a table", help: "write sort(t, by: \"column\")")
      }
      return try xs.picking(Ordering.positions(xs.items, descending: descending))
    }
    return try xs.picking(Ordering.positions(keys(call, xs), descending: descending))
  }

  /// What `by` makes of each item.
  private static func keys(_ call: Call, _ xs: Call.ItemSequence) throws -> [Value] {
    if case .object(let object) = call[1], object.signature != nil {
      let function = try call.itemFunction(1)
      return try xs.items.map(function)
    }
    let names = try call.texts(1)
    if case .object(let object) = xs.value, let table = object as? Table {
      let columns = try names.map(table.requiredColumn)
      return xs.items.indices.map { row in
        columns.count == 1 ? columns[0][row] : .list(columns.map { $0[row] })
      }
    }
    return try xs.items.map { item in
      let parts = try names.map { try Indexing.field(item, .text($0)) }
      return parts.count == 1 ? parts[0] : .list(parts)
    }
  }

  /// The item with the smallest key times `sign`; NaN and none never win over a number.
  private static func extreme(_ call: Call, sign: Int) throws -> Value {
    let items = try call.items(0)
    let function = try call.itemFunction(1)
    let order = try Ordering.positions(items.map(function), descending: sign < 0)
    return order.first.map { items[$0] } ?? .none
  }
}
