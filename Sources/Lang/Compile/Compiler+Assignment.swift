/// Assignment: to names, to places inside values, to several at once.
extension Compiler {
  func assign(_ targets: [Pattern], _ value: Expression, _ span: Span) throws {
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
  func takeApart(
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

  func define(_ function: FunctionSyntax, _ span: Span) throws {
    guard let name = function.name else { return }
    let register = allocate()
    emit(.closure, register, try prototype(function), at: span)
    store(register, inName: name, span)
  }
}
