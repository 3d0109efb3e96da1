import Synchronization

/// Loops whose iterations write disjoint outputs, spread over the threads of the current runtime.
///
/// A result never depends on how many threads there are: iterations may not share a sum. A loop runs on the
/// calling thread alone when it is nested in another, when another thread has the pool, or inside
/// `Runtime.runSequentially`.
enum Parallel {
  /// Calls `body` with every index in `0..<count`, in any order and on any thread.
  static func run(_ count: Int, _ body: (Int) -> Void) {
    Runtime.reference._withUnsafeGuaranteedRef { $0.loop(count, body) }
  }

  /// As `run`, but leaves out what has not begun once a stop is requested, and then throws.
  static func run(_ count: Int, _ operation: String, _ body: (Int) -> Void) throws(EngineError) {
    let stopped = Atomic<Bool>(false)
    run(count) { index in
      if Interrupt.isRequested { stopped.store(true, ordering: .relaxed) } else { body(index) }
    }
    if stopped.load(ordering: .relaxed) { throw EngineError(.interrupted, operation, "interrupted") }
  }

  /// Calls `body` with consecutive ranges of at most `size` rows that cover `0..<rows`.
  static func rows(
    _ rows: Int, by size: Int, _ operation: String, _ body: (Range<Int>) -> Void
  ) throws(EngineError) {
    try run((rows + size - 1) / size, operation) { index in
      body(index * size..<min(rows, (index + 1) * size))
    }
  }
}

/// Runs a loop for interruptible or uninterruptible callers.
protocol ParallelLoop {
  associatedtype Failure: Error
  func run(_ count: Int, _ body: (Int) -> Void) throws(Failure)
}

/// A loop that throws once a stop is requested.
struct InterruptibleLoop: ParallelLoop {
  let operation: String

  func run(_ count: Int, _ body: (Int) -> Void) throws(EngineError) {
    try Parallel.run(count, operation, body)
  }
}

/// A loop that always comes to its end; for bounded work.
struct UninterruptedLoop: ParallelLoop {
  func run(_ count: Int, _ body: (Int) -> Void) { Parallel.run(count, body) }
}
