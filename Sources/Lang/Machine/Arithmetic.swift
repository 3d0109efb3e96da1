import Engine

/// What operators do beyond plain numbers.
enum Arithmetic {
  /// Whether a condition holds; only `true` and `false` will do.
  static func truth(_ value: Value) throws -> Bool {
    switch value {
    case .bool(let flag): return flag
    case .none, .missing:
      throw RuntimeError(
        "a condition must be true or false, got none",
        help: "write `x != none` to ask whether there is a value")
    case .number:
      throw RuntimeError("a condition must be true or false, got a number", help: "write `x != 0`")
    case .object(let object):
      let help =
        object is TensorObject
        ? "write `all(...)` or `any(...)`" : object.elementCount == nil ? nil : "write `len(x) > 0`"
      throw RuntimeError("a condition must be true or false, got \(value.kindWithArticle)", help: help)
    }
  }

  /// A comparison as an `expect` reads it: one of tensors has to hold for every element.
  static func expectation(_ value: Value) throws -> Value {
    guard let tensor = value.as(TensorObject.self)?.tensor else { return value }
    return .bool(tensor.values.allSatisfy { $0 != 0 })
  }

  /// Arithmetic on anything; text adds to text, lists of numbers count as tensors.
  @inline(never)
  static func binary(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    if let x = scalar(a), let y = scalar(b) { return .number(number(operation, x, y)) }
    if operation == .add, case .object(let left) = a, case .object(let right) = b,
      let first = left as? Text, let second = right as? Text
    {
      try Text.check(first.string.utf8.count + second.string.utf8.count)
      return .text(first.string + second.string)
    }
    guard let left = try Conversion.tensor(a), let right = try Conversion.tensor(b) else {
      throw mismatch(operation, a, b)
    }
    if operation == .matmul { return .tensor(try left.matmul(right)) }
    guard let operation = elementwise(operation) else { throw mismatch(operation, a, b) }
    return .tensor(try operation(left, right))
  }

  private static func scalar(_ value: Value) -> Double? {
    switch value {
    case .number(let number): number
    case .bool(let flag): flag ? 1 : 0
    case .none, .missing, .object: nil
    }
  }

  private static func number(_ operation: BinaryOperator, _ x: Double, _ y: Double) -> Double {
    switch operation {
    case .add: x + y
    case .subtract: x - y
    case .multiply, .matmul: x * y
    case .divide: x / y
    case .modulo: remainder(x, y)
    case .power: power?.scalar(x, y) ?? .nan
    case .equal: x == y ? 1 : 0
    case .unequal: x != y ? 1 : 0
    case .less: x < y ? 1 : 0
    case .lessEqual: x <= y ? 1 : 0
    case .greater: x > y ? 1 : 0
    case .greaterEqual: x >= y ? 1 : 0
    case .contains: .nan
    }
  }

  /// The remainder with the sign of `y`, as the engine's `%` gives it; whole numbers without a call.
  @inline(__always)
  static func remainder(_ x: Double, _ y: Double) -> Double {
    guard let dividend = x.natural, let divisor = y.natural, divisor > 0 else {
      return modulo?.scalar(x, y) ?? .nan
    }
    return x - Double(dividend / divisor) * y
  }

  private static let operations = Dictionary(
    BinaryOperation.all.compactMap { operation in operation.symbol.map { ($0, operation) } },
    uniquingKeysWith: { first, _ in first })

  /// The engine's operation for an operator, on tensors of any shape.
  private static func elementwise(_ operation: BinaryOperator) -> BinaryOperation? {
    operations[operation.rawValue]
  }

  private static let modulo = operations["%"]
  private static let power = operations["^"]

  private static func mismatch(_ operation: BinaryOperator, _ a: Value, _ b: Value) -> RuntimeError {
    if a.isNone || b.isNone {
      return RuntimeError(
        "`\(operation.rawValue)` needs two values, got \(Printing.brief(a)) and \(Printing.brief(b))")
    }
    var help: String?
    if operation == .add, [a, b].contains(where: \.isText) {
      help = "write \"... \\(x)\" to put a value into a text"
    }
    if operation == .add, a.isList, b.isList { help = "write `concat(a, b)` to join lists" }
    return RuntimeError(
      "`\(operation.rawValue)` does not work on \(a.kindWithArticle) and \(b.kindWithArticle)", help: help)
  }

  /// Comparison: a bool for scalars, texts, lists and records; elementwise where a tensor takes part, and where a
  /// list stands against a single value.
  static func compare(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    if case .number(let x) = a, case .number(let y) = b {
      switch operation {
      case .equal: return .bool(x == y)
      case .unequal: return .bool(x != y)
      case .less: return .bool(x < y)
      case .lessEqual: return .bool(x <= y)
      case .greater: return .bool(x > y)
      case .greaterEqual: return .bool(x >= y)
      case .add, .subtract, .multiply, .divide, .modulo, .power, .matmul, .contains: return .bool(false)
      }
    }
    return try compareObjects(operation, a, b)
  }

  @inline(never)
  private static func compareObjects(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    let isEquality = operation == .equal || operation == .unequal
    if a.isMissing || b.isMissing { throw mismatch(operation, a, b) }
    if isEquality {
      if let mask = try equalItems(a, b, operation == .equal) { return .tensor(mask) }
      if !a.isTensor && !b.isTensor || a.isNone || b.isNone || a.isText || b.isText {
        return .bool(Value.same(a, b) == (operation == .equal))
      }
    }
    if case .object(let left) = a, case .object(let right) = b, let x = left as? Text, let y = right as? Text
    {
      switch operation {
      case .less: return .bool(x.string < y.string)
      case .lessEqual: return .bool(x.string <= y.string)
      case .greater: return .bool(x.string > y.string)
      case .greaterEqual: return .bool(x.string >= y.string)
      case .equal, .unequal, .add, .subtract, .multiply, .divide, .modulo, .power, .matmul, .contains: break
      }
    }
    guard let left = try Conversion.tensor(a), let right = try Conversion.tensor(b),
      let elementwise = elementwise(operation)
    else { throw mismatch(operation, a, b) }
    let result = try elementwise(left, right)
    return result.isScalar ? .bool(try result.item() != 0) : .tensor(result)
  }

  /// Where a list or range has items that equal a single value, or do not; nil where neither side is that.
  private static func equalItems(_ a: Value, _ b: Value, _ equal: Bool) throws -> Tensor? {
    guard a.isSequence != b.isSequence else { return nil }
    let (whole, item) = a.isSequence ? (a, b) : (b, a)
    guard item.isSingle else { return nil }
    if let number = scalar(item), let numbers = try Conversion.tensor(whole) {
      return try elementwise(equal ? .equal : .unequal)?(numbers, Tensor(number))
    }
    let items = try Iteration.items(whole) ?? []
    return try Tensor(items.mapInterruptibly("==") { Value.same($0, item) == equal ? 1 : 0 })
  }

  static func negate(_ value: Value) throws -> Value {
    guard let tensor = try Conversion.tensor(value) else {
      throw RuntimeError("`-` does not work on \(value.kindWithArticle)")
    }
    return .tensor(try -tensor)
  }

  /// `not`: of a bool, or of every element of a mask.
  static func not(_ value: Value) throws -> Value {
    if case .object(let object) = value, let tensor = object as? TensorObject, !tensor.tensor.isScalar {
      guard let equal = elementwise(.equal) else { return .none }
      return .tensor(try equal(tensor.tensor, Tensor(0)))
    }
    return .bool(try !truth(value))
  }

  /// Whether a list has an item, a record a field, a text a part, a range a number.
  static func contains(_ item: Value, in whole: Value) throws -> Value {
    guard case .object(let object) = whole else {
      throw RuntimeError("`in` needs a list, a record or a text, got \(whole.kindWithArticle)")
    }
    if let object = object as? any Searchable { return .bool(try object.contains(item)) }
    guard let items = try Iteration.items(whole) else {
      throw RuntimeError("`in` needs a list, a record or a text, got \(whole.kindWithArticle)")
    }
    return .bool(items.contains { Value.same($0, item) })
  }
}

extension Value {
  var isText: Bool { if case .object(let object) = self { object is Text } else { false } }
  var isList: Bool { if case .object(let object) = self { object.role == .list } else { false } }
  fileprivate var isSequence: Bool {
    if case .object(let object) = self { object.role == .list || object.role == .range } else { false }
  }
  /// Whether it is a number, a text or another value without elements, such as an objective.
  fileprivate var isSingle: Bool {
    switch self {
    case .none, .missing: false
    case .bool, .number: true
    case .object(let object): object is Text || object.role != .tensor && object.elementCount == nil
    }
  }
  var isTensor: Bool { if case .object(let object) = self { object.role == .tensor } else { false } }
}
