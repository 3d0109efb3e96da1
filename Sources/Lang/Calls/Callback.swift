/// A function of a program that a builtin calls again and again.
struct Callback {
  let function: Value
  private let interpreter: Interpreter
  /// The function, if it is one of the language; `function` keeps it alive.
  private let closure: Unmanaged<Closure>?

  init(_ function: Value, _ interpreter: Interpreter) {
    self.function = function
    self.interpreter = interpreter
    self.closure = Interpreter.closure(function)
  }

  /// How many arguments it takes.
  var parameterCount: Int {
    if case .object(let object) = function { object.signature?.parameters.count ?? 0 } else { 0 }
  }

  /// How many arguments it needs.
  var requiredCount: Int {
    guard case .object(let object) = function, let signature = object.signature else { return 1 }
    return signature.parameters.count { if case .required = $0.kind { true } else { false } }
  }

  /// Calls it with any number of arguments.
  func callAsFunction(_ arguments: [Value]) throws -> Value { try interpreter.call(function, arguments) }

  /// Calls it with one argument.
  func callAsFunction(_ x: Value) throws -> Value {
    guard let closure else { return try interpreter.call(function, [x]) }
    return try interpreter.call(closure, 1) { registers in registers[0] = x }
  }

  /// Calls it with two arguments.
  func callAsFunction(_ x: Value, _ y: Value) throws -> Value {
    guard let closure else { return try interpreter.call(function, [x, y]) }
    return try interpreter.call(closure, 2) { registers in
      registers[0] = x
      registers[1] = y
    }
  }
}
