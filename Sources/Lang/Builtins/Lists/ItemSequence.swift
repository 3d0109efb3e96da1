import Engine

/// The items of a value and the value they came from.
struct ItemSequence {
  let value: Value
  let items: [Value]

  /// The items at these positions, as the same kind of value; of a range, as a list.
  func picking(_ positions: [Int]) throws -> Value {
    try value.as((any Indexable).self)?.elements(at: positions)
      ?? .list(positions.mapInterruptibly("items") { items[$0] })
  }

  /// A position where `offset` may be negative and then counts from the end, kept within `0...count`.
  static func clamped(_ offset: Int, _ count: Int) -> Int {
    min(max(offset < 0 ? offset &+ count : offset, 0), count)
  }
}

/// A function of one item.
///
/// A function of several parameters gets the parts of an item that is a list of as many, so that
/// `zip(a, b) | map((x, y) => x + y)` works.
struct ItemFunction {
  private let function: Callback
  private let required: Int

  init(_ function: Callback) {
    self.function = function
    self.required = function.requiredCount
  }

  func callAsFunction(_ item: Value) throws -> Value {
    if required > 1, let list = item.as(List.self), list.items.count == required {
      return try function(list.items)
    }
    return try function(item)
  }
}

/// A function of one item whose value is `true` or `false`.
struct ItemCondition {
  fileprivate let function: ItemFunction
  fileprivate let call: Call

  func callAsFunction(_ item: Value) throws -> Bool {
    let answer = try function(item)
    if case .bool(let flag) = answer { return flag }
    throw call.failure("the function must give true or false, got \(Printing.brief(answer))")
  }
}

extension Kind where T == ItemFunction {
  /// A function of one item.
  static var itemFunction: Kind {
    Kind("a function") { value, call in try Kind<Callback>.function.read(value, call).map(ItemFunction.init) }
  }
}

extension Kind where T == ItemCondition {
  /// A function of one item whose value is `true` or `false`.
  static var condition: Kind {
    Kind("a function") { value, call in
      try Kind<ItemFunction>.itemFunction.read(value, call).map { ItemCondition(function: $0, call: call) }
    }
  }
}

extension Kind where T == ItemSequence {
  /// The rows or items of a sequence, and how to take some of them: a list stays a list, a tensor a tensor,
  /// a text a text, a table a table and a record, whose items are pairs of a name and a value, a record.
  static var sequence: Kind {
    Kind("a list, a tensor, a text, a record or a table") { value, _ in
      try Iteration.items(value).map { ItemSequence(value: value, items: $0) }
    }
  }
}

extension Kind where T == [String] {
  /// The names in further arguments: texts, or lists of them.
  static var names: Kind {
    Kind("names of columns or fields") { value, call in
      var names: [String] = []
      for item in try Iteration.items(value) ?? [] {
        guard let more = try texts.read(item, call), item.isText || !more.isEmpty else { return nil }
        names += more
      }
      return names
    }.standing(for: .column)
  }
}
