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
