import Engine

/// Runs compiled functions: a register machine over one stack of values.
///
/// An interpreter belongs to one thread. What it shares with others (prototypes, globals during a sweep,
/// values) is not written to.
public final class Interpreter {
  /// A call that waits for another to return.
  private struct Frame {
    var closure: Unmanaged<Closure>
    /// Where the function goes on.
    var counter: Int
    /// Its registers, as an offset into the stack.
    var base: Int
    /// The register of this function that gets the result of the call it waits for.
    var result: Int
  }

  /// Where errors go.
  private struct Handler {
    let frame: Int
    let counter: Int
    let register: Int
  }

  public unowned let session: Session
  private let stack: UnsafeMutablePointer<Value>
  /// Values up to here are initialised.
  private var initialized = 0
  /// The first value no function uses.
  private var top = 0
  private let frames: UnsafeMutablePointer<Frame>
  private var frameCount = 0
  private var handlers: [Handler] = []
  /// How deep functions and builtins call each other on this thread's own stack.
  private(set) var depth: Int
  /// What `track` records, and where progress goes, while this interpreter runs a cell of a sweep.
  public let recorder: Recorder

  private static let stackCapacity = 1 << 21
  /// The deepest recursion of functions of the language.
  static let maximumFrames = 100_000
  /// The deepest recursion through builtins such as `map`.
  static let maximumDepth = 400

  /// An interpreter for `session`; `depth` counts the calls through builtins that led to it.
  init(_ session: Session, recorder: Recorder, depth: Int = 0) {
    self.depth = depth
    self.session = session
    self.recorder = recorder
    stack = .allocate(capacity: Interpreter.stackCapacity)
    frames = .allocate(capacity: Interpreter.maximumFrames)
  }

  deinit {
    stack.deinitialize(count: initialized)
    stack.deallocate()
    frames.deallocate()
  }

  // MARK: Calls from outside

  /// Calls a function with arguments by position and by name.
  public func call(_ function: Value, _ positional: [Value], _ named: [(name: String, value: Value)] = [])
    throws -> Value
  {
    guard case .object(let object) = function else { throw Interpreter.notCallable(function) }
    if let closure = object as? Closure { return try call(closure, positional, named) }
    guard let signature = object.signature else { throw Interpreter.notCallable(function) }
    let bound = try signature.bind(positional, named)
    return try native(object, signature, bound)
  }

  /// Runs a program that takes no arguments.
  func run(_ prototype: Prototype) throws -> Value { try call(Closure(prototype, []), [], []) }

  private func native(_ object: Object, _ signature: Signature, _ bound: [Value]) throws -> Value {
    guard depth < Interpreter.maximumDepth else { throw Interpreter.tooDeep }
    depth += 1
    defer { depth -= 1 }
    let base = top
    try reserve(base + bound.count)
    for (i, value) in bound.enumerated() { stack[base + i] = value }
    top = base + bound.count
    defer {
      for i in base..<base + bound.count { stack[i] = .missing }
      top = base
    }
    return try object.apply(Call(stack + base, count: bound.count, signature: signature, interpreter: self))
  }

  private func call(_ closure: Closure, _ positional: [Value], _ named: [(name: String, value: Value)]) throws
    -> Value
  {
    guard depth < Interpreter.maximumDepth else { throw Interpreter.tooDeep }
    depth += 1
    defer { depth -= 1 }
    let prototype = closure.prototype
    let base = top
    try reserve(base + 1 + max(prototype.registerCount, positional.count + named.count))
    stack[base] = .object(closure)
    for (i, value) in positional.enumerated() { stack[base + 1 + i] = value }
    for (i, argument) in named.enumerated() { stack[base + 1 + positional.count + i] = argument.value }
    let count = positional.count + named.count
    let handlerCount = handlers.count
    let entry = frameCount
    guard frameCount < Interpreter.maximumFrames - 2 else { throw Interpreter.tooManyCalls }
    // A frame that is never returned to keeps the error handlers of callers apart.
    frames[frameCount] = Frame(
      closure: Unmanaged.passUnretained(closure), counter: 1, base: base + 1, result: 0)
    frameCount += 1
    defer {
      frameCount = entry
      top = base
      if handlers.count > handlerCount { handlers.removeLast(handlers.count - handlerCount) }
    }
    do {
      try arrange(prototype, base + 1, count, names: named.map(\.name))
      return try execute(closure, base + 1)
    } catch {
      clear(from: base)
      throw error
    }
  }

  private static let tooDeep = RuntimeError(
    "functions call each other through builtins more than \(maximumDepth) deep",
    help: "is there a case that ends the recursion?")

  static func notCallable(_ value: Value) -> RuntimeError {
    RuntimeError("\(value.kindWithArticle) cannot be called", help: "only functions and objectives can")
  }

  // MARK: The stack

  private func reserve(_ count: Int) throws {
    guard count > initialized else { return }
    guard count <= Interpreter.stackCapacity else {
      throw RuntimeError("the stack is full", help: "is there a case that ends the recursion?")
    }
    let more = min(Interpreter.stackCapacity, max(count, initialized + 4096))
    (stack + initialized).initialize(repeating: .missing, count: more - initialized)
    initialized = more
  }

  private func clear(from offset: Int) {
    for i in offset..<initialized {
      if case .missing = stack[i] { continue }
      stack[i] = .missing
    }
  }

  /// Brings the arguments of a function of the language into the order of its parameters; what is not
  /// given is `.missing`.
  private func arrange(_ prototype: Prototype, _ base: Int, _ count: Int, names: [String]) throws {
    let parameters = prototype.parameters
    let positional = count - names.count
    let name = prototype.name ?? "this function"
    func written() -> String {
      "it is written \(name)(\(parameters.joined(separator: ", ")))"
    }
    guard positional <= parameters.count else {
      throw RuntimeError(
        "\(name) takes \(parameters.count == 1 ? "1 argument" : "\(parameters.count) arguments"), got \(count)",
        help: written())
    }
    if !names.isEmpty {
      let given = (0..<names.count).map { stack[base + positional + $0] }
      for i in positional..<max(count, parameters.count) { stack[base + i] = .missing }
      for (label, value) in zip(names, given) {
        guard let slot = parameters.firstIndex(of: label) else {
          let nearest = Suggestion.nearest(to: label, among: parameters)
          throw RuntimeError(
            "\(name) has no parameter `\(label)`", help: nearest.map { "did you mean `\($0):`?" } ?? written()
          )
        }
        guard stack[base + slot].isMissing else { throw RuntimeError("\(name): `\(label)` is given twice") }
        stack[base + slot] = value
      }
    } else {
      for i in count..<max(count, parameters.count) { stack[base + i] = .missing }
    }
    for i in 0..<prototype.required where stack[base + i].isMissing {
      throw RuntimeError("\(name) needs `\(parameters[i])`", help: written())
    }
  }

  // MARK: The loop

  /// Runs a closure whose arguments stand at `base`, and everything it calls, until it returns.
  private func execute(_ first: Closure, _ base: Int) throws -> Value {
    let entry = frameCount
    let stack = self.stack
    let interrupt = Interrupt.flag
    let globals = session.globals.values
    let objectTag = ValueLayout.objectTag
    var closure = Unmanaged.passUnretained(first)
    var prototype = Unmanaged.passUnretained(first.prototype)
    var offset = base
    var registers = stack + base
    var code = first.prototype.code
    var constants = first.prototype.constants
    var counter = 0
    top = base + first.prototype.registerCount
    for i in first.prototype.parameters
      .count..<max(first.prototype.parameters.count, first.prototype.registerCount)
    {
      registers[i] = .missing
    }

    while true {
      do {
        while true {
          let step = code[counter]
          counter &+= 1
          let a = registers + Int(step.a)
          switch step.operation {
          case .move: Interpreter.copy(registers + Int(step.b), to: a)
          case .constant: Interpreter.copy(constants + Int(step.b), to: a)
          case .global:
            let value = globals + Int(step.b)
            if case .missing = value.pointee {
              throw Interpreter.unassigned(session.globals.names[Int(step.b)])
            }
            Interpreter.copy(value, to: a)
          case .setGlobal: Interpreter.copy(a, to: globals + Int(step.b))
          case .makeCell: a.pointee = .object(Cell(a.pointee))
          case .readCell: a.pointee = Interpreter.cell(registers[Int(step.b)]).value
          case .writeCell: Interpreter.cell(registers[Int(step.b)]).value = a.pointee
          case .captured: a.pointee = closure._withUnsafeGuaranteedRef { $0.cells[Int(step.b)].value }
          case .itself: a.pointee = .object(closure.takeUnretainedValue())
          case .checkAssigned:
            if case .missing = a.pointee { throw Interpreter.unassigned(constants[Int(step.b)]) }

          case .add:
            if case .number(let x) = registers[Int(step.b)], case .number(let y) = registers[Int(step.c)] {
              Interpreter.set(a, x + y)
            } else {
              a.pointee = try Arithmetic.binary(.add, registers[Int(step.b)], registers[Int(step.c)])
            }
          case .subtract:
            if case .number(let x) = registers[Int(step.b)], case .number(let y) = registers[Int(step.c)] {
              Interpreter.set(a, x - y)
            } else {
              a.pointee = try Arithmetic.binary(.subtract, registers[Int(step.b)], registers[Int(step.c)])
            }
          case .multiply:
            if case .number(let x) = registers[Int(step.b)], case .number(let y) = registers[Int(step.c)] {
              Interpreter.set(a, x * y)
            } else {
              a.pointee = try Arithmetic.binary(.multiply, registers[Int(step.b)], registers[Int(step.c)])
            }
          case .divide:
            if case .number(let x) = registers[Int(step.b)], case .number(let y) = registers[Int(step.c)] {
              Interpreter.set(a, x / y)
            } else {
              a.pointee = try Arithmetic.binary(.divide, registers[Int(step.b)], registers[Int(step.c)])
            }
          case .modulo:
            a.pointee = try Arithmetic.binary(.modulo, registers[Int(step.b)], registers[Int(step.c)])
          case .power:
            a.pointee = try Arithmetic.binary(.power, registers[Int(step.b)], registers[Int(step.c)])
          case .matmul:
            a.pointee = try Arithmetic.binary(.matmul, registers[Int(step.b)], registers[Int(step.c)])

          case .addConstant:
            guard case .number(let y) = constants[Int(step.c)] else { continue }
            if case .number(let x) = registers[Int(step.b)] {
              Interpreter.set(a, x + y)
            } else {
              a.pointee = try Arithmetic.binary(.add, registers[Int(step.b)], .number(y))
            }
          case .subtractConstant:
            guard case .number(let y) = constants[Int(step.c)] else { continue }
            if case .number(let x) = registers[Int(step.b)] {
              Interpreter.set(a, x - y)
            } else {
              a.pointee = try Arithmetic.binary(.subtract, registers[Int(step.b)], .number(y))
            }
          case .multiplyConstant:
            guard case .number(let y) = constants[Int(step.c)] else { continue }
            if case .number(let x) = registers[Int(step.b)] {
              Interpreter.set(a, x * y)
            } else {
              a.pointee = try Arithmetic.binary(.multiply, registers[Int(step.b)], .number(y))
            }
          case .divideConstant:
            guard case .number(let y) = constants[Int(step.c)] else { continue }
            if case .number(let x) = registers[Int(step.b)] {
              Interpreter.set(a, x / y)
            } else {
              a.pointee = try Arithmetic.binary(.divide, registers[Int(step.b)], .number(y))
            }

          case .equal:
            a.pointee = try Arithmetic.compare(.equal, registers[Int(step.b)], registers[Int(step.c)])
          case .unequal:
            a.pointee = try Arithmetic.compare(.unequal, registers[Int(step.b)], registers[Int(step.c)])
          case .less:
            a.pointee = try Arithmetic.compare(.less, registers[Int(step.b)], registers[Int(step.c)])
          case .lessEqual:
            a.pointee = try Arithmetic.compare(.lessEqual, registers[Int(step.b)], registers[Int(step.c)])
          case .greater:
            a.pointee = try Arithmetic.compare(.greater, registers[Int(step.b)], registers[Int(step.c)])
          case .greaterEqual:
            a.pointee = try Arithmetic.compare(.greaterEqual, registers[Int(step.b)], registers[Int(step.c)])
          case .contains:
            a.pointee = try Arithmetic.contains(registers[Int(step.b)], in: registers[Int(step.c)])
          case .negate:
            if case .number(let x) = registers[Int(step.b)] {
              Interpreter.set(a, -x)
            } else {
              a.pointee = try Arithmetic.negate(registers[Int(step.b)])
            }
          case .not: a.pointee = try Arithmetic.not(registers[Int(step.b)])

          case .jump: counter &+= step.distance
          case .jumpIfFalse: if try !Arithmetic.truth(a.pointee) { counter &+= step.distance }
          case .jumpIfTrue: if try Arithmetic.truth(a.pointee) { counter &+= step.distance }
          case .loop:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            counter &+= step.distance
          case .jumpUnlessLess:
            if case .number(let x) = a.pointee, case .number(let y) = registers[Int(step.b)] {
              if !(x < y) { counter &+= step.shortDistance }
            } else if try !Arithmetic.truth(Arithmetic.compare(.less, a.pointee, registers[Int(step.b)])) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessLessEqual:
            if case .number(let x) = a.pointee, case .number(let y) = registers[Int(step.b)] {
              if !(x <= y) { counter &+= step.shortDistance }
            } else if try !Arithmetic.truth(Arithmetic.compare(.lessEqual, a.pointee, registers[Int(step.b)]))
            {
              counter &+= step.shortDistance
            }
          case .jumpUnlessEqual:
            if try !Arithmetic.truth(Arithmetic.compare(.equal, a.pointee, registers[Int(step.b)])) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessLessConstant:
            if try !Interpreter.holds(.less, a, constants[Int(step.b)], { $0 < $1 }) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessLessEqualConstant:
            if try !Interpreter.holds(.lessEqual, a, constants[Int(step.b)], { $0 <= $1 }) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessGreaterConstant:
            if try !Interpreter.holds(.greater, a, constants[Int(step.b)], { $0 > $1 }) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessGreaterEqualConstant:
            if try !Interpreter.holds(.greaterEqual, a, constants[Int(step.b)], { $0 >= $1 }) {
              counter &+= step.shortDistance
            }
          case .jumpUnlessEqualConstant:
            if try !Interpreter.holds(.equal, a, constants[Int(step.b)], { $0 == $1 }) {
              counter &+= step.shortDistance
            }
          case .jumpIfGiven:
            if case .missing = a.pointee { continue }
            counter &+= step.distance
          case .iterate: try Iteration.start(a)
          case .nextItem:
            if case .number(let next) = a.pointee, case .number(let end) = a[1] {
              if next < end {
                Interpreter.set(a + 2, next)
                Interpreter.set(a, next + 1)
              } else {
                counter &+= step.distance
              }
            } else if try !Iteration.next(a) {
              counter &+= step.distance
            }

          case .call:
            if interrupt.pointee != 0 { throw Interpreter.interrupted }
            guard ValueLayout.tag(a) == objectTag else { throw Interpreter.notCallable(a.pointee) }
            guard ValueLayout.object(a)._withUnsafeGuaranteedRef({ $0.role }) == .closure else {
              try callNative(
                ValueLayout.object(a).takeUnretainedValue(), a, Int(step.b),
                names: step.c == 0 ? nil : constants[Int(step.c) - 1])
              continue
            }
            let called = ValueLayout.closure(a)
            let target = called._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.prototype) }
            let (parameterCount, calledRegisters) = target._withUnsafeGuaranteedRef {
              ($0.parameterCount, $0.registerCount)
            }
            guard frameCount < Interpreter.maximumFrames - 1 else { throw Interpreter.tooManyCalls }
            let newOffset = offset &+ Int(step.a) &+ 1
            if newOffset &+ calledRegisters &+ 256 > initialized {
              try reserve(newOffset + calledRegisters + 256)
            }
            let count = Int(step.b)
            if count != parameterCount || step.c != 0 {
              let names = step.c == 0 ? [] : Interpreter.argumentNames(constants[Int(step.c) - 1])
              try target._withUnsafeGuaranteedRef { try arrange($0, newOffset, count, names: names) }
            }
            frames[frameCount] = Frame(closure: closure, counter: counter, base: offset, result: Int(step.a))
            frameCount &+= 1
            closure = called
            prototype = target
            offset = newOffset
            registers = stack + newOffset
            (code, constants) = target._withUnsafeGuaranteedRef { ($0.code, $0.constants) }
            counter = 0
            top = newOffset &+ calledRegisters
            var i = parameterCount
            while i < calledRegisters {
              if case .missing = registers[i] {} else { registers[i] = .missing }
              i &+= 1
            }
          case .returnValue:
            let result = a.move()
            a.initialize(to: .missing)
            let count = prototype._withUnsafeGuaranteedRef { $0.registerCount }
            var i = 0
            while i < count {
              Interpreter.drop(registers + i)
              i &+= 1
            }
            if !handlers.isEmpty {
              while let last = handlers.last, last.frame == frameCount { handlers.removeLast() }
            }
            if frameCount == entry {
              stack[offset - 1] = .missing
              return result
            }
            frameCount &-= 1
            let frame = frames[frameCount]
            offset = frame.base
            registers = stack + offset
            registers[frame.result] = result
            closure = frame.closure
            prototype = closure._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.prototype) }
            (code, constants) = prototype._withUnsafeGuaranteedRef { ($0.code, $0.constants) }
            counter = frame.counter
            top = offset &+ prototype._withUnsafeGuaranteedRef { $0.registerCount }
          case .closure:
            a.pointee = try makeClosure(
              prototype.takeUnretainedValue().prototypes[Int(step.b)], registers,
              closure.takeUnretainedValue())

          case .list:
            let items = (0..<Int(step.c)).map { registers[Int(step.b) + $0] }
            a.pointee = try Interpreter.bounded(List(items))
          case .record:
            a.pointee = try Interpreter.record(constants[Int(step.c)], registers + Int(step.b))
          case .closedRange:
            a.pointee = try Interpreter.range(registers[Int(step.b)], registers[Int(step.c)], closed: true)
          case .openRange:
            a.pointee = try Interpreter.range(registers[Int(step.b)], registers[Int(step.c)], closed: false)
          case .join:
            var text = ""
            for i in 0..<Int(step.c) {
              let part = Printing.text(registers[Int(step.b) + i])
              try Text.check(text.utf8.count + part.utf8.count)
              text += part
            }
            a.pointee = .text(text)
          case .index: a.pointee = try Indexing.element(registers[Int(step.b)], registers[Int(step.c)])
          case .indices: a.pointee = try Indexing.element(registers[Int(step.b)], at: registers[Int(step.c)])
          case .field: a.pointee = try Indexing.field(registers[Int(step.b)], constants[Int(step.c)])
          case .setIndex:
            a.pointee = try Indexing.setting(
              a.pointee, at: registers[Int(step.b)], to: registers[Int(step.c)])
          case .setField:
            a.pointee = try Indexing.setting(
              a.pointee, field: constants[Int(step.b)], to: registers[Int(step.c)])
          case .append: try Indexing.append(registers[Int(step.b)], to: a)
          case .appendGlobal: try Indexing.append(registers[Int(step.b)], to: globals + Int(step.a))
          case .unpack:
            try Iteration.unpack(a.pointee, count: Int(step.b), into: registers + Int(step.c))

          case .attempt:
            handlers.append(
              Handler(frame: frameCount, counter: counter &+ step.distance, register: Int(step.a)))
          case .endAttempt: _ = handlers.popLast()
          case .expect:
            if try !Arithmetic.truth(a.pointee) {
              throw Expectation.failure(
                prototype.takeUnretainedValue().spans[counter - 1].text, left: registers[Int(step.b)],
                right: registers[Int(step.c)], holds: a.pointee,
                isComparison: step.b != step.c || step.a != step.b)
            }
          case .expectMessage: throw RuntimeError(Printing.text(registers[Int(step.b)]), kind: .expectation)
          case .echo: session.echo(a.pointee, from: recorder)
          }
        }
      } catch {
        var failure = RuntimeError(error)
        if failure.trace.count < Interpreter.maximumTrace {
          let here = prototype.takeUnretainedValue()
          failure.trace.append(
            .init(span: here.spans[max(0, min(counter - 1, here.spans.count - 1))], function: here.name))
        }
        let handler =
          failure.kind == .interrupted || failure.kind == .exit ? nil : handlers.last { $0.frame >= entry }
        var frame = frameCount
        while frame > max(entry, handler?.frame ?? entry) {
          frame -= 1
          let caller = frames[frame].closure.takeUnretainedValue().prototype
          if failure.trace.count < Interpreter.maximumTrace {
            failure.trace.append(
              .init(span: caller.spans[max(0, frames[frame].counter - 1)], function: caller.name))
          }
        }
        guard let handler else { throw failure }
        while let last = handlers.last, last.frame > handler.frame || last.counter != handler.counter {
          handlers.removeLast()
        }
        handlers.removeLast()
        if frameCount > handler.frame {
          let restored = frames[handler.frame]
          frameCount = handler.frame
          closure = restored.closure
          offset = restored.base
          registers = stack + offset
          prototype = closure._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.prototype) }
          (code, constants) = prototype._withUnsafeGuaranteedRef { ($0.code, $0.constants) }
        }
        top = offset + prototype.takeUnretainedValue().registerCount
        clear(from: top)
        counter = handler.counter
        registers[handler.register] = .object(Expectation.record(of: failure))
      }
    }
  }

  private static let maximumTrace = 64

  private func callNative(_ object: Object, _ a: UnsafeMutablePointer<Value>, _ count: Int, names: Value?)
    throws
  {
    guard let signature = object.signature else { throw Interpreter.notCallable(.object(object)) }
    let parameters = signature.parameters
    if names == nil, count == parameters.count, signature.isPlain {
      let result = try Interpreter.checked(
        object.apply(Call(a + 1, count: count, signature: signature, interpreter: self)))
      for i in 1..<count + 1 { Interpreter.drop(a + i) }
      a.pointee = result
      return
    }
    let labels = names.map(Interpreter.argumentNames) ?? []
    let values = (0..<count).map { a[1 + $0] }
    let positional = Array(values[..<(count - labels.count)])
    let bound = try signature.bind(
      positional, zip(labels, values[(count - labels.count)...]).map { ($0, $1) })
    for i in 1..<count + 1 { Interpreter.drop(a + i) }
    let result = try Interpreter.checked(native(object, signature, bound))
    a.pointee = result
  }

  // MARK: Pieces of instructions

  /// Stores a number; releases what was there only if there is something to release.
  @inline(__always)
  private static func set(_ register: UnsafeMutablePointer<Value>, _ number: Double) {
    if case .object = register.pointee {
      register.pointee = .number(number)
    } else {
      register.initialize(to: .number(number))
    }
  }

  /// Copies a value; numbers without touching a reference count.
  @inline(__always)
  private static func copy(_ source: UnsafeMutablePointer<Value>, to register: UnsafeMutablePointer<Value>) {
    if case .number(let number) = source.pointee {
      set(register, number)
    } else {
      register.pointee = source.pointee
    }
  }

  @inline(__always)
  private static func drop(_ register: UnsafeMutablePointer<Value>) {
    if case .object = register.pointee {
      register.pointee = .missing
    } else {
      register.initialize(to: .missing)
    }
  }

  @inline(__always)
  private static func holds(
    _ operation: BinaryOperator, _ a: UnsafeMutablePointer<Value>, _ b: Value,
    _ test: (Double, Double) -> Bool
  ) throws -> Bool {
    if case .number(let x) = a.pointee, case .number(let y) = b { return test(x, y) }
    return try Arithmetic.truth(Arithmetic.compare(operation, a.pointee, b))
  }

  private static func cell(_ value: Value) -> Cell {
    if case .object(let object) = value, object.role == .cell { return unsafeDowncast(object, to: Cell.self) }
    return Cell(.missing)
  }

  private static func argumentNames(_ value: Value) -> [String] {
    if case .object(let object) = value, let names = object as? ArgumentNames { return names.names }
    return []
  }

  private static func record(_ keys: Value, _ values: UnsafeMutablePointer<Value>) throws -> Value {
    guard case .object(let object) = keys, let keys = (object as? RecordKeys)?.keys else { return .none }
    return try bounded(Record(keys, keys.names.indices.map { values[$0] }))
  }

  private static func range(_ low: Value, _ high: Value, closed: Bool) throws -> Value {
    guard case .number(let low) = low, case .number(let high) = high else {
      throw RuntimeError("a range needs two numbers, got \(low.kindWithArticle) and \(high.kindWithArticle)")
    }
    return .object(try NumberRange(low: low, high: high, closed: closed))
  }

  /// Refuses values nested so deep that handling them would exhaust the stack.
  static func bounded(_ object: Object) throws -> Value {
    guard object.nesting <= Object.maximumNesting else {
      throw RuntimeError("values are nested more than \(Object.maximumNesting) deep", help: "use a flat list")
    }
    guard object.weight <= Object.maximumWeight else { throw tooLarge }
    return .object(object)
  }

  static let tooLarge = RuntimeError(
    "a value of more than \(Object.maximumWeight) parts is too large", help: "keep numbers in tensors")

  /// The result of a builtin, unless it is too large for a value.
  @inline(__always)
  private static func checked(_ value: Value) throws -> Value {
    if case .object(let object) = value, object.weight > 1 { return try bounded(object) }
    return value
  }

  private func makeClosure(
    _ prototype: Prototype, _ registers: UnsafeMutablePointer<Value>, _ outer: Closure
  ) throws -> Value {
    var cells: [Cell] = []
    cells.reserveCapacity(prototype.captures.count)
    for capture in prototype.captures {
      switch capture {
      case .local(let register): cells.append(Interpreter.cell(registers[register]))
      case .outer(let position): cells.append(outer.cells[position])
      case .loopVariable(let slot): cells.append(Cell(session.globals.values[slot]))
      }
    }
    return try Interpreter.bounded(Closure(prototype, cells))
  }

  private static func unassigned(_ name: Value) -> RuntimeError { unassigned(Printing.text(name)) }

  private static func unassigned(_ name: String) -> RuntimeError {
    RuntimeError("`\(name)` has no value yet", help: "assign to it before this line runs")
  }

  private static let interrupted = RuntimeError("interrupted", kind: .interrupted)

  private static let tooManyCalls = RuntimeError(
    "functions call each other more than \(maximumFrames) deep",
    help: "is there a case that ends the recursion?")
}
