import Engine

/// The run loop.
///
/// What it uses all the time is in local variables; numbers never touch a reference count, nor do calls.
extension Interpreter {
  /// Runs a closure whose arguments stand at `base`, and everything it calls, until it returns.
  func execute(_ first: Closure, _ base: UnsafeMutablePointer<Value>) throws -> Value {
    let entry = frameCount
    let interrupt = Interrupt.flag
    let frames = self.frames
    let layout = first.prototype.layout
    var now = Activation(Unmanaged.passUnretained(first), layout, registers: base)
    top = base + layout.registerCount
    now.clearVariables(layout)

    while true {
      do {
        while true {
          let step = now.next.pointee
          now.next += 1
          let a = now.registers + Int(step.a)
          let b = now.registers + Int(step.b)
          let c = now.registers + Int(step.c)
          switch step.operation {
          case .move: a.copy(b)
          case .take:
            a.take(b.move())
            b.initialize(to: .missing)
          case .constant: a.copy(now.constants + Int(step.b))
          case .global: a.copy(try global(step.b))
          case .setGlobal:
            let place = globals + Int(step.b)
            if case .object = place.pointee { retire(place) }
            place.copy(a)
          case .makeCell: a.pointee = .object(Cell(a.pointee))
          case .readCell: a.pointee = Interpreter.cell(b).value
          case .writeCell: Interpreter.cell(b).value = a.pointee
          case .captured:
            a.take(now.closure._withUnsafeGuaranteedRef { $0.carried(Int(step.b)).contents })
          case .itself: a.pointee = .object(now.closure.takeUnretainedValue())
          case .checkAssigned:
            if case .missing = a.pointee {
              throw Interpreter.unassigned(Printing.text(now.constants[Int(step.b)]))
            }

          case .add: try Interpreter.arithmetic(.add, b, c, into: a) { $0 + $1 }
          case .subtract: try Interpreter.arithmetic(.subtract, b, c, into: a) { $0 - $1 }
          case .multiply: try Interpreter.arithmetic(.multiply, b, c, into: a) { $0 * $1 }
          case .divide: try Interpreter.arithmetic(.divide, b, c, into: a) { $0 / $1 }
          case .modulo: try Interpreter.arithmetic(.modulo, b, c, into: a, Arithmetic.remainder)
          case .power: a.pointee = try Arithmetic.binary(.power, b.pointee, c.pointee)
          case .matmul: a.pointee = try Arithmetic.binary(.matmul, b.pointee, c.pointee)
          case .addConstant:
            try Interpreter.arithmetic(.add, b, now.constants + Int(step.c), into: a) { $0 + $1 }
          case .subtractConstant:
            try Interpreter.arithmetic(.subtract, b, now.constants + Int(step.c), into: a) { $0 - $1 }
          case .multiplyConstant:
            try Interpreter.arithmetic(.multiply, b, now.constants + Int(step.c), into: a) { $0 * $1 }
          case .divideConstant:
            try Interpreter.arithmetic(.divide, b, now.constants + Int(step.c), into: a) { $0 / $1 }
          case .moduloConstant:
            try Interpreter.arithmetic(
              .modulo, b, now.constants + Int(step.c), into: a, Arithmetic.remainder)

          case .equal: try Interpreter.comparison(.equal, b, c, into: a) { $0 == $1 }
          case .unequal: try Interpreter.comparison(.unequal, b, c, into: a) { $0 != $1 }
          case .less: try Interpreter.comparison(.less, b, c, into: a) { $0 < $1 }
          case .lessEqual: try Interpreter.comparison(.lessEqual, b, c, into: a) { $0 <= $1 }
          case .greater: try Interpreter.comparison(.greater, b, c, into: a) { $0 > $1 }
          case .greaterEqual: try Interpreter.comparison(.greaterEqual, b, c, into: a) { $0 >= $1 }
          case .contains: a.pointee = try Arithmetic.contains(b.pointee, in: c.pointee)
          case .negate:
            if case .number(let x) = b.pointee {
              a.put(-x)
            } else {
              a.pointee = try Arithmetic.negate(b.pointee)
            }
          case .not: a.pointee = try Arithmetic.not(b.pointee)

          case .jump: now.next += step.distance
          case .jumpIfFalse: if try !Interpreter.truth(a) { now.next += step.distance }
          case .jumpIfTrue: if try Interpreter.truth(a) { now.next += step.distance }
          case .loop:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            now.next += step.distance
          case .jumpUnlessLess:
            if try !Interpreter.holds(.less, a, b, { $0 < $1 }) { now.next += step.shortDistance }
          case .jumpUnlessLessEqual:
            if try !Interpreter.holds(.lessEqual, a, b, { $0 <= $1 }) { now.next += step.shortDistance }
          case .jumpUnlessEqual:
            if try !Interpreter.holds(.equal, a, b, { $0 == $1 }) { now.next += step.shortDistance }
          case .jumpUnlessLessConstant:
            if try !Interpreter.holds(.less, a, now.constants + Int(step.b), { $0 < $1 }) {
              now.next += step.shortDistance
            }
          case .jumpUnlessLessEqualConstant:
            if try !Interpreter.holds(.lessEqual, a, now.constants + Int(step.b), { $0 <= $1 }) {
              now.next += step.shortDistance
            }
          case .jumpUnlessGreaterConstant:
            if try !Interpreter.holds(.greater, a, now.constants + Int(step.b), { $0 > $1 }) {
              now.next += step.shortDistance
            }
          case .jumpUnlessGreaterEqualConstant:
            if try !Interpreter.holds(.greaterEqual, a, now.constants + Int(step.b), { $0 >= $1 }) {
              now.next += step.shortDistance
            }
          case .jumpUnlessEqualConstant:
            if try !Interpreter.holds(.equal, a, now.constants + Int(step.b), { $0 == $1 }) {
              now.next += step.shortDistance
            }
          case .jumpIfGiven:
            if case .missing = a.pointee { continue }
            now.next += step.distance
          case .iterate: try Iteration.start(a)
          case .nextItem:
            if case .number(let next) = a.pointee, case .number(let end) = a[1] {
              if next < end {
                (a + 2).put(next)
                a.put(next + 1)
              } else {
                now.next += step.distance
              }
            } else if !Iteration.next(a) {
              now.next += step.distance
            }

          case .call:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            if ValueLayout.has(.closure, c) {
              try enter(ValueLayout.object(c, as: Closure.self), step, &now)
            } else {
              try apply(c, a, Int(step.b))
            }
          case .callNamed:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            let names = now.constants + Int(step.c)
            if ValueLayout.has(.closure, a) {
              try enter(ValueLayout.object(a, as: Closure.self), step, names: names, &now)
            } else {
              try apply(a, a, Int(step.b), names: names)
            }
          case .callGlobal:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            let callee = try global(step.c)
            if ValueLayout.has(.closure, callee) {
              try enter(ValueLayout.object(callee, as: Closure.self), step, &now)
            } else {
              try apply(callee, a, Int(step.b))
            }
          case .callItself:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            try enter(now.closure, step, &now)
          case .callBuiltin:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            try apply(now.constants + Int(step.c), a, Int(step.b))
          case .returnValue:
            let result = a.move()
            a.initialize(to: .missing)
            let count = now.layout.registerCount
            var i = 0
            while i < count {
              (now.registers + i).release()
              i &+= 1
            }
            if frameCount == entry { return result }
            frameCount &-= 1
            now = Activation(frames[frameCount])
            (now.registers + Int((now.next - 1).pointee.a)).take(result)
            top = now.registers + now.layout.registerCount
          case .closure: a.take(try closure(Int(step.b), now))

          case .list: a.take(try Interpreter.list(b, Int(step.c)))
          case .record: a.take(try Interpreter.record(now.constants[Int(step.c)], b))
          case .closedRange: a.take(try Interpreter.range(b.pointee, c.pointee, closed: true))
          case .openRange: a.take(try Interpreter.range(b.pointee, c.pointee, closed: false))
          case .join: a.take(try Interpreter.text(b, Int(step.c)))
          case .index: try Indexing.element(b, c, into: a)
          case .indices: a.pointee = try Indexing.element(b.pointee, at: c.pointee)
          case .field:
            try Indexing.field(b, now.constants + Int(step.c), now.fieldCache(step.c), into: a)
          case .setIndex: try Indexing.set(a, at: b, to: c)
          case .setIndexGlobal: try Indexing.set(global(step.a), at: b, to: c)
          case .setField:
            try Indexing.set(a, field: now.constants + Int(step.b), now.fieldCache(step.b), to: c)
          case .setFieldGlobal:
            try Indexing.set(
              global(step.a), field: now.constants + Int(step.b), now.fieldCache(step.b), to: c)
          case .append: try Indexing.append(b, to: a)
          case .appendGlobal: try Indexing.append(b, to: global(step.a))
          case .unpack: try Iteration.unpack(a.pointee, count: Int(step.b), into: c)

          case .attempt:
            handlers.append(
              Handler(frame: frameCount, next: now.next + step.distance, register: Int(step.a)))
          case .endAttempt: _ = handlers.popLast()
          case .expect:
            if try !Arithmetic.truth(a.pointee) {
              throw Expectation.failure(
                now.frame.span.text, left: b.pointee, right: c.pointee, holds: a.pointee,
                isComparison: step.b != step.c || step.a != step.b)
            }
          case .expectMessage: throw RuntimeError(Printing.text(b.pointee), kind: .expectation)
          case .echo: session.echo(a.pointee, from: recorder)
          }
        }
      } catch {
        now = try recover(from: error, at: now.frame, entry: entry)
      }
    }
  }

  // MARK: Pieces of instructions

  /// A variable of the session that has a value.
  @inline(__always)
  private func global(_ slot: UInt16) throws -> UnsafeMutablePointer<Value> {
    let place = globals + Int(slot)
    if case .missing = place.pointee { throw Interpreter.unassigned(session.globals.names[Int(slot)]) }
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
      a.pointee = try Arithmetic.binary(operation, x.pointee, y.pointee)
    }
  }

  @inline(__always)
  private static func comparison(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    into a: UnsafeMutablePointer<Value>, _ test: (Double, Double) -> Bool
  ) throws {
    if case .number(let x) = x.pointee, case .number(let y) = y.pointee {
      a.put(test(x, y))
    } else {
      a.pointee = try Arithmetic.compare(operation, x.pointee, y.pointee)
    }
  }

  @inline(__always)
  private static func holds(
    _ operation: BinaryOperator, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    _ test: (Double, Double) -> Bool
  ) throws -> Bool {
    if case .number(let x) = x.pointee, case .number(let y) = y.pointee { return test(x, y) }
    return try Arithmetic.truth(Arithmetic.compare(operation, x.pointee, y.pointee))
  }

  @inline(__always)
  private static func truth(_ value: UnsafeMutablePointer<Value>) throws -> Bool {
    if case .bool(let flag) = value.pointee { return flag }
    return try Arithmetic.truth(value.pointee)
  }
}
