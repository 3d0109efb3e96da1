import Engine

/// Going through the items of a value.
enum Iteration {
  /// The longest text that is taken apart into characters.
  private static let maximumCharacters = 1 << 24

  /// All items: of a list, a range, a tensor's first axis, a text's characters, a table's rows, a record's
  /// fields as `[name, value]`; nil for what has none.
  static func items(_ value: Value) throws -> [Value]? {
    guard case .object(let object) = value else { return nil }
    switch object {
    case let list as List: return list.items
    case let range as NumberRange:
      guard range.count < Object.maximumWeight else {
        throw RuntimeError("a range of \(range.count) numbers is too long for a list")
      }
      return try (0..<range.count).map { position in
        if position & 0xFFFF == 0 { try Interrupt.check("range") }
        return .number(range.number(at: position))
      }
    case let object as TensorObject:
      guard let count = object.tensor.rowCount else { return nil }
      guard count < Object.maximumWeight else {
        throw RuntimeError("a tensor of \(count) rows is too long for a list")
      }
      if object.tensor.shape.rank == 1, object.tensor.shape.tokenRows == nil, !object.tensor.isTraced {
        return object.tensor.values.map { .number($0) }
      }
      return try (0..<count).map { .tensor(try object.tensor.row(at: $0)) }
    case let text as Text:
      guard text.string.utf8.count <= maximumCharacters else {
        throw RuntimeError(
          "a text of \(text.string.utf8.count) bytes is too long to go through",
          help: "cut it with split or lines")
      }
      return text.string.map { .text(String($0)) }
    case let record as Record: return record.fields.map { .list([.text($0.name), $0.value]) }
    case let object as any Sequenceable: return try (0..<(object.count)).map { try object.element(at: $0) }
    default: return nil
    }
  }

  /// Prepares two registers for `next`: a range becomes a pair of numbers, all else its items and a position.
  static func start(_ register: UnsafeMutablePointer<Value>) throws {
    if case .object(let object) = register.pointee, let range = object as? NumberRange {
      register[0] = .number(range.low)
      register[1] = .number(range.low + Double(range.count))
      return
    }
    guard let items = try items(register.pointee) else {
      let help: String? = if case .number = register.pointee { "write `for i in 1..n`" } else { nil }
      throw RuntimeError("`for` cannot go through \(register.pointee.kindWithArticle)", help: help)
    }
    if !register.pointee.isList { register[0] = .list(items) }
    register[1] = .number(0)
  }

  /// The next item of what two registers hold, as `start` prepared them; false when there is none.
  @inline(__always)
  static func next(
    _ register: UnsafeMutablePointer<Value>, into item: UnsafeMutablePointer<Value>
  ) -> Bool {
    guard ValueLayout.has(.list, register), case .number(let number) = register[1],
      let position = number.natural,
      let place = ValueLayout.object(register, as: List.self)._withUnsafeGuaranteedRef({ $0.place(position) })
    else { return false }
    item.copy(place)
    (register + 1).put(number + 1)
    return true
  }

  /// Takes a list apart into registers.
  static func unpack(_ value: Value, count: Int, into registers: UnsafeMutablePointer<Value>) throws {
    guard let items = try items(value) else {
      throw RuntimeError("cannot take \(value.kindWithArticle) apart into \(count) names")
    }
    guard items.count == count else {
      throw RuntimeError("\(items.count) items do not go into \(count) names")
    }
    for (i, item) in items.enumerated() { registers[i] = item }
  }
}

extension Sequenceable {
  var count: Int { (self as? Object)?.elementCount ?? 0 }
}
