import Engine

/// Lists and records: making them, picking from them, going through them.
enum ListBuiltins {
  static let all: [Builtin] = basics + selection + traversal + records

  /// Making and joining lists.
  private static let basics: [Builtin] = [
    Builtin(
      .lists, "len",
      "the number of items of a list, rows of a table or tensor, characters of a text",
      examples: ["len([4, 5, 6])\n#=> 3", "len(\"naïve\")\n#=> 5"]
    ) { parameter in
      let x = parameter("x", .any)
      return { call in
        if case .object(let object) = call[x], let count = object.elementCount {
          return .number(Double(count))
        }
        throw call.mismatch(x, "something with items")
      }
    },
    Builtin(
      .lists, "push", "the list with an item added at its end",
      details: "`xs = push(xs, x)` adds in place where nobody else holds the list.",
      examples: ["xs = [1, 2];\npush(xs, 3)\n#=> [1, 2, 3]\nxs\n#=> [1, 2]"]
    ) { parameter in
      let list = parameter("list", .any)
      let item = parameter("item", .any)
      return { call in try Indexing.appending(call[item], to: call[list]) }
    },
    Builtin(
      .lists, "concat",
      "lists, texts, tensors, tables or batches joined end to end",
      details: """
        With a tensor among the parts the result is a tensor, joined along `axis`. Tables get the columns of all; \
        a cell that a table lacks is none. A single list of tables or of batches joins those.
        """,
      examples: ["concat([1, 2], 3..4)\n#=> [1, 2, 3, 4]", "concat(\"ab\", \"cd\")\n#=> \"abcd\""]
    ) { parameter in
      let parts = parameter.rest("parts", .items)
      let axis = parameter("axis", .integer, 0)
      return { call in try concat(call[parts], axis: call[axis], call) }
    },
    Builtin(
      .lists, "repeat",
      "a list or text `n` times end to end, or a list of `n` copies of anything else",
      details: "To get copies of a list, put it into one: `repeat([xs], n)`.",
      examples: [
        "repeat(0.5, 3)\n#=> [0.5, 0.5, 0.5]", "repeat([1, 2], 2)\n#=> [1, 2, 1, 2]",
        "repeat(\"-\", 5)\n#=> \"-----\"",
      ]
    ) { parameter in
      let x = parameter("x", .any)
      let n = parameter("n", .count)
      return { call in try repeated(call[x], call[n], call) }
    },
    Builtin(
      .lists, "range", "the numbers from `from` up to, but without, `to`",
      details: """
        `range(n)` counts 0, 1, ... n - 1. With `..` both ends are included: `1..3` is 1, 2, 3 while `range(1, 3)` \
        is 1, 2. A number within rounding error of `to` counts as `to`, so `range(0, 0.3, 0.1)` has three numbers.
        """,
      examples: [
        "range(0, 10, 4)\n#=> [0, 4, 8]", "to_list(range(3))\n#=> [0, 1, 2]",
        "range(1, 0, -0.25)\n#=> [1, 0.75, 0.5, 0.25]",
      ]
    ) { parameter in
      let from = parameter("from", .number)
      let to = parameter.optional("to", .number)
      let step = parameter("step", .number, 1)
      return { call in
        let end = try call[to]
        return try range(from: end == nil ? 0 : call[from], to: end ?? call[from], step: call[step], call)
      }
    },
    Builtin(
      .lists, "to_list", "the items as a list; a tensor becomes nested lists of numbers",
      examples: ["to_list(1..3)\n#=> [1, 2, 3]", "to_list(\"abc\")\n#=> [\"a\", \"b\", \"c\"]"]
    ) { parameter in
      let x = parameter("x", .any)
      return { call in
        if let tensor = call[x].as(TensorObject.self)?.tensor, !tensor.isTraced {
          return try Conversion.lists(tensor)
        }
        guard let items = try Iteration.items(call[x]) else { throw call.mismatch(x, "a list") }
        return .list(items)
      }
    },
    Builtin(
      .lists, "zip", "items at the same positions put together: a list of lists",
      details: "The lists must be of one length.",
      examples: [
        "zip([1, 2], [\"a\", \"b\"])\n#=> [[1, \"a\"], [2, \"b\"]]",
        "zip([1, 2], [3, 4]) | map((x, y) => x * y)\n#=> [3, 8]",
      ]
    ) { parameter in
      let lists = parameter.rest("lists", .items)
      return { call in
        let lists = try call[lists].enumerated().map { i, list in
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
        return try bounded(
          (0..<(counts.first ?? 0)).mapInterruptibly("zip") { i in .list(lists.map { $0[i] }) })
      }
    },
    Builtin(
      .lists, "enumerate",
      "the items with their positions: a list of `[position, item]`",
      examples: ["enumerate([\"a\", \"b\"])\n#=> [[0, \"a\"], [1, \"b\"]]"]
    ) { parameter in
      let xs = parameter("xs", .items)
      let start = parameter("start", .integer, 0)
      return { call in
        let start = Double(try call[start])
        return try bounded(
          call[xs].enumerated().mapInterruptibly("enumerate") { .list([.number(start + Double($0)), $1]) })
      }
    },
    Builtin(
      .lists, "flatten", "a list of lists as one list, one level down; of a tensor, its numbers",
      examples: ["flatten([[1, 2], [3], 4])\n#=> [1, 2, 3, 4]"]
    ) { parameter in
      let xs = parameter("xs", .sequence)
      return { call in
        let xs = try call[xs]
        if let tensor = xs.value.as(TensorObject.self)?.tensor {
          return .tensor(try tensor.reshaped([tensor.count]))
        }
        var items: [Value] = []
        try xs.items.forEachInterruptibly("flatten") { items += try Table.column($0) ?? [$0] }
        return .list(items)
      }
    },
  ]

  /// A list whose nesting stays within bounds.
  static func bounded(_ items: [Value]) throws -> Value { try Interpreter.bounded(List(items)) }

  private static func concat(_ parts: [Value], axis: Int, _ call: Call) throws -> Value {
    guard let first = parts.first else { return .list([]) }
    if parts.count == 1, first.isList, let items = try Iteration.items(first),
      let joinable = items.first?.as((any Joinable).self), let joined = try joined(joinable, items)
    {
      return joined
    }
    if let joinable = first.as((any Joinable).self), let joined = try joined(joinable, parts) {
      return joined
    }
    if parts.contains(where: \.isTensor) {
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
    let lists = try parts.map { part in
      guard let items = try Table.column(part) else {
        if first.isList, !parts.contains(where: { $0.as((any Tabular).self) != nil }) {
          throw call.failure("\(Printing.brief(part)) is no list", help: "push(list, item) adds one item")
        }
        throw call.failure("\(first.kindWithArticle) and \(part.kindWithArticle) cannot be joined")
      }
      return items
    }
    return .list(Array(lists.joined()))
  }

  /// Parts of one class end to end; nil where they are of several.
  private static func joined<Part: Joinable>(_ first: Part, _ parts: [Value]) throws -> Value? {
    let same = parts.compactMap { $0.as(Part.self) }
    return same.count == parts.count ? try Part.joined(same) : nil
  }

  private static func repeated(_ value: Value, _ count: Int, _ call: Call) throws -> Value {
    if let text = value.asText {
      try checkLength(text.utf8.count, count, call)
      return .text(text.isEmpty ? "" : Text.repeated(text, count))
    }
    let items = try Table.column(value) ?? [value]
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

  private static func range(from: Double, to: Double, step: Double, _ call: Call) throws -> Value {
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
