// Machine: runs compiled functions. `Interpreter+Loop` is the loop; `Arithmetic`, `Indexing` and `Iteration` are what
// its instructions do beyond plain numbers.

import Engine

/// Runs compiled functions: a register machine over one stack of values.
///
/// An interpreter belongs to one thread. What it shares with others (prototypes, globals during a sweep,
/// values) is not written to, apart from field caches, which are single words.
public final class Interpreter {
  /// Where errors go.
  struct Handler {
    let frame: Int
    let next: UnsafeMutablePointer<Instruction>
    let register: Int
  }

  /// Whose variables and builtins programs use; it outlives its interpreters.
  public unowned let session: Session
  /// The session's variables, by slot.
  let globals: UnsafeMutablePointer<Value>
  let interrupt = Interrupt.flag
  private let stack: UnsafeMutablePointer<Value>
  /// Values before this one are initialised.
  private(set) var initialized: UnsafeMutablePointer<Value>
  /// The first value no function uses, kept while a builtin runs.
  var top: UnsafeMutablePointer<Value>
  /// The functions that wait for others to return; the register for the result stands in the last
  /// instruction of each.
  let frames: UnsafeMutablePointer<Activation>
  var frameCount = 0
  var handlers: [Handler] = []
  /// How deep functions and builtins call each other on this thread's own stack.
  private(set) var depth: Int
  /// What `track` records, and where progress goes, while this interpreter runs a cell of a sweep.
  let recorder: Recorder
  /// The profile that records every instruction; nil unless a program is being profiled.
  var profile: Profile?

  private static let stackCapacity = 1 << 21
  /// Room that is kept ready above the registers of a function.
  static let margin = 256
  /// The deepest recursion of functions of the language.
  static let maximumFrames = 100_000
  /// The deepest recursion through builtins such as `map`.
  static let maximumDepth = 400

  /// An interpreter for `session`; `depth` counts the calls through builtins that led to it.
  init(_ session: Session, recorder: Recorder, depth: Int = 0) {
    self.depth = depth
    self.session = session
    self.globals = session.globals.slots.values
    self.recorder = recorder
    stack = .allocate(capacity: Interpreter.stackCapacity)
    initialized = stack
    top = stack
    frames = .allocate(capacity: Interpreter.maximumFrames)
  }

  deinit {
    stack.deinitialize(count: initialized - stack)
    stack.deallocate()
    frames.deallocate()
  }

  // MARK: Calls from outside

  /// Calls a function with arguments by position and by name.
  public func call(_ function: Value, _ positional: [Value], _ named: [(name: String, value: Value)] = [])
    throws -> Value
  {
    if let closure = Interpreter.closure(function) {
      let count = positional.count + named.count
      return try call(closure, count, names: named.map(\.name)) { registers in
        for (i, value) in positional.enumerated() { registers[i] = value }
        for (i, argument) in named.enumerated() { registers[positional.count + i] = argument.value }
      }
    }
    guard case .object(let object) = function, let signature = object.signature else {
      throw Interpreter.notCallable(function)
    }
    return try call(object, bound: try signature.bind(positional, named))
  }

  /// The function of the language that a value is, if it is one; the value keeps it alive.
  @inline(__always)
  static func closure(_ function: Value) -> Unmanaged<Closure>? {
    guard case .object(let object) = function, object.role == .closure else { return nil }
    return Unmanaged.passUnretained(unsafeDowncast(object, to: Closure.self))
  }

  /// Runs a program that takes no arguments.
  func run(_ prototype: Prototype) throws -> Value { try call(.object(Closure(prototype)), []) }

  /// Calls a builtin or an object with its arguments in the order of its signature.
  func call(_ object: Object, bound arguments: [Value]) throws -> Value {
    let base = top
    try enterDepth()
    defer { depth -= 1 }
    try reserve(base + arguments.count)
    for (i, value) in arguments.enumerated() { base[i] = value }
    top = base + arguments.count
    defer {
      for i in arguments.indices { base[i] = .missing }
      top = base
    }
    return try object.apply(Call(base, count: arguments.count, callee: object, interpreter: self))
  }

  /// Calls a closure; `place` puts its `count` arguments into registers, the ones with names last.
  @inline(__always)
  func call(
    _ closure: Unmanaged<Closure>, _ count: Int, names: [String] = [],
    _ place: (UnsafeMutablePointer<Value>) -> Void
  ) throws -> Value {
    let layout = closure._withUnsafeGuaranteedRef { $0.prototype.layout }
    let base = top
    try enterDepth()
    let entry = frameCount
    let handlerCount = handlers.count
    let profile = profile
    profile?.begin(closure.takeUnretainedValue().prototype, self)
    defer {
      profile?.end(self)
      depth -= 1
      frameCount = entry
      top = base
      if handlers.count > handlerCount { handlers.removeLast(handlers.count - handlerCount) }
    }
    guard entry < Interpreter.maximumFrames - 2 else { throw Interpreter.tooManyCalls }
    try reserve(base + max(layout.registerCount, count) + Interpreter.margin)
    place(base)
    do {
      if count != layout.plainCount || !names.isEmpty {
        try arrange(closure.takeUnretainedValue().prototype, base, count, names: names)
      }
      // A frame that is never returned to keeps the error handlers of callers apart.
      frameCount += 1
      return try execute(closure, base)
    } catch {
      clear(from: base)
      throw error
    }
  }

  /// Counts a call through this thread's own stack, and looks at the interrupt flag.
  private func enterDepth() throws {
    if interrupt.pointee != 0 { throw Interpreter.interrupted }
    guard depth < Interpreter.maximumDepth else { throw Interpreter.tooDeep }
    depth += 1
  }

  /// Keeps the function that a variable holds, before it gets another value, while functions run that may be it.
  func retire(_ place: UnsafeMutablePointer<Value>) { if depth > 1 { session.globals.slots.retire(place) } }

  // MARK: The stack

  /// Makes the values before `end` usable.
  func reserve(_ end: UnsafeMutablePointer<Value>) throws {
    guard end > initialized else { return }
    guard end - stack <= Interpreter.stackCapacity else {
      throw RuntimeError("the stack is full", help: "is there a case that ends the recursion?")
    }
    let more = min(stack + Interpreter.stackCapacity, max(end, initialized + 4096))
    initialized.initialize(repeating: .missing, count: more - initialized)
    initialized = more
  }

  func clear(from start: UnsafeMutablePointer<Value>) {
    var value = start
    while value < initialized {
      value.drop()
      value += 1
    }
  }
}
