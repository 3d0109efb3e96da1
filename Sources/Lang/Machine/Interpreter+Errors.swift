import Engine

/// What errors do to a running program, and those that calls themselves raise.
extension Interpreter {
  /// Finds where the program goes on after an error in the function at `now`; throws it with the places it
  /// came through where nothing catches it.
  func recover(from error: any Error, at now: Activation, entry: Int) throws -> Activation {
    var failure = RuntimeError(error)
    let isFinal = failure.kind == .interrupted || failure.kind == .exit
    let handler = isFinal ? nil : handlers.last.flatMap { $0.frame >= entry ? $0 : nil }
    failure.note(now.trace)
    for frame in (max(entry, handler?.frame ?? entry)..<max(entry, frameCount)).reversed() {
      failure.note(frames[frame].trace)
    }
    guard let handler else { throw failure }
    if recorder.cell == nil { session.keepPartial(of: failure) }
    handlers.removeLast()
    var frame = now
    if frameCount > handler.frame {
      frame = frames[handler.frame]
      frameCount = handler.frame
    }
    frame.next = handler.next
    clear(from: frame.registers + frame.layout.registerCount)
    frame.registers[handler.register] = .object(Expectation.record(of: failure))
    return frame
  }

  static let interrupted = RuntimeError("interrupted", kind: .interrupted)

  static let tooManyCalls = RuntimeError(
    "functions call each other more than \(maximumFrames) deep",
    help: "is there a case that ends the recursion?")

  static let tooDeep = RuntimeError(
    "functions call each other through builtins more than \(maximumDepth) deep",
    help: "is there a case that ends the recursion?")

  static let tooLarge = RuntimeError(
    "a value of more than \(Object.maximumWeight) parts is too large", help: "keep numbers in tensors")

  static func notCallable(_ value: Value) -> RuntimeError {
    RuntimeError("\(value.kindWithArticle) cannot be called", help: "only functions and objectives can")
  }

  /// The error of the call at `span`, whose callee is no function.
  func notCallable(_ value: Value, at span: Span) -> RuntimeError {
    let name = String(span.text.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    guard session.catalog.builtin(name) != nil else { return Interpreter.notCallable(value) }
    return RuntimeError(
      "`\(name)` is a variable here, and \(value.kindWithArticle) cannot be called",
      help: "the builtin is `rls.\(name)`; `drop(\"\(name)\")` forgets the variable")
  }

  /// The error of a variable of the session that is read before it has a value.
  @inline(never)
  func unassigned(global slot: Operand) -> RuntimeError {
    unassigned(session.globals.slots.names[slot.number])
  }

  func unassigned(_ name: String) -> RuntimeError {
    RuntimeError(
      "`\(name)` has no value yet",
      help: session.globals[name] == nil
        ? "assign to it before this line runs"
        : "a function that assigns to `\(name)` has a `\(name)` of its own: "
          + "take the outer one as a parameter, and give the new value back")
  }
}
