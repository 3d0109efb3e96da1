import Engine

/// The run loop.
///
/// What it uses all the time is in local variables; numbers never touch a reference count, nor do calls.
extension Interpreter {
  /// Runs a closure whose arguments stand at `base`, and everything it calls, until it returns.
  func execute(_ first: Unmanaged<Closure>, _ base: UnsafeMutablePointer<Value>) throws -> Value {
    let entry = frameCount
    let interrupt = self.interrupt
    let frames = self.frames
    let layout = first._withUnsafeGuaranteedRef { $0.prototype.layout }
    var now = Activation(first, layout, registers: base)
    now.clearVariables(layout)

    while true {
      do {
        while true {
          let step = now.next.pointee
          now.next += 1
          let a = now.registers + step.a
          let b = now.registers + step.b
          let c = now.registers + step.c
          switch step.operation {
          case .move: a.copy(b)
          case .take: a.take(b.leave())
          case .constant: a.copy(now.constants + step.b)
          case .global: a.copy(try global(step.b))
          case .setGlobal:
            let place = globals + step.b
            if case .object = place.pointee { retire(place) }
            place.copy(a)
          case .makeCell: a.pointee = .object(Cell(a.pointee))
          case .readCell: a.pointee = Interpreter.cell(b).value
          case .writeCell: Interpreter.cell(b).value = a.pointee
          case .captured: now.closure._withUnsafeGuaranteedRef { $0.put(carried: step.b.number, into: a) }
          case .itself: a.pointee = .object(now.closure.takeUnretainedValue())
          case .checkAssigned:
            if case .missing = a.pointee {
              throw unassigned(Printing.text((now.constants + step.b).pointee))
            }

          case .add: try Interpreter.arithmetic(.add, b, c, into: a) { $0 + $1 }
          case .subtract: try Interpreter.arithmetic(.subtract, b, c, into: a) { $0 - $1 }
          case .multiply: try Interpreter.arithmetic(.multiply, b, c, into: a) { $0 * $1 }
          case .divide: try Interpreter.arithmetic(.divide, b, c, into: a) { $0 / $1 }
          case .modulo: try Interpreter.arithmetic(.modulo, b, c, into: a, Arithmetic.remainder)
          case .power: try Interpreter.compute(.power, b, c, into: a)
          case .matmul: try Interpreter.compute(.matmul, b, c, into: a)
          case .addConstant:
            try Interpreter.arithmetic(.add, b, now.constants + step.c, into: a) { $0 + $1 }
          case .subtractConstant:
            try Interpreter.arithmetic(.subtract, b, now.constants + step.c, into: a) { $0 - $1 }
          case .multiplyConstant:
            try Interpreter.arithmetic(.multiply, b, now.constants + step.c, into: a) { $0 * $1 }
          case .divideConstant:
            try Interpreter.arithmetic(.divide, b, now.constants + step.c, into: a) { $0 / $1 }
          case .moduloConstant:
            try Interpreter.arithmetic(
              .modulo, b, now.constants + step.c, into: a, Arithmetic.remainder)

          case .equal: try Interpreter.comparison(.equal, b, c, into: a) { $0 == $1 }
          case .unequal: try Interpreter.comparison(.unequal, b, c, into: a) { $0 != $1 }
          case .less: try Interpreter.comparison(.less, b, c, into: a) { $0 < $1 }
          case .lessEqual: try Interpreter.comparison(.lessEqual, b, c, into: a) { $0 <= $1 }
          case .greater: try Interpreter.comparison(.greater, b, c, into: a) { $0 > $1 }
          case .greaterEqual: try Interpreter.comparison(.greaterEqual, b, c, into: a) { $0 >= $1 }
          case .contains: try Interpreter.put(b, c, into: a) { try Arithmetic.contains($0, in: $1) }
          case .negate:
            if case .number(let x) = b.pointee {
              a.put(-x)
            } else {
              try Interpreter.put(b, b, into: a) { value, _ in try Arithmetic.negate(value) }
            }
          case .not: try Interpreter.put(b, b, into: a) { value, _ in try Arithmetic.not(value) }

          case .jump: now.next = now.next + step.c
          case .jumpIfFalse: if try !Interpreter.truth(a) { now.next = now.next + step.c }
          case .jumpIfTrue: if try Interpreter.truth(a) { now.next = now.next + step.c }
          case .loop:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            now.next = now.next + step.c
          case .testLess:
            try Interpreter.turn(.less, a, b, step.c, interrupt, &now) { $0 < $1 }
          case .testLessEqual:
            try Interpreter.turn(.lessEqual, a, b, step.c, interrupt, &now) { $0 <= $1 }
          case .testEqual:
            try Interpreter.turn(.equal, a, b, step.c, interrupt, &now) { $0 == $1 }
          case .testLessConstant:
            try Interpreter.turn(.less, a, now.constants + step.b, step.c, interrupt, &now) { $0 < $1 }
          case .testLessEqualConstant:
            try Interpreter.turn(.lessEqual, a, now.constants + step.b, step.c, interrupt, &now) { $0 <= $1 }
          case .testGreaterConstant:
            try Interpreter.turn(.greater, a, now.constants + step.b, step.c, interrupt, &now) { $0 > $1 }
          case .testGreaterEqualConstant:
            try Interpreter.turn(.greaterEqual, a, now.constants + step.b, step.c, interrupt, &now) {
              $0 >= $1
            }
          case .testEqualConstant:
            try Interpreter.turn(.equal, a, now.constants + step.b, step.c, interrupt, &now) { $0 == $1 }
          case .jumpUnlessNone: if !a.pointee.isNone { now.next = now.next + step.c }
          case .jumpIfGiven:
            if case .missing = a.pointee { continue }
            now.next = now.next + step.c
          case .iterate: try Iteration.start(a)
          case .nextItem:
            if case .number(let next) = a.pointee, case .number(let end) = a[1] {
              guard next < end else { continue }
              b.put(next)
              a.put(next + 1)
            } else if !Iteration.next(a, into: b) {
              continue
            }
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            now.next = now.next + step.c

          case .call:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            if ValueLayout.has(.closure, a) {
              try enter(ValueLayout.object(a, as: Closure.self), a + 1, step.b.number, &now)
            } else {
              try apply(a, a + 1, step.b.number, into: a, now)
            }
          case .callNamed:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            let names = now.constants + step.c
            if ValueLayout.has(.closure, a) {
              try enter(ValueLayout.object(a, as: Closure.self), a + 1, step.b.number, names: names, &now)
            } else {
              try apply(a, a + 1, step.b.number, names: names, into: a, now)
            }
          case .callVariable:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            if ValueLayout.has(.closure, c) {
              try enter(ValueLayout.object(c, as: Closure.self), a, step.b.number, &now)
            } else {
              try apply(c, a, step.b.number, into: a, now)
            }
          case .callGlobal:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            let callee = globals + step.c
            if ValueLayout.has(.closure, callee) {
              try enter(ValueLayout.object(callee, as: Closure.self), a, step.b.number, &now)
            } else {
              try apply(global(step.c), a, step.b.number, into: a, now)
            }
          case .callItself:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            try enter(now.closure, a, step.b.number, &now)
          case .callBuiltin:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            try apply(now.constants + step.c, a, step.b.number, into: a, now)
          case .returnValue:
            let result = a.leave()
            var register = now.registers
            while register < b {
              register.release()
              register += 1
            }
            if frameCount == entry { return result }
            frameCount &-= 1
            now = frames[frameCount]
            (now.registers + (now.next - 1).pointee.a).take(result)
          case .closure: try makeClosure(step.b.number, now, into: a)

          case .list: a.take(try Interpreter.list(b, step.c.number))
          case .record: a.take(try Interpreter.record((now.constants + step.c).pointee, b))
          case .closedRange:
            try Interpreter.put(b, c, into: a) { try Interpreter.range($0, $1, closed: true) }
          case .openRange: try Interpreter.put(b, c, into: a) { try Interpreter.range($0, $1, closed: false) }
          case .join: a.take(try Interpreter.text(b, step.c.number))
          case .index: try Indexing.element(b, c, into: a)
          case .indices: try Interpreter.put(b, c, into: a) { try Indexing.element($0, at: $1) }
          case .field:
            try Indexing.field(b, now.constants + step.c, now.fieldCache(step.c), into: a)
          case .fieldOrNone: try Interpreter.put(b, now.constants + step.c, into: a, Indexing.fieldOrNone)
          case .elementOrNone: try Interpreter.put(b, c, into: a, Indexing.elementOrNone)
          case .setIndex: try Indexing.set(a, at: b, to: c)
          case .setIndexGlobal: try Indexing.set(global(step.a), at: b, to: c)
          case .setField:
            try Indexing.set(a, field: now.constants + step.b, now.fieldCache(step.b), to: c)
          case .setFieldGlobal:
            try Indexing.set(
              global(step.a), field: now.constants + step.b, now.fieldCache(step.b), to: c)
          case .append: try Indexing.append(b, to: a)
          case .appendGlobal: try Indexing.append(b, to: global(step.a))
          case .unpack: try Iteration.unpack(a.pointee, count: step.b.number, into: c)

          case .attempt:
            handlers.append(
              Handler(frame: frameCount, next: now.next + step.c, register: step.a.number))
          case .endAttempt: _ = handlers.popLast()
          case .expect:
            if try !Arithmetic.truth(a.pointee) {
              throw Expectation.failure(
                now.span.text, left: b.pointee, right: c.pointee, holds: a.pointee,
                isComparison: step.b != step.c || step.a != step.b)
            }
          case .every: try Interpreter.put(a, a, into: a) { value, _ in try Arithmetic.expectation(value) }
          case .expectMessage: throw RuntimeError(Printing.text(b.pointee), kind: .expectation)
          case .echo: session.echo(a.pointee, from: recorder)
          case .probe: profile?.note(now, self)
          }
        }
      } catch {
        now = try recover(from: error, at: now, entry: entry)
      }
    }
  }

  // MARK: Pieces of instructions

  /// A variable of the session that has a value.
  @inline(__always)
  private func global(_ slot: Operand) throws -> UnsafeMutablePointer<Value> {
    let place = globals + slot
    if case .missing = place.pointee { throw unassigned(global: slot) }
    return place
  }

  @inline(__always)
  private static func arithmetic(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    into a: UnsafeMutablePointer<Value>, _ function: (Double, Double) -> Double
  ) throws {
    if case .number(let x) = x.pointee, case .number(let y) = y.pointee {
      a.put(function(x, y))
    } else {
      try compute(operation, x, y, into: a)
    }
  }

  /// Whatever two operands may be; out of line, as are all instructions that copy values, to keep the loop small.
  @inline(never)
  private static func compute(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    into a: UnsafeMutablePointer<Value>
  ) throws {
    a.pointee = try Arithmetic.binary(operation, x.pointee, y.pointee)
  }

  @inline(never)
  private static func compare(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>
  ) throws -> Value {
    try Arithmetic.compare(operation, x.pointee, y.pointee)
  }

  @inline(never)
  private static func put(
    _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, into a: UnsafeMutablePointer<Value>,
    _ function: (Value, Value) throws -> Value
  ) throws {
    a.pointee = try function(x.pointee, y.pointee)
  }

  @inline(__always)
  private static func comparison(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    into a: UnsafeMutablePointer<Value>, _ test: (Double, Double) -> Bool
  ) throws {
    if case .number(let x) = x.pointee, case .number(let y) = y.pointee {
      a.put(test(x, y))
    } else {
      a.take(try compare(operation, x, y))
    }
  }

  /// Jumps on unless the comparison holds, or back while it does.
  @inline(__always)
  private static func turn(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    _ distance: Operand, _ interrupt: UnsafeMutablePointer<Int32>, _ now: inout Activation,
    _ test: (Double, Double) -> Bool
  ) throws {
    if case .number(let x) = x.pointee, case .number(let y) = y.pointee {
      return try turn(test(x, y), distance, interrupt, &now)
    }
    try turn(Arithmetic.truth(compare(operation, x, y)), distance, interrupt, &now)
  }

  @inline(__always)
  private static func turn(
    _ holds: Bool, _ distance: Operand, _ interrupt: UnsafeMutablePointer<Int32>, _ now: inout Activation
  ) throws {
    // With a hint the compiler makes a branch of it. A conditional move would hold up the next instruction
    // until the comparison is done.
    if distance.isBack {
      if interrupt.pointee != 0 { throw interrupted }
      if _fastPath(holds) { now.next = now.next + distance }
    } else if _slowPath(!holds) {
      now.next = now.next + distance
    }
  }

  @inline(__always)
  private static func truth(_ value: UnsafeMutablePointer<Value>) throws -> Bool {
    if case .bool(let flag) = value.pointee { return flag }
    return try Arithmetic.truth(value.pointee)
  }
}
