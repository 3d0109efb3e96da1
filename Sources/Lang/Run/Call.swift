import Engine

/// A call of a builtin in progress: its arguments, in the order of its signature.
public struct Call {
  private let base: UnsafeMutablePointer<Value>
  /// One for each parameter of the signature, given or not.
  public let count: Int
  private let callee: Object
  /// Who runs the call, and calls back the functions among its arguments.
  public let interpreter: Interpreter

  init(_ base: UnsafeMutablePointer<Value>, count: Int, callee: Object, interpreter: Interpreter) {
    self.base = base
    self.count = count
    self.callee = callee
    self.interpreter = interpreter
  }

  /// The name and the parameters of what is called.
  public var signature: Signature { callee.signature ?? Signature(name: callee.kind, parameters: []) }

  /// The session the call belongs to.
  public var session: Session { interpreter.session }

  /// An argument as it is; `.missing` when it was not given and has no plain default.
  public subscript(position: Int) -> Value { position < count ? base[position] : .missing }

  /// What was given for a parameter, as its declared kind.
  subscript<T>(argument: Argument<T>) -> T {
    get throws {
      if let read = try argument.kind.read(base[argument.position], self) { return read }
      throw mismatch(argument)
    }
  }

  /// What was given for a parameter that takes any value; `.missing` when nothing was.
  subscript(argument: Argument<Value>) -> Value { base[argument.position] }

  /// Whether a parameter was given a value other than `none`.
  func has<T>(_ argument: Argument<T>) -> Bool { !base[argument.position].isNone }

  /// An error that says what an argument must be; `expected` where its kind alone does not say it.
  func mismatch<T>(_ argument: Argument<T>, _ expected: String? = nil) -> RuntimeError {
    let value = base[argument.position]
    return failure(
      "`\(argument.name)` must be \(expected ?? argument.kind.expected(value)), got \(value.isMissing ? "nothing" : Printing.brief(value))"
    )
  }

  private func name(_ position: Int) -> String {
    let signature = signature
    return position < signature.parameters.count
      ? signature.parameters[position].name : "argument \(position + 1)"
  }

  /// An error that names the function.
  public func failure(_ message: String, help: String? = nil) -> RuntimeError {
    RuntimeError("\(signature.name): \(message)", help: help)
  }

  func mismatch(_ position: Int, _ expected: String) -> RuntimeError {
    let value = self[position]
    return failure(
      "`\(name(position))` must be \(expected), got \(value.isMissing ? "nothing" : Printing.brief(value))")
  }

  // MARK: Scalars

  /// A number.
  public func number(_ position: Int) throws -> Double {
    switch self[position] {
    case .number(let number): return number
    case .bool(let flag): return flag ? 1 : 0
    case .object(let object):
      if let tensor = (object as? TensorObject)?.tensor, tensor.count == 1 { return try tensor.item() }
    case .none, .missing: break
    }
    throw mismatch(position, "a number")
  }

  /// A number, or nil when it is `none` or not given.
  public func optionalNumber(_ position: Int) throws -> Double? {
    self[position].isNone ? nil : try number(position)
  }

  /// A whole number within a range.
  public func integer(_ position: Int, _ range: ClosedRange<Int> = Int.min...Int.max) throws -> Int {
    let number = try number(position)
    guard let integer = Int(exactly: number) else { throw mismatch(position, "a whole number") }
    guard range.contains(integer) else {
      let bounds =
        range.upperBound == .max
        ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw failure("`\(name(position))` must be \(bounds), got \(Printing.number(number))")
    }
    return integer
  }

  /// A whole number, or nil when it is `none` or not given.
  public func optionalInteger(_ position: Int, _ range: ClosedRange<Int> = Int.min...Int.max) throws -> Int? {
    self[position].isNone ? nil : try integer(position, range)
  }

  /// `true` or `false`.
  public func bool(_ position: Int) throws -> Bool {
    if case .bool(let flag) = self[position] { return flag }
    throw mismatch(position, "true or false")
  }

  /// A text.
  public func text(_ position: Int) throws -> String {
    if case .object(let object) = self[position], let text = object as? Text { return text.string }
    throw mismatch(position, "a text")
  }

  /// A text, or nil when it is `none` or not given.
  public func optionalText(_ position: Int) throws -> String? {
    self[position].isNone ? nil : try text(position)
  }

  /// A seed: a whole number, or a list of them that is folded into one.
  public func seed(_ position: Int) throws -> UInt64 {
    if case .number(let number) = self[position], let integer = Int64(exactly: number) {
      return UInt64(bitPattern: integer)
    }
    if let items = try? items(position), !items.isEmpty {
      var seed: UInt64 = 0
      for case .number(let part) in items {
        guard let integer = Int64(exactly: part) else {
          throw mismatch(position, "a whole number or a list of them")
        }
        seed = Philox(seed: seed, .script, UInt64(bitPattern: integer)).bits(at: UInt64(items.count))
      }
      return seed
    }
    throw mismatch(position, "a whole number or a list of them")
  }

  // MARK: Collections

  /// The items of a list, a range, a tensor's first axis or a table's rows.
  public func items(_ position: Int) throws -> [Value] {
    guard let items = try Iteration.items(self[position]) else { throw mismatch(position, "a list") }
    return items
  }

  /// Texts: a list of them, or a single one.
  public func texts(_ position: Int) throws -> [String] {
    if case .object(let object) = self[position], let text = object as? Text { return [text.string] }
    return try items(position).map { item in
      guard case .object(let object) = item, let text = object as? Text else {
        throw mismatch(position, "texts")
      }
      return text.string
    }
  }

  /// A tensor; numbers and lists of numbers count as tensors.
  public func tensor(_ position: Int) throws -> Tensor {
    guard let tensor = try Conversion.tensor(self[position]) else { throw mismatch(position, "numbers") }
    return tensor
  }

  /// A tensor, or nil when it is `none` or not given.
  public func optionalTensor(_ position: Int) throws -> Tensor? {
    self[position].isNone ? nil : try tensor(position)
  }

  /// A record's fields.
  public func record(_ position: Int) throws -> Record {
    if case .object(let object) = self[position], let record = object as? Record { return record }
    throw mismatch(position, "a record")
  }

  /// An object of a given kind.
  public func object<Kind: Object>(_ position: Int, _ kind: Kind.Type, _ expected: String) throws -> Kind {
    if case .object(let object) = self[position], let found = object as? Kind { return found }
    throw mismatch(position, expected)
  }

  // MARK: Functions

  /// Something that can be called.
  public func function(_ position: Int) throws -> Value {
    if case .object(let object) = self[position], object.signature != nil { return self[position] }
    throw mismatch(position, "a function")
  }

  /// Calls a function of the language.
  public func apply(_ function: Value, _ arguments: Value...) throws -> Value {
    try interpreter.call(function, arguments)
  }

  /// A function that is to be called again and again.
  func callback(_ position: Int) throws -> Callback { Callback(try function(position), interpreter) }
}
