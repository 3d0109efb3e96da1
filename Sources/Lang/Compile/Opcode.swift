/// What the machine can do.
///
/// `a`, `b`, `c` are the operands of an instruction: registers unless a line says otherwise; K is the function's
/// constant pool, `→` the way of the value.
///
/// Jumps go `c` instructions on from the next one. Where one goes back, it looks at the interrupt flag.
enum Opcode: UInt8, CaseIterable, Sendable {
  // Moves
  /// `b → a`
  case move
  /// `b → a`, which leaves `b` empty
  case take
  /// `K[b] → a`
  case constant
  /// `global b → a`; an error when it has no value yet
  case global
  /// `a → global b`
  case setGlobal
  /// a new cell with the value of `a → a`
  case makeCell
  /// `contents of cell b → a`
  case readCell
  /// `a → contents of cell b`
  case writeCell
  /// `what the function carries at b → a`
  case captured
  /// `the running function → a`
  case itself
  /// error when `a` has no value yet; its name is `K[b]`
  case checkAssigned

  // Arithmetic: `b op c → a`
  case add, subtract, multiply, divide, modulo, power, matmul
  /// `b op K[c] → a`
  case addConstant, subtractConstant, multiplyConstant, divideConstant, moduloConstant
  /// `b op c → a`, a bool for scalars
  case equal, unequal, less, lessEqual, greater, greaterEqual, contains
  /// `-b → a`
  case negate
  /// `not b → a`
  case not

  // Jumps
  case jump
  /// when `a` is false
  case jumpIfFalse
  /// when `a` is true
  case jumpIfTrue
  /// back, or to the next instruction
  case loop
  /// on unless `a op b`, or back while `a op b`
  case testLess, testLessEqual, testEqual
  /// on unless `a op K[b]`, or back while `a op K[b]`
  case testLessConstant, testLessEqualConstant, testGreaterConstant, testGreaterEqualConstant,
    testEqualConstant
  /// unless `a` is none
  case jumpUnlessNone
  /// when the argument `a` was given
  case jumpIfGiven
  /// the next item of what `a` holds, at position `a+1`, `→ b`, and back; on to the next instruction when there is none
  case nextItem
  /// prepares `a`, `a+1` for `nextItem`
  case iterate

  // Calls
  // There are `b` arguments, next to each other; `a` gets the result.
  /// calls what `a` holds; the arguments stand behind it
  case call
  /// calls what `a` holds; the arguments stand behind it, and `K[c]` has the names of the last ones
  case callNamed
  // The arguments of these stand from `a` on.
  /// calls what the variable `c` holds
  case callVariable
  /// calls what global `c` holds
  case callGlobal
  /// calls the running function
  case callItself
  /// calls `K[c]`
  case callBuiltin
  /// ends the function, which has `b` registers, with the value of `a`
  case returnValue
  /// a closure of prototype `b → a`
  case closure

  // Values
  /// the `c` values from `b` on, as a list `→ a`
  case list
  /// the values from `b` on, with the names `K[c]`, as a record `→ a`
  case record
  /// `b..c → a`
  case closedRange
  /// `b..<c → a`
  case openRange
  /// the `c` values from `b` on, as one text `→ a`
  case join
  /// `b[c] → a`
  case index
  /// element of `b` at the list of indices `c → a`
  case indices
  /// `b.K[c] → a`
  case field
  /// `b.K[c] → a`, or none where there is no such field
  case fieldOrNone
  /// `b[c] → a`, or none where there is no such element
  case elementOrNone
  /// `a` with element `b` set to `c → a`; this and the next ones in place when nobody else has it
  case setIndex
  /// `global a` with element `b` set to `c → global a`
  case setIndexGlobal
  /// `a` with the field `K[b]` set to `c → a`
  case setField
  /// `global a` with the field `K[b]` set to `c → global a`
  case setFieldGlobal
  /// adds `b` to the list in `a`, in place when nobody else has it
  case append
  /// adds `b` to the list in global `a`, in place when nobody else has it
  case appendGlobal
  /// takes the list `a` apart into `b` registers from `c` on
  case unpack

  // Errors
  /// errors from here on go to `c`, as a jump does, with the error in `a`
  case attempt
  /// ends the latest `attempt`
  case endAttempt
  /// fails unless `a` holds; `b` and `c` are the sides of the comparison, or the same register
  case expect
  /// a = whether the comparison a holds, for every element of a tensor
  case every
  /// fails with the message `b` unless `a` holds
  case expectMessage
  /// hands the value of `a` to whoever shows results
  case echo
  /// reports the next instruction to the profile
  case probe
}

extension Opcode {
  /// Those whose `c` is the distance of a jump.
  static let jumps: Set<Opcode> = tests.union([
    .jump, .jumpIfFalse, .jumpIfTrue, .loop, .jumpUnlessNone, .jumpIfGiven, .nextItem, .attempt,
  ])

  /// Those that compare and jump in one.
  static let tests: Set<Opcode> = [
    .testLess, .testLessEqual, .testEqual, .testLessConstant, .testLessEqualConstant, .testGreaterConstant,
    .testGreaterEqualConstant, .testEqualConstant,
  ]
}
