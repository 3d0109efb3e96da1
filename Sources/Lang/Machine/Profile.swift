import Engine
import Synchronization

/// Where the time of a program goes, by line and by function.
///
/// While it records, a probe stands before each instruction of every function that is called. A thread advances a
/// clock ten thousand times a second. When a probe finds that it has advanced, the time since the last sample goes to
/// the instruction that has just run, and to every call that led to it. Counts are exact. Cells of a sweep run on
/// threads of their own, so their time goes to the line with the sweep.
public final class Profile {
  /// Time and count of a line or a function.
  final class Tally {
    var count = 0
    /// Seconds in it, without those in the functions it calls.
    var own = 0.0
    /// Seconds in it and in what it calls.
    var total = 0.0
    /// The sample that it was counted in last: what calls itself is counted once.
    var sample = 0
  }

  /// A compiled function, with the count of each instruction and the line and function that its time belongs to.
  final class Code {
    let prototype: Prototype
    /// How often each instruction ran.
    let counts: UnsafeMutablePointer<Int>
    let lines: [Tally]
    let tally: Tally

    init(_ prototype: Prototype, lines: [Tally], tally: Tally) {
      self.prototype = prototype
      self.lines = lines
      self.tally = tally
      counts = .allocate(capacity: lines.count)
      counts.initialize(repeating: 0, count: lines.count)
    }

    deinit { counts.deallocate() }

    /// Whether an instruction ends the function.
    func returns(at position: Int) -> Bool {
      prototype.layout.code[prototype.hasProbes ? 2 * position + 1 : position].operation == .returnValue
    }
  }

  /// An instruction of a function, and the builtin it calls.
  private struct Place {
    var code: Code?
    var instruction = 0
    var builtin: Tally?
  }

  /// A line of a source.
  struct Line: Hashable {
    let source: Source
    let number: Int

    static func == (a: Line, b: Line) -> Bool { a.source === b.source && a.number == b.number }
    func hash(into hasher: inout Hasher) {
      hasher.combine(ObjectIdentifier(source))
      hasher.combine(number)
    }
  }

  private(set) var lines: [Line: Tally] = [:]
  private(set) var builtins: [String: Tally] = [:]
  private(set) var codes: [ObjectIdentifier: Code] = [:]
  /// The seconds of all samples.
  private(set) var seconds = 0.0
  /// The instruction that runs.
  private var place = Place()
  /// The calls through builtins that are under way: where they were made, and the frames of their functions.
  private var calls: [(place: Place, firstFrame: Int)] = []
  private let clock = ProfileClock()
  private var tick = 0
  private var samples = 0
  private var latest = ContinuousClock.now

  /// A profile whose clock runs from now on.
  public init() {}

  /// Ends the clock and takes the probes out; what has been recorded stays.
  func stop() {
    clock.stop()
    for code in codes.values { code.prototype.setProbes(false) }
  }

  // MARK: What the interpreter tells

  /// A function starts that a builtin or the session calls.
  func begin(_ prototype: Prototype, _ interpreter: Interpreter) {
    if calls.isEmpty { latest = .now }
    prototype.setProbes(true)
    _ = code(of: prototype)
    calls.append((place, interpreter.frameCount + 1))
    look(interpreter)
  }

  /// The instruction behind the probe that `now` is at is about to run.
  func note(_ now: Activation, _ interpreter: Interpreter) {
    look(interpreter, now)
    let prototype = now.closure._withUnsafeGuaranteedRef { $0.prototype }
    if place.code?.prototype !== prototype { place.code = code(of: prototype) }
    guard let code = place.code else { return }
    place.instruction = prototype.position(before: now.next)
    code.counts[place.instruction] &+= 1
    place.builtin = nil
    guard let callee = now.callee(now.next.pointee, interpreter) else { return }
    if callee.role == .native { note(unsafeDowncast(callee, to: NativeFunction.self)) }
    if callee.role == .closure {
      let prototype = unsafeDowncast(callee, to: Closure.self).prototype
      if !prototype.hasProbes {
        prototype.setProbes(true)
        _ = self.code(of: prototype)
      }
    }
  }

  /// What began last is done, or has failed.
  func end(_ interpreter: Interpreter) {
    // After an error its frames are no longer there.
    if let call = calls.last {
      calls[calls.count - 1].firstFrame = max(call.firstFrame, interpreter.frameCount)
    }
    look(interpreter)
    if calls.count == 1 { sample(interpreter) }
    if let call = calls.popLast() { place = call.place }
  }

  private func note(_ callee: NativeFunction) {
    let tally = builtins[callee.builtin.name, default: Tally()]
    builtins[callee.builtin.name] = tally
    tally.count += 1
    place.builtin = tally
  }

  // MARK: Samples

  /// Takes a sample where the clock has moved.
  @inline(__always)
  private func look(_ interpreter: Interpreter, _ now: Activation? = nil) {
    let tick = clock.tick
    if tick == self.tick { return }
    self.tick = tick
    sample(interpreter, now)
  }

  /// Gives the time since the last sample to the instruction that has run, and to the calls that led to it.
  private func sample(_ interpreter: Interpreter, _ now: Activation? = nil) {
    let instant = ContinuousClock.now
    let time = (instant - latest) / .seconds(1)
    latest = instant
    samples += 1
    seconds += time
    if let code = place.code {
      code.lines[place.instruction].own += time
      (place.builtin ?? code.tally).own += time
    }
    count(place, time)
    for (level, call) in calls.enumerated() {
      count(call.place, time)
      let end = level + 1 < calls.count ? calls[level + 1].firstFrame - 1 : interpreter.frameCount
      for frame in call.firstFrame..<max(call.firstFrame, end) { count(interpreter.frames[frame], time) }
    }
    // The function that returns is no longer among the frames, nor is the one it returns to.
    if let now, let code = place.code, code.returns(at: place.instruction) {
      count(now, time)
    }
  }

  private func count(_ frame: Activation, _ time: Double) {
    let prototype = frame.closure.takeUnretainedValue().prototype
    count(Place(code: code(of: prototype), instruction: prototype.position(before: frame.next)), time)
  }

  private func count(_ place: Place, _ time: Double) {
    guard let code = place.code else { return }
    for tally in [code.lines[place.instruction], code.tally, place.builtin].compactMap(\.self)
    where tally.sample != samples {
      tally.sample = samples
      tally.total += time
    }
  }

  private func code(of prototype: Prototype) -> Code {
    if let code = codes[ObjectIdentifier(prototype)] { return code }
    var last: (line: Line, tally: Tally)?
    let tallies = prototype.spans.map { span in
      let line = Line(source: span.source, number: span.line)
      if let last, last.line == line { return last.tally }
      let tally = lines[line, default: Tally()]
      lines[line] = tally
      last = (line, tally)
      return tally
    }
    let code = Code(prototype, lines: tallies, tally: Tally())
    codes[ObjectIdentifier(prototype)] = code
    return code
  }
}

extension Activation {
  /// What an instruction calls, where it calls something.
  fileprivate func callee(_ step: Instruction, _ interpreter: Interpreter) -> Object? {
    let callee: UnsafeMutablePointer<Value>
    switch step.operation {
    case .call, .callNamed: callee = registers + step.a
    case .callVariable: callee = registers + step.c
    case .callGlobal: callee = interpreter.globals + step.c
    case .callBuiltin: callee = constants + step.c
    default: return nil
    }
    guard case .object(let object) = callee.pointee else { return nil }
    return object
  }
}

/// Counts up on a thread of its own until it is stopped.
private final class ProfileClock: Sendable {
  private let count = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)
  private static let interval: UInt32 = 100
  private static let patience = 1000

  init() {
    _ = WorkerThread(stackBytes: 1 << 18) { [self] in
      while !isStopped.load(ordering: .relaxed) {
        WorkerThread.pause(microseconds: ProfileClock.interval)
        count.add(1, ordering: .relaxed)
      }
    }
    // Short programs end before a new thread has begun.
    for _ in 0..<ProfileClock.patience where tick == 0 {
      WorkerThread.pause(microseconds: ProfileClock.interval)
    }
  }

  var tick: Int { count.load(ordering: .relaxed) }

  func stop() { isStopped.store(true, ordering: .relaxed) }
}
