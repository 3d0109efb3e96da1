import Engine

/// Values that instructions make.
extension Interpreter {
  /// Refuses values nested so deep that handling them would exhaust the stack.
  static func bounded(_ object: Object) throws -> Value {
    guard object.nesting <= Object.maximumNesting else {
      throw RuntimeError("values are nested more than \(Object.maximumNesting) deep", help: "use a flat list")
    }
    guard Object.permits(object.weight) else { throw tooLarge }
    return .object(object)
  }

  static func list(_ values: UnsafeMutablePointer<Value>, _ count: Int) throws -> Value {
    try bounded(List(Array(UnsafeBufferPointer(start: values, count: count))))
  }

  static func record(_ keys: Value, _ values: UnsafeMutablePointer<Value>) throws -> Value {
    guard case .object(let object) = keys, let keys = (object as? RecordKeys)?.keys else { return .none }
    return try bounded(Record(keys, Array(UnsafeBufferPointer(start: values, count: keys.names.count))))
  }

  static func range(_ low: Value, _ high: Value, closed: Bool) throws -> Value {
    if case .number(let low) = low, high.isNone { return .object(RangeToEnd(low: low)) }
    guard case .number(let low) = low, case .number(let high) = high else {
      throw RuntimeError("a range needs two numbers, got \(low.kindWithArticle) and \(high.kindWithArticle)")
    }
    return .object(try NumberRange(low: low, high: high, closed: closed))
  }

  /// Values as text, one after the other.
  static func text(_ values: UnsafeMutablePointer<Value>, _ count: Int) throws -> Value {
    var text = ""
    for i in 0..<count {
      let part = Printing.text(values[i])
      try Text.check(text.utf8.count + part.utf8.count)
      text += part
    }
    return .text(text)
  }

  /// Makes a function with what it carries from the function that makes it.
  func makeClosure(_ position: Int, _ now: Activation, into a: UnsafeMutablePointer<Value>) throws {
    let prototype = now.closure._withUnsafeGuaranteedRef {
      Unmanaged.passUnretained($0.prototype.prototypes[position])
    }
    a.take(.object(Closure(prototype, now, globals: globals)))
    guard ValueLayout.object(a)._withUnsafeGuaranteedRef({ $0.nesting }) > Object.maximumNesting else {
      return
    }
    let closure = ValueLayout.object(a).takeUnretainedValue()
    _ = try Interpreter.bounded(closure)
  }

  /// The cell in a register that has one.
  @inline(__always)
  static func cell(_ register: UnsafeMutablePointer<Value>) -> Cell {
    if ValueLayout.has(.cell, register) {
      return ValueLayout.object(register, as: Cell.self).takeUnretainedValue()
    }
    return Cell(.missing)
  }
}
