import Engine

/// Parts of sequences and their order.
extension ListBuiltins {
  static let selection: [Builtin] = [
    Builtin(
      .lists, "take",
      "the first `n` items, or the last ones for a negative `n`; all where there are fewer",
      examples: ["take([5, 6, 7], 2)\n#=> [5, 6]", "take([5, 6, 7], -1)\n#=> [7]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let n = parameter("n", .integer)
      return { call in
        let xs = try call[xs]
        let n = try call[n]
        let count = xs.items.count
        return try xs.picking(
          Array(n < 0 ? max(0, n.addingReportingOverflow(count).partialValue)..<count : 0..<min(n, count)))
      }
    },
    Builtin(
      .lists, "skip",
      "the items without the first `n`, or without the last ones for a negative `n`",
      examples: ["skip([5, 6, 7], 1)\n#=> [6, 7]", "skip([5, 6, 7], -1)\n#=> [5, 6]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let n = parameter("n", .integer)
      return { call in
        let xs = try call[xs]
        let n = try call[n]
        let count = xs.items.count
        return try xs.picking(
          Array(n < 0 ? 0..<max(0, n.addingReportingOverflow(count).partialValue) : min(n, count)..<count))
      }
    },
    Builtin(
      .lists, "slice", "the part from position `from` up to, but without, `to`",
      details: "Positions start at 0; negative ones count from the end. What lies outside is left out.",
      examples: ["slice(\"rollout\", 0, 4)\n#=> \"roll\"", "slice([1, 2, 3, 4], 1, -1)\n#=> [2, 3]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let from = parameter("from", .integer)
      let to = parameter.optional("to", .integer)
      return { call in
        let xs = try call[xs]
        let count = xs.items.count
        let start = ItemSequence.clamped(try call[from], count)
        let end = ItemSequence.clamped(try call[to] ?? count, count)
        return try xs.picking(Array(start..<max(start, end)))
      }
    },
    Builtin(.lists, "first", "the first item", examples: ["first([5, 6])\n#=> 5"]) { end($0) { $0.first } },
    Builtin(.lists, "last", "the last item", examples: ["last(1..4)\n#=> 4"]) { end($0) { $0.last } },
    Builtin(
      .lists, "reversed", "the items from the last to the first",
      examples: ["reversed([1, 2, 3])\n#=> [3, 2, 1]", "reversed(\"abc\")\n#=> \"cba\""]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      return { call in
        let xs = try call[xs]
        return try xs.picking(xs.items.indices.reversed())
      }
    },
    Builtin(
      .lists, "sort",
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
      ]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let by = parameter.optional("by", Kind<Value>.any.standing(for: .column))
      let descending = parameter("descending", .flag, false)
      return { call in
        let sequence = try call[xs]
        guard let by = try call[by] else { return try sort(sequence, descending: call[descending], call) }
        let keys = try keys(by, sequence, call)
        return try sequence.picking(Ordering.positions(keys, descending: call[descending]))
      }
    },
    Builtin(
      .lists, "unique", "the items without repetitions, in order of first appearance",
      examples: ["unique([2, 1, 2, 3, 1])\n#=> [2, 1, 3]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      return { call in
        let xs = try call[xs]
        return try xs.picking(GroupingKey.groups(xs.items.map(GroupingKey.init)).map { $0[0] })
      }
    },
    Builtin(
      .lists, "index_of", "the position of the first item equal to `item`, or none",
      examples: ["index_of([\"a\", \"b\"], \"b\")\n#=> 1", "index_of([1, 2], 3) == none\n#=> true"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      let item = parameter("item", .any)
      return { call in
        let xs = try call[xs]
        if let whole = xs.value.asText, let part = call[item].asText {
          return try TextSearch.position(of: part, in: whole)
        }
        let position = xs.items.firstIndex { Value.same($0, call[item]) }
        return position.map { .number(Double($0)) } ?? .none
      }
    },
    Builtin(
      .lists, "min_by",
      "the item for which `f` is smallest; the first of several, none without items",
      examples: ["min_by([-3, 2, 1], x => x ^ 2)\n#=> 1"]
    ) { extreme($0, descending: false) },
    Builtin(
      .lists, "max_by",
      "the item for which `f` is largest; the first of several, none without items",
      examples: ["max_by([\"a\", \"ccc\", \"bb\"], len)\n#=> \"ccc\""]
    ) { extreme($0, descending: true) },
  ]

  private static func end(
    _ parameter: Parameters, _ pick: @escaping @Sendable ([Value]) -> Value?
  ) -> Builtin.Body {
    let xs = parameter("xs", .sequence)
    return { call in
      guard let item = pick(try call[xs].items) else { throw call.failure("`xs` is empty") }
      return item
    }
  }

  /// The items in their own order.
  private static func sort(_ xs: ItemSequence, descending: Bool, _ call: Call) throws -> Value {
    if let tensor = xs.value.as(TensorObject.self)?.tensor, tensor.shape.rank == 1,
      tensor.shape.tokenRows == nil
    {
      return .tensor(try tensor.sorted(descending: descending))
    }
    if xs.value.as((any Tabular).self) != nil {
      throw call.failure("`by` must be given to sort a table", help: "write sort(t, by: \"column\")")
    }
    return try xs.picking(Ordering.positions(xs.items, descending: descending))
  }

  /// What a function or the names of fields make of each item.
  private static func keys(_ by: Value, _ xs: ItemSequence, _ call: Call) throws -> [Value] {
    if let function = try Kind<ItemFunction>.itemFunction.read(by, call) {
      return try xs.items.map { try function($0) }
    }
    guard let names = try Kind<[String]>.texts.read(by, call) else {
      throw call.failure("`by` must be texts, got \(Printing.brief(by))")
    }
    if let table = xs.value.as((any Tabular).self) {
      let columns = try names.map { try table.requiredColumn($0) }
      return try xs.items.indices.mapInterruptibly("sort") { row in
        columns.count == 1 ? columns[0][row] : .list(columns.map { $0[row] })
      }
    }
    return try xs.items.map { item in
      let parts = try names.map { try Indexing.field(item, .text($0)) }
      return parts.count == 1 ? parts[0] : .list(parts)
    }
  }

  /// The item with the smallest or the largest key; NaN and none never win over a number.
  private static func extreme(_ parameter: Parameters, descending: Bool) -> Builtin.Body {
    let xs = parameter("xs", .items)
    let f = parameter("f", .itemFunction)
    return { call in
      let items = try call[xs]
      let f = try call[f]
      let order = try Ordering.positions(items.map { try f($0) }, descending: descending)
      return order.first.map { items[$0] } ?? .none
    }

  }
}
