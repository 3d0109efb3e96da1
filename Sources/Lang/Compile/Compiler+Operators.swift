/// Operators, and comparisons that jump.
extension Compiler {
  /// Both sides of an operator; the left one is kept aside where the right one could assign to it.
  func operands(_ a: Expression, _ b: Expression, spare: Int? = nil) throws -> (Int, Int) {
    var left = try expression(a, spare: spare)
    if b.hasBlock { left = copied(left, a.span) }
    return (left, try expression(b))
  }

  func opcode(_ operation: BinaryOperator) throws -> Opcode {
    switch operation {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .modulo: .modulo
    case .power: .power
    case .matmul: .matmul
    case .equal: .equal
    case .unequal: .unequal
    case .less: .less
    case .lessEqual: .lessEqual
    case .greater: .greater
    case .greaterEqual: .greaterEqual
    case .contains: .contains
    }
  }

  func binary(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, into target: Int, _ span: Span
  ) throws {
    if case .number = b.kind, let fast = withConstant(operation), case .number(let number) = b.kind {
      let left = try expression(a, spare: target)
      emit(fast, target, left, constant(.number(number)), at: span)
      return
    }
    let (left, right) = try operands(a, b, spare: target)
    try emit(opcode(operation), target, left, right, at: span)
  }

  private func withConstant(_ operation: BinaryOperator) -> Opcode? {
    switch operation {
    case .add: .addConstant
    case .subtract: .subtractConstant
    case .multiply: .multiplyConstant
    case .divide: .divideConstant
    case .modulo: .moduloConstant
    case .power, .matmul, .equal, .unequal, .less, .lessEqual, .greater, .greaterEqual, .contains:
      nil
    }
  }

  func shortCircuit(
    _ a: Expression, _ b: Expression, _ jump: Opcode, into target: Int, _ span: Span
  ) throws {
    let result = aside(from: target) ?? target
    try expression(a, into: result)
    let skip = emit(jump, result, at: a.span)
    let before = assigned
    try expression(b, into: result)
    assigned = before
    patch(skip)
    settle(result, into: target, at: span)
  }

  // MARK: Conditions

  /// Jumps that are taken when `condition` does not hold.
  func jumps(unless condition: Expression) throws -> [Int] {
    switch condition.kind {
    case .and(let a, let b):
      let first = try jumps(unless: a)
      return try first + jumps(unless: b)
    case .binary(let operation, let a, let b):
      if let position = try comparison(operation, a, b, condition.span) { return [position] }
    case .none, .bool, .number, .text, .interpolation, .name, .list, .record, .unary, .or, .range, .otherwise,
      .call,
      .index, .field, .function, .condition, .attempt, .sweep:
      break
    }
    return try temporarily { [emit(.jumpIfFalse, try expression(condition), at: condition.span)] }
  }

  private func comparison(_ operation: BinaryOperator, _ a: Expression, _ b: Expression, _ span: Span) throws
    -> Int?
  {
    try temporarily {
      if case .number(let number) = b.kind {
        let fast: Opcode
        switch operation {
        case .less: fast = .testLessConstant
        case .lessEqual: fast = .testLessEqualConstant
        case .greater: fast = .testGreaterConstant
        case .greaterEqual: fast = .testGreaterEqualConstant
        case .equal: fast = .testEqualConstant
        case .unequal, .contains, .add, .subtract, .multiply, .divide, .modulo, .power, .matmul: return nil
        }
        return try emit(fast, expression(a), constant(.number(number)), at: span)
      }
      let fast: Opcode
      let swapped: Bool
      switch operation {
      case .less: (fast, swapped) = (.testLess, false)
      case .lessEqual: (fast, swapped) = (.testLessEqual, false)
      case .greater: (fast, swapped) = (.testLess, true)
      case .greaterEqual: (fast, swapped) = (.testLessEqual, true)
      case .equal: (fast, swapped) = (.testEqual, false)
      case .unequal, .contains, .add, .subtract, .multiply, .divide, .modulo, .power, .matmul: return nil
      }
      let (left, right) = try operands(a, b)
      return emit(fast, swapped ? right : left, swapped ? left : right, at: span)
    }
  }
}
