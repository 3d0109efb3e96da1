extension Compiler {
  /// Compiles an expression; the register that has its value is `register` where one is given, else a
  /// variable's own register or a temporary: `spare`, where that is the one allocated last, or a new one.
  @discardableResult
  func expression(_ value: Expression, into register: Int? = nil, spare: Int? = nil) throws -> Int {
    if register == nil, case .name(let name) = value.kind, case .local(let local)? = reference(name),
      scope?.locals[local].isShared == false
    {
      checkAssigned(local, name, value.span)
      return local
    }
    let target = register ?? spare.flatMap { isLastTemporary($0) ? $0 : nil } ?? allocate()
    try temporarily { try compile(value, into: target) }
    return target
  }

  private func compile(_ value: Expression, into target: Int) throws {
    let span = value.span
    switch value.kind {
    case .none: try load(.none, into: target, span)
    case .bool(let flag): try load(.bool(flag), into: target, span)
    case .number(let number): try load(.number(number), into: target, span)
    case .text(let text): try load(.text(text), into: target, span)
    case .name(let name): try self.name(name, into: target, span)
    case .interpolation(let parts): try emit(.join, target, consecutive(parts), parts.count, at: span)
    case .list(let items): try list(items, into: target, span)
    case .record(let fields):
      let keys = constant(.object(RecordKeys(Record.Keys(fields.map(\.name)))))
      try emit(.record, target, consecutive(fields.map(\.value)), keys, at: span)
    case .unary(let operation, let operand):
      try emit(operation == .negate ? .negate : .not, target, expression(operand, spare: target), at: span)
    case .binary(let operation, let a, let b): try binary(operation, a, b, into: target, span)
    case .and(let a, let b): try shortCircuit(a, b, .jumpIfFalse, into: target, span)
    case .or(let a, let b): try shortCircuit(a, b, .jumpIfTrue, into: target, span)
    case .otherwise(let left, let right):
      let result = aside(from: target) ?? target
      try attempted(left, into: result)
      let skip = emit(.jumpUnlessNone, result, at: span)
      let before = assigned
      try expression(right, into: result)
      assigned = before
      patch(skip)
      settle(result, into: target, at: span)
    case .range(let low, let high, let closed):
      let (a, b) = try operands(low, high, spare: target)
      emit(closed ? .closedRange : .openRange, target, a, b, at: span)
    case .call(let callee, let arguments): try call(callee, arguments, into: target, span)
    case .index(let whole, let indices):
      var holder = try expression(whole, spare: target)
      if indices.contains(where: \.hasBlock) { holder = copied(holder, span) }
      try emit(indices.count == 1 ? .index : .indices, target, holder, self.indices(indices, span), at: span)
    case .field(let whole, let name):
      if isLibrary(whole), let builtin = context.builtin(name) {
        return try load(context.builtinValue(builtin), into: target, span)
      }
      try emit(.field, target, expression(whole, spare: target), constant(.text(name)), at: span)
    case .function(let function): emit(.closure, target, try prototype(function), at: span)
    case .condition(let test, let then, let otherwise):
      try condition(test, then, otherwise, into: target, span)
    case .attempt(let body, let name, let handler): try attempt(body, name, handler, into: target, span)
    case .sweep(let syntax): try sweep(syntax, into: target, span)
    }
  }

  /// An expression whose fields and elements may be missing; its value is then none.
  private func attempted(_ value: Expression, into target: Int) throws {
    switch value.kind {
    case .field(let whole, let name) where !isLibrary(whole):
      let holder = allocate()
      try attempted(whole, into: holder)
      emit(.fieldOrNone, target, holder, constant(.text(name)), at: value.span)
    case .index(let whole, let indices) where indices.count == 1:
      let holder = allocate()
      try attempted(whole, into: holder)
      try emit(.elementOrNone, target, holder, expression(indices[0]), at: value.span)
    default: try expression(value, into: target)
    }
  }

  /// Whether an expression is `rls`, whose fields are the builtins.
  private func isLibrary(_ value: Expression) -> Bool {
    if case .name("rls") = value.kind { reference("rls") == nil } else { false }
  }

  // MARK: Names

  private func name(_ name: String, into target: Int, _ span: Span) throws {
    switch reference(name) {
    case .local(let local)?:
      if scope?.locals[local].isShared == true {
        emit(.readCell, target, local, at: span)
        if !assigned.contains(local) { emit(.checkAssigned, target, constant(.text(name)), at: span) }
      } else {
        checkAssigned(local, name, span)
        if local != target { emit(.move, target, local, at: span) }
      }
    case .captured(let position)?:
      emit(.captured, target, position, at: span)
      emit(.checkAssigned, target, constant(.text(name)), at: span)
    case .itself?: emit(.itself, target, at: span)
    case .global(let slot)?: emit(.global, target, slot, at: span)
    case .builtin(let position)?: try load(context.builtinValue(position), into: target, span)
    case nil: try load(.none, into: target, span)
    }
  }

  func checkAssigned(_ local: Int, _ name: String, _ span: Span) {
    if !assigned.contains(local) { emit(.checkAssigned, local, constant(.text(name)), at: span) }
  }

  func copied(_ register: Int, _ span: Span) -> Int {
    let copy = allocate()
    emit(.move, copy, register, at: span)
    return copy
  }

  /// Puts the values of expressions in registers next to each other; the first one.
  func consecutive(_ values: [Expression]) throws -> Int {
    let first = allocate()
    for (i, value) in values.enumerated() { try expression(value, into: i == 0 ? first : allocate()) }
    return first
  }

  private func list(_ items: [Expression], into target: Int, _ span: Span) throws {
    guard items.count < 1 << 14 else { throw TooLarge(span: span) }
    try emit(.list, target, consecutive(items), items.count, at: span)
  }

  // MARK: Conditions

  func condition(_ test: Expression, _ then: Block, _ otherwise: Block?, into target: Int?, _ span: Span)
    throws
  {
    let result = aside(from: target)
    let exits = try jumps(unless: test)
    let before = assigned
    try block(then, into: result)
    let afterThen = assigned
    assigned = before
    if otherwise != nil || result != nil {
      let end = emit(.jump, at: span)
      for exit in exits { patch(exit) }
      if let otherwise {
        try block(otherwise, into: result)
      } else if let result {
        try load(.none, into: result, span)
      }
      patch(end)
    } else {
      for exit in exits { patch(exit) }
    }
    assigned = otherwise == nil ? before : afterThen.intersection(assigned)
    settle(result, into: target, at: span)
  }

  func attempt(_ body: Block, _ name: String?, _ handler: Block, into target: Int?, _ span: Span) throws {
    let result = aside(from: target)
    let error = allocate()
    let start = emit(.attempt, error, at: span)
    let before = assigned
    attempts += 1
    try block(body, into: result)
    attempts -= 1
    emit(.endAttempt, at: span)
    let end = emit(.jump, at: span)
    patch(start)
    assigned = before
    if let name { store(error, inName: name, span) }
    try block(handler, into: result)
    patch(end)
    assigned = before
    settle(result, into: target, at: span)
  }

  // MARK: Calls

  private func call(_ callee: Expression, _ arguments: [ArgumentSyntax], into target: Int, _ span: Span)
    throws
  {
    let base = isLastTemporary(target) ? target : allocate()
    let ordered = arguments.filter { $0.name == nil } + arguments.filter { $0.name != nil }
    let names = ordered.compactMap(\.name)
    let isPlain = names.isEmpty && !arguments.contains(where: \.value.hasBlock)
    let place = isPlain ? self.place(of: callee) : .before
    if place == .before { try expression(callee, into: base) }
    for (i, argument) in ordered.enumerated() {
      try expression(argument.value, into: i == 0 && place != .before ? base : allocate())
    }
    switch place {
    case .before where !names.isEmpty:
      emit(.callNamed, base, arguments.count, constant(.object(ArgumentNames(names))), at: span)
    case .before: emit(.call, base, arguments.count, at: span)
    case .variable(let register): emit(.callVariable, base, arguments.count, register, at: span)
    case .global(let slot): emit(.callGlobal, base, arguments.count, slot, at: span)
    case .itself: emit(.callItself, base, arguments.count, at: span)
    case .builtin(let position):
      emit(.callBuiltin, base, arguments.count, constant(context.builtinValue(position)), at: span)
    }
    settle(base, into: target, at: span)
  }

  /// Where a call finds what it calls.
  private enum CalleePlace: Equatable {
    /// In the register before the arguments.
    case before
    case variable(Int)
    case global(Int)
    case itself
    case builtin(Int)
  }

  /// Where the value of `callee` stands already, if it does.
  private func place(of callee: Expression) -> CalleePlace {
    guard case .name(let name) = callee.kind else { return .before }
    switch reference(name) {
    case .local(let local)? where scope?.locals[local].isShared == false:
      checkAssigned(local, name, callee.span)
      return .variable(local)
    case .global(let slot)?: return .global(slot)
    case .itself?: return .itself
    case .builtin(let position)?: return .builtin(position)
    case .local, .captured, nil: return .before
    }
  }

  private func sweep(_ sweep: SweepSyntax, into target: Int, _ span: Span) throws {
    let base = allocate()
    let closure = allocate()
    let names = allocate()
    let lists = allocate()
    let store = allocate()
    try load(context.sweep, into: base, span)
    emit(.closure, closure, try prototype(sweep.body), at: span)
    try load(.list(sweep.axes.map { .list($0.names.map { .text($0) }) }), into: names, span)
    try temporarily {
      try emit(.list, lists, consecutive(sweep.axes.map(\.values)), sweep.axes.count, at: span)
    }
    try load(.none, into: store, span)
    if let folder = sweep.store { try expression(folder, into: store) }
    emit(.call, base, 4, at: span)
    settle(base, into: target, at: span)
  }
}

/// The names of the last arguments of a call.
final class ArgumentNames: Object, @unchecked Sendable {
  let names: [String]
  init(_ names: [String]) {
    self.names = names
    super.init()
  }
}

/// The names of a record's fields, as a constant.
final class RecordKeys: Object, @unchecked Sendable {
  let keys: Record.Keys
  init(_ keys: Record.Keys) {
    self.keys = keys
    super.init()
  }
}
