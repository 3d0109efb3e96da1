// Calls: how a function of the shell gets its arguments. `Parameters` declares them, `Kind` says what fits, `Signature`
// puts them in order, `Call` reads them.

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

  /// All arguments as they are, for a function that passes them on; `.missing` where one was not given.
  var arguments: [Value] { (0..<count).map { base[$0] } }

  /// What was given for a parameter, as its declared kind.
  subscript<T>(argument: Argument<T>) -> T {
    get throws {
      if let read = try argument.kind.read(base[argument.position], self) { return read }
      throw mismatch(argument)
    }
  }

  /// What was given for a parameter that takes any value; `.missing` when nothing was.
  subscript(argument: Argument<Value>) -> Value { base[argument.position] }

  /// The number that was given, if it is a plain one.
  @inline(__always)
  func plainNumber<T>(_ argument: Argument<T>) -> Double? {
    if case .number(let number) = base[argument.position] { number } else { nil }
  }

  /// Whether a parameter was given a value other than `none`.
  func has<T>(_ argument: Argument<T>) -> Bool { !base[argument.position].isNone }

  /// An error that says what an argument must be; `expected` where its kind alone does not say it.
  func mismatch<T>(_ argument: Argument<T>, _ expected: String? = nil) -> RuntimeError {
    let value = base[argument.position]
    return failure(
      "`\(argument.name)` must be \(expected ?? argument.kind.expected(value)), got \(value.isMissing ? "nothing" : Printing.brief(value))"
    )
  }

  /// An error that names the function.
  public func failure(_ message: String, help: String? = nil) -> RuntimeError {
    RuntimeError("\(signature.name): \(message)", help: help)
  }

  /// Calls a function of the language.
  public func apply(_ function: Value, _ arguments: Value...) throws -> Value {
    try interpreter.call(function, arguments)
  }
}
