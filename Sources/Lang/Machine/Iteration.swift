import Engine

/// Going through the items of a value.
enum Iteration {
  /// All items: of a list, a range, a tensor's first axis, a text's characters, a table's rows, a record's
  /// fields as `[name, value]`; nil for what has none.
  static func items(_ value: Value) throws -> [Value]? {
    guard case .object(let object) = value else { return nil }
    if object.role == .list { return unsafeDowncast(object, to: List.self).items }
    return try (object as? any Iterable)?.elements()
  }

  /// Prepares two registers for `next`: a range becomes a pair of numbers, all else its items and a position.
  static func start(_ register: UnsafeMutablePointer<Value>) throws {
    if ValueLayout.has(.range, register) {
      let range = ValueLayout.object(register, as: NumberRange.self).takeUnretainedValue()
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
