// Compile: from the syntax tree to instructions on registers (`Opcode`), a `Prototype` for each function.

/// Turns a resolved function into instructions, in one pass over its syntax.
///
/// Registers: parameters first, then the other local variables, then temporaries in a stack.
final class Compiler {
  /// What compiling needs to know beyond the syntax.
  struct Context {
    let scopes: [ObjectIdentifier: Scope]
    let globals: Globals
    /// What the `import` statements of a program stand for.
    var modules: [ObjectIdentifier: Module] = [:]
    let isLibrary: Bool
    let builtin: (String) -> Int?
    let builtinValue: (Int) -> Value
    /// What a `sweep` statement calls.
    let sweep: Value
    /// Whether the values of statements at top level are shown.
    let echoes: Bool
  }

  let context: Context
  let scope: Scope?
  let syntax: FunctionSyntax?
  private(set) var code: [Instruction] = []
  private var spans: [Span] = []
  private var constants: [Value] = []
  private var numberConstants: [UInt64: Int] = [:]
  private var textConstants: [String: Int] = [:]
  private(set) var prototypes: [Prototype] = []
  private var nextRegister = 0
  private var registerCount = 0
  /// Local variables that certainly have a value here.
  var assigned: Set<Int> = []
  var loops: [Loop] = []
  var attempts = 0

  /// The jumps that leave a round of a loop, patched at its end.
  struct Loop {
    let attempts: Int
    /// Those to the test for another round.
    var again: [Int] = []
    var exits: [Int] = []
  }

  /// A program too large for the instruction format.
  struct TooLarge: Error {
    let span: Span
  }

  init(_ context: Context, scope: Scope?, syntax: FunctionSyntax?) {
    self.context = context
    self.scope = scope
    self.syntax = syntax
  }

  /// Compiles a whole program.
  static func compile(_ program: [Statement], _ context: Context) throws(Rejection) -> Prototype {
    let compiler = Compiler(context, scope: nil, syntax: nil)
    do {
      for statement in program { try compiler.topLevel(statement) }
      let result = compiler.allocate()
      let span = program.last?.span ?? Span(source: Source(name: "", text: ""), start: 0, end: 0)
      try compiler.load(.none, into: result, span)
      compiler.emit(.returnValue, result, at: span)
      return try compiler.finish(name: nil, parameters: [], required: 0, captures: [], span)
    } catch let error as TooLarge {
      throw Rejection(diagnostics: [
        Diagnostic(
          "this program is too large for one piece", error.span, help: "split it into functions or files")
      ])
    } catch {
      throw Rejection(diagnostics: [])
    }
  }

  private func topLevel(_ statement: Statement) throws {
    // A statement that was interrupted may still give a part of its value; what follows must not run.
    defer { emitLoop(to: here + 1, at: statement.span) }
    if context.echoes, case .expression(let value, silenced: false) = statement.kind {
      try temporarily {
        let register = try expression(value)
        emit(.echo, register, at: statement.span)
      }
    } else {
      try self.statement(statement)
    }
  }

  /// Compiles a function inside this one.
  func prototype(_ syntax: FunctionSyntax) throws -> Int {
    guard let scope = context.scopes[ObjectIdentifier(syntax)] else { throw TooLarge(span: syntax.span) }
    let inner = Compiler(context, scope: scope, syntax: syntax)
    try prototypes.append(inner.function())
    return prototypes.count - 1
  }

  private func function() throws -> Prototype {
    guard let scope, let syntax else {
      throw TooLarge(span: Span(source: Source(name: "", text: ""), start: 0, end: 0))
    }
    for _ in scope.locals { _ = allocate() }
    for (i, parameter) in syntax.parameters.enumerated() {
      if let value = parameter.defaultValue {
        let given = emit(.jumpIfGiven, i, at: value.span)
        try temporarily { try expression(value, into: i) }
        patch(given)
      }
      if scope.locals[i].isShared { emit(.makeCell, i, at: syntax.span) }
      assigned.insert(i)
    }
    for (i, local) in scope.locals.enumerated().dropFirst(syntax.parameters.count) {
      if let builtin = context.builtin(local.name) {
        try load(context.builtinValue(builtin), into: i, syntax.span)
        assigned.insert(i)
      }
      if local.isShared { emit(.makeCell, i, at: syntax.span) }
    }
    try result(syntax.body)
    let required = syntax.parameters.prefix { $0.defaultValue == nil && !$0.takesRest }.count
    return try finish(
      name: syntax.name, parameters: syntax.parameters.map(\.name), required: required,
      captures: scope.captures,
      syntax.span)
  }

  private func finish(
    name: String?, parameters: [String], required: Int, captures: [Scope.Capture], _ span: Span
  ) throws -> Prototype {
    guard registerCount < 1 << 15, max(constants.count, code.count, prototypes.count) < Operand.maximum else {
      throw TooLarge(span: span)
    }
    for position in code.indices where code[position].operation == .returnValue {
      code[position].b = Operand(registerCount)
    }
    return Prototype(
      name: name, parameters: parameters, required: required, variableCount: variableCount,
      registerCount: registerCount, code: code, constants: constants, prototypes: prototypes,
      captures: captures, spans: spans, syntax: syntax)
  }

  // MARK: Registers

  func allocate() -> Int {
    nextRegister += 1
    registerCount = max(registerCount, nextRegister)
    return nextRegister - 1
  }

  /// How many registers are variables; those behind them are temporaries.
  var variableCount: Int { scope?.locals.count ?? 0 }

  /// Whether a register is the temporary allocated last, so that what follows it is free.
  func isLastTemporary(_ register: Int) -> Bool {
    register == nextRegister - 1 && register >= variableCount
  }

  /// Where to put together what goes to `target` in the end: apart from a variable, which may still be read.
  func aside(from target: Int?) -> Int? {
    guard let target, target < variableCount else { return target }
    return allocate()
  }

  /// Lets `target` have what was put together aside.
  func settle(_ result: Int?, into target: Int?, at span: Span) {
    if let target, let result, target != result { emit(.take, target, result, at: span) }
  }

  /// Runs `body` and gives back the temporaries it took.
  @discardableResult
  func temporarily<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = nextRegister
    defer { nextRegister = before }
    return try body()
  }

  // MARK: Instructions

  var here: Int { code.count }

  @discardableResult
  func emit(_ operation: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, at span: Span) -> Int {
    code.append(Instruction(operation, a, b, c))
    spans.append(span)
    return code.count - 1
  }

  /// Lets the jump at `position` go to the next instruction, or to `target`.
  func patch(_ position: Int, to target: Int? = nil) {
    code[position].c = Operand((target ?? here) - position - 1)
  }

  /// Jumps back to `target`, or on to the next instruction, looking at the interrupt flag.
  func emitLoop(to target: Int, at span: Span) { patch(emit(.loop, at: span), to: target) }

  /// Jumps back to `target` while `condition` holds.
  func emitLoop(to target: Int, while condition: Expression, at span: Span) throws {
    let exits = try jumps(unless: condition)
    if exits.count == 1, exits[0] == here - 1, Opcode.tests.contains(code[exits[0]].operation) {
      patch(exits[0], to: target)
    } else {
      emitLoop(to: target, at: span)
      for exit in exits { patch(exit) }
    }
  }

  // MARK: Constants

  func constant(_ value: Value) -> Int {
    switch value {
    case .number(let number):
      if let position = numberConstants[number.bitPattern] { return position }
      numberConstants[number.bitPattern] = constants.count
    case .object(let object):
      if let text = object as? Text {
        if let position = textConstants[text.string] { return position }
        textConstants[text.string] = constants.count
      }
    case .none, .missing, .bool: break
    }
    constants.append(value)
    return constants.count - 1
  }

  func load(_ value: Value, into register: Int, _ span: Span) throws {
    emit(.constant, register, constant(value), at: span)
  }

  // MARK: Names

  func reference(_ name: String) -> Scope.Reference? {
    if let scope {
      if let position = scope.position(of: name) { return .local(position) }
      if name == scope.functionName, scope.parent?.position(of: name) != nil { return .itself }
      if let captured = captured(name, scope) { return .captured(captured) }
    }
    if let slot = context.globals.slot(of: name), !context.isLibrary || context.builtin(name) == nil {
      return .global(slot)
    }
    return context.builtin(name).map { .builtin($0) }
  }

  /// The number of the capture that carries `name`, as the resolver laid it out.
  private func captured(_ name: String, _ scope: Scope) -> Int? {
    if let parent = scope.parent {
      if let position = parent.position(of: name) { return scope.captures.firstIndex(of: .local(position)) }
      if let outer = captured(name, parent) { return scope.captures.firstIndex(of: .outer(outer)) }
      return nil
    }
    guard let slot = context.globals.slot(of: name) else { return nil }
    return scope.captures.firstIndex(of: .loopVariable(slot: slot))
  }
}
