import Engine

/// Lists and records: making them, picking from them, going through them.
enum ListBuiltins {
  static let all: [Builtin] = basics + selection + traversal + records

  /// Making and joining lists.
  private static let basics: [Builtin] = [
    Builtin(
      .lists, written: "len(x)",
      "the number of items of a list, rows of a table or tensor, characters of a text",
      examples: ["len([4, 5, 6])\n#=> 3", "len(\"naïve\")\n#=> 5"]
    ) { call in
      if case .object(let object) = call[0], let count = object.elementCount { return .number(Double(count)) }
      throw call.mismatch(0, "something with items")
    },
    Builtin(
      .lists, written: "push(list, item)", "the list with an item added at its end",
      details: "`xs = push(xs, x)` adds in place where nobody else holds the list.",
      examples: ["xs = [1, 2];\npush(xs, 3)\n#=> [1, 2, 3]\nxs\n#=> [1, 2]"]
    ) { call in try Indexing.appending(call[1], to: call[0]) },
    Builtin(
      .lists, written: "concat(parts..., axis = 0)",
      "lists, texts, tensors, tables or batches joined end to end",
      details: """
        With a tensor among the parts the result is a tensor, joined along `axis`. Tables get the columns of all; \
        a cell that a table lacks is none.
        """,
      examples: ["concat([1, 2], 3..4)\n#=> [1, 2, 3, 4]", "concat(\"ab\", \"cd\")\n#=> \"abcd\""],
      body: concat),
    Builtin(
      .lists, written: "repeat(x, n)",
      "a list or text `n` times end to end, or a list of `n` copies of anything else",
      details: "To get copies of a list, put it into one: `repeat([xs], n)`.",
      examples: [
        "repeat(0.5, 3)\n#=> [0.5, 0.5, 0.5]", "repeat([1, 2], 2)\n#=> [1, 2, 1, 2]",
        "repeat(\"-\", 5)\n#=> \"-----\"",
      ],
      body: repeated),
    Builtin(
      .lists, written: "range(from, to = none, step = 1)", "the numbers from `from` up to, but without, `to`",
      details: """
        `range(n)` counts 0, 1, ... n - 1. With `..` both ends are included: `1..3` is 1, 2, 3 while `range(1, 3)` \
        is 1, 2. A number within rounding error of `to` counts as `to`, so `range(0, 0.3, 0.1)` has three numbers.
        """,
      examples: [
        "range(0, 10, 4)\n#=> [0, 4, 8]", "to_list(range(3))\n#=> [0, 1, 2]",
        "range(1, 0, -0.25)\n#=> [1, 0.75, 0.5, 0.25]",
      ],
      body: range),
    Builtin(
      .lists, written: "to_list(x)", "the items as a list; a tensor becomes nested lists of numbers",
      examples: ["to_list(1..3)\n#=> [1, 2, 3]", "to_list(\"abc\")\n#=> [\"a\", \"b\", \"c\"]"]
    ) { call in
      if case .object(let object) = call[0], let tensor = (object as? TensorObject)?.tensor, !tensor.isTraced
      {
        return try Conversion.lists(tensor)
      }
      return .list(try call.items(0))
    },
    Builtin(
      .lists, written: "zip(lists...)", "items at the same positions put together: a list of lists",
      details: "The lists must be of one length.",
      examples: [
        "zip([1, 2], [\"a\", \"b\"])\n#=> [[1, \"a\"], [2, \"b\"]]",
        "zip([1, 2], [3, 4]) | map((x, y) => x * y)\n#=> [3, 8]",
      ]
    ) { call in
      let lists = try call.items(0).enumerated().map { i, list in
        guard let items = try Iteration.items(list) else {
          throw call.failure("argument \(i + 1) must be a list, got \(Printing.brief(list))")
        }
        return items
      }
      let counts = Set(lists.map(\.count))
      guard counts.count <= 1 else {
        let lengths = lists.map { "\($0.count)" }.joined(separator: ", ")
        throw call.failure(
          "the lists have different lengths: \(lengths)", help: "shorten the longer with take(xs, n)")
      }
      return try bounded((0..<(counts.first ?? 0)).map { i in .list(lists.map { $0[i] }) })
    },
    Builtin(
      .lists, written: "enumerate(xs, start = 0)",
      "the items with their positions: a list of `[position, item]`",
      examples: ["enumerate([\"a\", \"b\"])\n#=> [[0, \"a\"], [1, \"b\"]]"]
    ) { call in
      let start = Double(try call.integer(1))
      return try bounded(call.items(0).enumerated().map { .list([.number(start + Double($0)), $1]) })
    },
    Builtin(
      .lists, written: "flatten(xs)", "a list of lists as one list, one level down; of a tensor, its numbers",
      examples: ["flatten([[1, 2], [3], 4])\n#=> [1, 2, 3, 4]"]
    ) { call in
      if case .object(let object) = call[0], let tensor = (object as? TensorObject)?.tensor {
        return .tensor(try tensor.reshaped([tensor.count]))
      }
      return .list(
        try call.items(0).flatMap { item -> [Value] in
          guard case .object(let object) = item,
            object is List || object is NumberRange || object is TensorObject
          else { return [item] }
          return try Iteration.items(item) ?? [item]
        })
    },
  ]

  /// A list whose nesting stays within bounds.
  static func bounded(_ items: [Value]) throws -> Value { try Interpreter.bounded(List(items)) }

  private static func concat(_ call: Call) throws -> Value {
    let parts = try call.items(0)
    guard let first = parts.first else { return .list([]) }
    let texts = parts.compactMap(\.asText)
    if texts.count == parts.count { return .text(texts.joined()) }
    let batches = parts.compactMap { part -> Batch? in
      if case .object(let object) = part { (object as? BatchObject)?.batch } else { nil }
    }
    if batches.count == parts.count { return .object(BatchObject(try Batch.concat(batches))) }
    if parts.contains(where: \.isTensor) {
      let axis = try call.integer(1)
      let tensors = try parts.map { part in
        guard let tensor = try Conversion.tensor(part) else {
          throw call.failure(
            "\(Printing.brief(part)) cannot be joined to a tensor",
            help: "to_list(...) makes a list of a tensor")
        }
        return tensor
      }
      return .tensor(try Tensor.concat(tensors, axis: axis))
    }
    let tables = parts.compactMap { if case .object(let object) = $0 { object as? Table } else { nil } }
    if tables.count == parts.count {
      return .object(
        try Table(rows: tables.flatMap { table in (0..<(table.elementCount ?? 0)).map(table.row) }))
    }
    let lists = try parts.map { part in
      guard case .object(let object) = part, object is List || object is NumberRange,
        let items = try Iteration.items(part)
      else {
        if first.isList, tables.isEmpty {
          throw call.failure("\(Printing.brief(part)) is no list", help: "push(list, item) adds one item")
        }
        throw call.failure("\(first.kindWithArticle) and \(part.kindWithArticle) cannot be joined")
      }
      return items
    }
    return .list(Array(lists.joined()))
  }

  private static func repeated(_ call: Call) throws -> Value {
    let count = try call.integer(1, 0...Int.max)
    let unit: Int
    var items = [call[0]]
    if case .object(let object) = call[0] {
      switch object {
      case let text as Text:
        unit = text.string.utf8.count
        try checkLength(unit, count, call)
        return .text(String(repeating: text.string, count: count))
      case is List, is NumberRange, is TensorObject: items = try Iteration.items(call[0]) ?? items
      default: break
      }
    }
    try checkLength(items.count, count, call)
    if items.count == 1 { return try bounded(Array(repeating: items[0], count: count)) }
    var repeated: [Value] = []
    repeated.reserveCapacity(items.count * count)
    for _ in 0..<(items.isEmpty ? 0 : count) { repeated += items }
    return try bounded(repeated)
  }

  /// The longest list or text a builtin makes out of a number.
  private static let maximumLength = Object.maximumWeight

  private static func checkLength(_ unit: Int, _ count: Int, _ call: Call) throws {
    let (total, overflow) = unit.multipliedReportingOverflow(by: count)
    guard !overflow, total <= maximumLength else {
      throw call.failure(
        "\(Printing.number(Double(unit) * Double(count))) items are too many", help: "make it smaller")
    }
  }

  private static func range(_ call: Call) throws -> Value {
    let hasStart = !call[1].isNone
    let from = hasStart ? try call.number(0) : 0
    let to = hasStart ? try call.number(1) : try call.number(0)
    let step = try call.number(2)
    guard from.isFinite, to.isFinite else {
      throw call.failure("the ends must be finite, got \(Printing.number(from)) and \(Printing.number(to))")
    }
    guard step != 0, step.isFinite else {
      throw call.failure("`step` must be a finite number other than 0, got \(Printing.number(step))")
    }
    if step == 1, from.rounded() == from {
      return .object(try NumberRange(low: from, high: to, closed: false))
    }
    let exact = (to - from) / step
    let count = max(0, (exact - 1e-9 * max(1, abs(exact))).rounded(.up))
    guard count <= Double(maximumLength) else {
      throw call.failure("\(Printing.number(count)) numbers are too many for a list")
    }
    return .numbers((0..<Int(count)).map { from + Double($0) * step })
  }
}
