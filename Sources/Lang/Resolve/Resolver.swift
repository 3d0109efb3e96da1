// Resolve: names to slots: variables of functions, the session's own, builtins.

/// Finds out what every name means before anything runs, and reports all that mean nothing.
struct Resolver {
  /// What names can refer to beyond the program itself.
  struct Surroundings {
    let globals: Globals
    /// The position of a builtin in the catalogue.
    let builtin: (String) -> Int?
    let builtinNames: [String]
    /// The value a global has before it is assigned: the builtin of the same name, if there is one.
    let builtinValue: (Int) -> Value
    /// Library code sees builtins only, whatever the session's names are.
    let isLibrary: Bool
  }

  private let surroundings: Surroundings
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var scopes: [ObjectIdentifier: Scope] = [:]
  private var loopVariables: [String] = []
  private var loopDepth = 0
  private var assigned: Set<String> = []

  /// Resolves a program; the scopes of its functions, by the identity of their syntax.
  static func resolve(
    _ program: [Statement], _ surroundings: Surroundings
  ) throws(Rejection) -> [ObjectIdentifier: Scope] {
    var resolver = Resolver(surroundings: surroundings)
    for name in AssignedNames.of(program) {
      resolver.assigned.insert(name)
    }
    resolver.statements(program, nil)
    guard resolver.diagnostics.isEmpty else {
      throw Rejection(diagnostics: Array(resolver.diagnostics.prefix(Parser.maximumErrors)))
    }
    for name in AssignedNames.of(program) where resolver.declare(name) == nil {
      throw Rejection(diagnostics: [Diagnostic("more than \(VariableSlots.capacity) names", program[0].span)])
    }
    return resolver.scopes
  }

  private init(surroundings: Surroundings) { self.surroundings = surroundings }

  private func declare(_ name: String) -> Int? {
    let initial = surroundings.builtin(name).map(surroundings.builtinValue) ?? .missing
    return surroundings.globals.declare(name, initial: initial)
  }

  // MARK: Statements

  private mutating func block(_ block: Block, _ scope: Scope?) { statements(block.statements, scope) }

  private mutating func statements(_ statements: [Statement], _ scope: Scope?) {
    for statement in statements { self.statement(statement, scope) }
  }

  private mutating func statement(_ statement: Statement, _ scope: Scope?) {
    switch statement.kind {
    case .expression(let value, _), .command(let value, _): expression(value, scope)
    case .assign(let targets, let value):
      expression(value, scope)
      for target in targets.flatMap(\.targets) {
        self.target(target, scope)
        assignment(target.name, scope)
      }
    case .define(let function):
      self.function(function, scope)
      if let name = function.name { assignment(name, scope) }
    case .forEach(let patterns, let iterable, let body):
      let names = patterns.flatMap(\.names)
      expression(iterable, scope)
      for name in names { scope?.noteAssignment(name, repeats: false) }
      loopDepth += 1
      if scope == nil { loopVariables += names }
      block(body, scope)
      if scope == nil { loopVariables.removeLast(names.count) }
      loopDepth -= 1
    case .whileLoop(let condition, let body):
      expression(condition, scope)
      loopDepth += 1
      block(body, scope)
      loopDepth -= 1
    case .breakLoop, .continueLoop:
      if loopDepth == 0 { report("`\(statement.span.text)` outside a loop", statement.span) }
    case .returnValue(let value):
      if scope == nil {
        report("`return` outside a function", statement.span, help: "use `exit()` to end a script")
      }
      if let value { expression(value, scope) }
    case .expect(let condition, let message):
      expression(condition, scope)
      if let message { expression(message, scope) }
    case .importModule(_, let name): assignment(name, scope)
    case .include: break
    }
  }

  /// A name gets a value, once what is assigned has been resolved.
  private func assignment(_ name: String, _ scope: Scope?) {
    scope?.noteAssignment(name, repeats: loopDepth > 0)
  }

  private mutating func target(_ target: Target, _ scope: Scope?) {
    guard !target.path.isEmpty else { return }
    name(target.name, target.span, scope)
    for case .index(let indices) in target.path { for index in indices { expression(index, scope) } }
  }

  private mutating func function(_ syntax: FunctionSyntax, _ scope: Scope?) {
    let inner = Scope(parent: scope, function: syntax)
    scopes[ObjectIdentifier(syntax)] = inner
    let depth = loopDepth
    loopDepth = 0
    for parameter in syntax.parameters {
      if let value = parameter.defaultValue { expression(value, inner) }
    }
    block(syntax.body, inner)
    loopDepth = depth
  }

  // MARK: Expressions

  private mutating func expression(_ expression: Expression, _ scope: Scope?) {
    switch expression.kind {
    case .none, .bool, .number, .text: break
    case .name(let name): self.name(name, expression.span, scope)
    case .interpolation(let parts), .list(let parts): for part in parts { self.expression(part, scope) }
    case .record(let fields): for field in fields { self.expression(field.value, scope) }
    case .unary(_, let operand): self.expression(operand, scope)
    case .binary(_, let a, let b), .and(let a, let b), .or(let a, let b), .range(let a, let b, _),
      .otherwise(let a, let b):
      self.expression(a, scope)
      self.expression(b, scope)
    case .call(let callee, let arguments):
      self.expression(callee, scope)
      for argument in arguments { self.expression(argument.value, scope) }
    case .index(let value, let indices):
      self.expression(value, scope)
      for index in indices { self.expression(index, scope) }
    case .field(let value, let field):
      if case .name("rls") = value.kind, reference("rls", scope) == nil {
        if surroundings.builtin(field) == nil {
          report(
            "there is no builtin `\(field)`", expression.span,
            help: Suggestion.nearest(to: field, among: surroundings.builtinNames).map {
              "did you mean `rls.\($0)`?"
            })
        }
        return
      }
      self.expression(value, scope)
    case .function(let syntax): function(syntax, scope)
    case .condition(let test, let then, let otherwise):
      self.expression(test, scope)
      block(then, scope)
      if let otherwise { block(otherwise, scope) }
    case .attempt(let body, let name, let handler):
      block(body, scope)
      if let name { assignment(name, scope) }
      block(handler, scope)
    case .sweep(let sweep):
      for operand in sweep.operands { self.expression(operand, scope) }
      function(sweep.body, scope)
    }
  }

  private mutating func name(_ name: String, _ span: Span, _ scope: Scope?) {
    if reference(name, scope) != nil || diagnostics.count >= Parser.maximumErrors { return }
    let globals = surroundings.globals
    var known = surroundings.builtinNames + assigned + globals.names.filter { globals[$0] != nil }
    var enclosing = scope
    while let current = enclosing {
      known += current.locals.map(\.name)
      enclosing = current.parent
    }
    let help =
      Suggestion.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
      ?? (scope == nil ? nil : "what a function uses is defined before it, or in the same input")
    report("unknown name `\(name)`", span, help: ForeignNames.hints[name] ?? help)
  }

  /// Finds a name and notes what closures have to carry; nil when it means nothing.
  private mutating func reference(_ name: String, _ scope: Scope?) -> Scope.Reference? {
    if let scope, let found = local(name, scope) { return found }
    if !surroundings.isLibrary {
      // A name that was declared but never got a value is as unknown as any other.
      if let slot = surroundings.globals.slot(of: name),
        assigned.contains(name) || surroundings.globals[name] != nil
      {
        return .global(slot)
      }
      if assigned.contains(name) { return declare(name).map { .global($0) } }
    } else if assigned.contains(name) {
      return declare(name).map { .global($0) }
    }
    return surroundings.builtin(name).map { .builtin($0) }
  }

  private mutating func local(_ name: String, _ scope: Scope) -> Scope.Reference? {
    if let position = scope.position(of: name) { return .local(position) }
    if name == scope.functionName, let parent = scope.parent, parent.position(of: name) != nil {
      return .itself
    }
    if let parent = scope.parent {
      switch local(name, parent) {
      case .local(let position):
        parent.noteCapture(position)
        return .captured(scope.carry(.local(position)))
      case .captured(let position): return .captured(scope.carry(.outer(position)))
      case .itself:
        guard let outer = parent.parent, let position = outer.position(of: name) else { return nil }
        outer.noteCapture(position)
        return .captured(scope.carry(.outer(parent.carry(.local(position)))))
      case .global, .builtin, nil: return nil
      }
    }
    if loopVariables.contains(name), let slot = declare(name) {
      return .captured(scope.carry(.loopVariable(slot: slot)))
    }
    return nil
  }

  private mutating func report(_ message: String, _ span: Span, help: String? = nil) {
    if diagnostics.contains(where: { $0.message == message }) { return }
    diagnostics.append(Diagnostic(message, span, help: help))
  }
}

/// The names that statements assign to, in order, functions inside left out.
enum AssignedNames {
  static func of(_ statements: [Statement]) -> [String] {
    var names: [String] = []
    collect(statements, &names)
    return names
  }

  private static func collect(_ statements: [Statement], _ names: inout [String]) {
    for statement in statements {
      switch statement.kind {
      case .assign(let targets, let value):
        names += targets.flatMap(\.names)
        collect(value, &names)
      case .define(let function): function.name.map { names.append($0) }
      case .forEach(let variables, let iterable, let body):
        names += variables.flatMap(\.names)
        collect(iterable, &names)
        collect(body.statements, &names)
      case .whileLoop(let condition, let body):
        collect(condition, &names)
        collect(body.statements, &names)
      case .expression(let value, _), .command(let value, _): collect(value, &names)
      case .returnValue(let value): if let value { collect(value, &names) }
      case .expect(let condition, let message):
        collect(condition, &names)
        if let message { collect(message, &names) }
      case .importModule(_, let name): names.append(name)
      case .breakLoop, .continueLoop, .include: break
      }
    }
  }

  /// Blocks inside expressions belong to the same scope.
  private static func collect(_ expression: Expression, _ names: inout [String]) {
    switch expression.kind {
    case .none, .bool, .number, .text, .name, .function: break
    case .interpolation(let parts), .list(let parts): for part in parts { collect(part, &names) }
    case .record(let fields): for field in fields { collect(field.value, &names) }
    case .unary(_, let operand): collect(operand, &names)
    case .binary(_, let a, let b), .and(let a, let b), .or(let a, let b), .range(let a, let b, _),
      .otherwise(let a, let b):
      collect(a, &names)
      collect(b, &names)
    case .call(let callee, let arguments):
      collect(callee, &names)
      for argument in arguments { collect(argument.value, &names) }
    case .index(let value, let indices):
      collect(value, &names)
      for index in indices { collect(index, &names) }
    case .field(let value, _): collect(value, &names)
    case .condition(let test, let then, let otherwise):
      collect(test, &names)
      collect(then.statements, &names)
      if let otherwise { collect(otherwise.statements, &names) }
    case .attempt(let body, let name, let handler):
      collect(body.statements, &names)
      if let name { names.append(name) }
      collect(handler.statements, &names)
    case .sweep(let sweep): for operand in sweep.operands { collect(operand, &names) }
    }
  }
}
