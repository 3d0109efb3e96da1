extension Compiler {
  /// Compiles a block; the value of its last expression goes to `register`, or nowhere.
  func block(_ block: Block, into register: Int?) throws {
    for statement in block.statements.dropLast() { try self.statement(statement) }
    guard let last = block.statements.last else {
      if let register { try load(.none, into: register, block.span) }
      return
    }
    if let register {
      switch last.kind {
      case .expression(let value, _), .command(let value, _):
        return try temporarily { try expression(value, into: register) }
      case .assign, .define, .forEach, .whileLoop, .breakLoop, .continueLoop, .returnValue, .expect, .include,
        .importModule:
        break
      }
      try statement(last)
      try load(.none, into: register, last.span)
    } else {
      try statement(last)
    }
  }

  func statement(_ statement: Statement) throws {
    try temporarily {
      switch statement.kind {
      case .expression(let value, _): try effect(value)
      case .command(let value, let silenced):
        let register = try expression(value)
        if !silenced { emit(.echo, register, at: statement.span) }
      case .assign(let targets, let value): try assign(targets, value, statement.span)
      case .define(let function): try define(function, statement.span)
      case .forEach(let patterns, let iterable, let body):
        try forEach(patterns, iterable, body, statement.span)
      case .whileLoop(let condition, let body): try whileLoop(condition, body, statement.span)
      case .breakLoop, .continueLoop: try leave(statement)
      case .returnValue(let value):
        if let value { try result(value, at: statement.span) } else { try nothing(at: statement.span) }
      case .expect(let condition, let message): try expect(condition, message, statement.span)
      case .include: break
      case .importModule(_, let name):
        guard let module = context.modules[ObjectIdentifier(statement)] else { break }
        let register = allocate()
        try load(.object(module.importer), into: register, statement.span)
        emit(.call, register, 0, at: statement.span)
        store(register, inName: name, statement.span)
      }
    }
  }

  // MARK: Results of functions

  /// Compiles a block whose value is the function's result.
  func result(_ block: Block) throws {
    for statement in block.statements.dropLast() { try self.statement(statement) }
    guard let last = block.statements.last else { return try nothing(at: block.span) }
    switch last.kind {
    case .expression(let value, _), .command(let value, _): try result(value, at: block.span)
    case .assign, .define, .forEach, .whileLoop, .breakLoop, .continueLoop, .returnValue, .expect, .include,
      .importModule:
      try statement(last)
      try nothing(at: last.span)
    }
  }

  private func nothing(at span: Span) throws { try result(Expression(.none, span, depth: 1), at: span) }

  /// Compiles an expression whose value is the function's result; a condition returns from its branches.
  private func result(_ value: Expression, at span: Span) throws {
    try temporarily {
      if case .condition(let test, let then, let otherwise) = value.kind, attempts == 0 {
        let exits = try jumps(unless: test)
        let before = assigned
        try result(then)
        for exit in exits { patch(exit) }
        assigned = before
        if let otherwise { try result(otherwise) } else { try nothing(at: span) }
      } else {
        let register = try expression(value)
        for _ in 0..<attempts { emit(.endAttempt, at: span) }
        emit(.returnValue, register, at: span)
      }
    }
  }

  /// An expression whose value nobody wants.
  private func effect(_ value: Expression) throws {
    switch value.kind {
    case .condition(let test, let then, let otherwise):
      try condition(test, then, otherwise, into: nil, value.span)
    case .attempt(let body, let name, let handler): try attempt(body, name, handler, into: nil, value.span)
    case .none, .bool, .number, .text, .interpolation, .name, .list, .record, .unary, .binary, .and, .or,
      .range, .otherwise, .call, .index, .field, .function, .sweep:
      _ = try expression(value)
    }
  }

  // MARK: Assignment

  private func assign(_ targets: [Pattern], _ value: Expression, _ span: Span) throws {
    guard targets.count == 1, case .place(let target)? = targets.first else {
      let list = try expression(value)
      let parts = if targets.count == 1, case .list(let parts, _)? = targets.first { parts } else { targets }
      return try takeApart(list, parts, span) { target, register in try self.store(register, in: target) }
    }
    if target.path.isEmpty, try appendInPlace(target.name, value, span) { return }
    if target.path.isEmpty, case .local(let register)? = reference(target.name),
      scope?.locals[register].isShared == false
    {
      try expression(value, into: register)
      assigned.insert(register)
      return
    }
    let register = try expression(value)
    try store(register, in: target)
  }

  /// Takes the list in a register apart; `store` gets the place and the register of each part.
  private func takeApart(
    _ list: Int, _ parts: [Pattern], _ span: Span, _ store: (Target, Int) throws -> Void
  ) throws {
    let first = allocate()
    for _ in parts.dropFirst() { _ = allocate() }
    emit(.unpack, list, parts.count, first, at: span)
    for (i, part) in parts.enumerated() {
      switch part {
      case .place(let target): try store(target, first + i)
      case .list(let inner, let span): try takeApart(first + i, inner, span, store)
      }
    }
  }

  /// `xs = push(xs, x)` adds to the list where it is, when nobody else has it.
  private func appendInPlace(_ name: String, _ value: Expression, _ span: Span) throws -> Bool {
    guard case .call(let callee, let arguments) = value.kind, case .name("push") = callee.kind,
      arguments.count == 2,
      arguments.allSatisfy({ $0.name == nil }), case .name(name) = arguments[0].value.kind, !value.hasBlock,
      case .builtin? = reference("push")
    else { return false }
    switch reference(name) {
    case .local(let register)?
    where scope?.locals[register].isShared == false && assigned.contains(register):
      let item = try expression(arguments[1].value)
      emit(.append, register, item, at: value.span)
      return true
    case .global(let slot)?:
      let item = try expression(arguments[1].value)
      emit(.appendGlobal, slot, item, at: value.span)
      return true
    case .local, .captured, .itself, .builtin, nil: return false
    }
  }

  /// Puts the value of a register where the target says.
  private func store(_ register: Int, in target: Target) throws {
    guard let step = target.path.first else { return store(register, inName: target.name, target.span) }
    if target.path.count == 1, try setInPlace(register, in: target.name, step, target.span) { return }
    let whole = try expression(Expression(.name(target.name), target.span, depth: 1), into: allocate())
    try store(register, in: whole, step, Array(target.path.dropFirst()), target.span)
    store(whole, inName: target.name, target.span)
  }

  /// `xs[i] = x` and `r.name = x` change a variable's value where it is, when nobody else has it.
  private func setInPlace(_ register: Int, in name: String, _ step: Target.Step, _ span: Span) throws -> Bool
  {
    let place: Int
    let isGlobal: Bool
    switch reference(name) {
    case .local(let local)? where scope?.locals[local].isShared == false:
      checkAssigned(local, name, span)
      (place, isGlobal) = (local, false)
    case .global(let slot)?:
      (place, isGlobal) = (slot, true)
    case .local, .captured, .itself, .builtin, nil: return false
    }
    switch step {
    case .field(let name):
      emit(isGlobal ? .setFieldGlobal : .setField, place, constant(.text(name)), register, at: span)
    case .index(let indices):
      if indices.contains(where: \.hasBlock) { return false }
      let index = try self.indices(indices, span)
      emit(isGlobal ? .setIndexGlobal : .setIndex, place, index, register, at: span)
    }
    return true
  }

  private func store(
    _ register: Int, in whole: Int, _ step: Target.Step, _ rest: [Target.Step], _ span: Span
  ) throws {
    var value = register
    switch step {
    case .field(let name):
      let key = constant(.text(name))
      if let next = rest.first {
        value = allocate()
        emit(.field, value, whole, key, at: span)
        try store(register, in: value, next, Array(rest.dropFirst()), span)
      }
      emit(.setField, whole, key, value, at: span)
    case .index(let indices):
      let index = try self.indices(indices, span)
      if let next = rest.first {
        value = allocate()
        emit(indices.count == 1 ? .index : .indices, value, whole, index, at: span)
        try store(register, in: value, next, Array(rest.dropFirst()), span)
      }
      emit(.setIndex, whole, index, value, at: span)
    }
  }

  /// One index, or a list of several.
  func indices(_ indices: [Expression], _ span: Span) throws -> Int {
    if indices.count == 1 { return try expression(indices[0]) }
    let first = try consecutive(indices)
    let list = allocate()
    emit(.list, list, first, indices.count, at: span)
    return list
  }

  func store(_ register: Int, inName name: String, _ span: Span) {
    switch reference(name) {
    case .local(let local)?:
      if scope?.locals[local].isShared == true {
        emit(.writeCell, register, local, at: span)
      } else if local != register {
        emit(.move, local, register, at: span)
      }
      assigned.insert(local)
    case .global(let slot)?: emit(.setGlobal, register, slot, at: span)
    case .captured, .itself, .builtin, nil: break
    }
  }

  private func define(_ function: FunctionSyntax, _ span: Span) throws {
    guard let name = function.name else { return }
    let register = allocate()
    emit(.closure, register, try prototype(function), at: span)
    store(register, inName: name, span)
  }

  // MARK: Loops

  private func forEach(_ patterns: [Pattern], _ iterable: Expression, _ body: Block, _ span: Span) throws {
    let state = allocate()
    _ = allocate()
    try expression(iterable, into: state)
    emit(.iterate, state, at: iterable.span)
    let before = assigned
    let test = emit(.jump, at: iterable.span)
    let start = here
    let item: Int
    if patterns.count == 1, case .place(let target) = patterns[0],
      case .local(let local)? = reference(target.name), scope?.locals[local].isShared == false
    {
      item = local
      assigned.insert(local)
    } else {
      item = allocate()
      switch patterns[0] {
      case .place(let target) where patterns.count == 1: storeFresh(item, target.name, span)
      case .list(let parts, _) where patterns.count == 1:
        try takeApart(item, parts, span) { target, register in self.storeFresh(register, target.name, span) }
      case .place, .list:
        try takeApart(item, patterns, span) { target, register in self.storeFresh(register, target.name, span)
        }
      }
    }
    loops.append(Loop(attempts: attempts))
    try block(body, into: nil)
    let loop = loops.removeLast()
    for jump in [test] + loop.again { patch(jump) }
    patch(emit(.nextItem, state, item, at: iterable.span), to: start)
    for exit in loop.exits { patch(exit) }
    assigned = before
  }

  /// Gives a loop variable its value; a captured one gets a cell of its own in every round.
  private func storeFresh(_ register: Int, _ name: String, _ span: Span) {
    if case .local(let local)? = reference(name), scope?.locals[local].isShared == true {
      emit(.move, local, register, at: span)
      emit(.makeCell, local, at: span)
      assigned.insert(local)
    } else {
      store(register, inName: name, span)
    }
  }

  private func whileLoop(_ condition: Expression, _ body: Block, _ span: Span) throws {
    let before = assigned
    let test = emit(.jump, at: span)
    let start = here
    loops.append(Loop(attempts: attempts))
    try block(body, into: nil)
    let loop = loops.removeLast()
    assigned = before
    for jump in [test] + loop.again { patch(jump) }
    try emitLoop(to: start, while: condition, at: span)
    for exit in loop.exits { patch(exit) }
    assigned = before
  }

  private func leave(_ statement: Statement) throws {
    guard let loop = loops.last else { return }
    for _ in loop.attempts..<attempts { emit(.endAttempt, at: statement.span) }
    let jump = emit(.jump, at: statement.span)
    if case .breakLoop = statement.kind {
      loops[loops.count - 1].exits.append(jump)
    } else {
      loops[loops.count - 1].again.append(jump)
    }
  }

  // MARK: Expectations

  private func expect(_ condition: Expression, _ message: Expression?, _ span: Span) throws {
    if message == nil, case .and(let a, let b) = condition.kind {
      // Each side says by itself what fell short.
      try expect(a, nil, span)
      return try expect(b, nil, span)
    }
    let holds = allocate()
    var left = holds
    var right = holds
    if case .binary(let operation, let a, let b) = condition.kind, operation.isComparison {
      (left, right) = try operands(a, b)
      emit(try opcode(operation), holds, left, right, at: condition.span)
      if operation != .unequal { emit(.every, holds, at: condition.span) }
    } else {
      try expression(condition, into: holds)
    }
    if let message {
      let holdsJump = emit(.jumpIfTrue, holds, at: condition.span)
      let text = try expression(message)
      emit(.expectMessage, holds, text, at: condition.span)
      patch(holdsJump)
    } else {
      emit(.expect, holds, left, right, at: condition.span)
    }
  }
}
