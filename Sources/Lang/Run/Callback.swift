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
