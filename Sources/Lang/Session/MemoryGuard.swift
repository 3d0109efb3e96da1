import Engine
import Synchronization

/// Stops a program before it takes all the machine's memory: lists and texts are not counted one by one, so
/// the size of the process is watched while a program runs.
///
/// The stop is an interrupt: whatever can be interrupted can be stopped for want of memory.
final class MemoryGuard: Sendable {
  private let memory: MemoryBudget
  private let running = Atomic<Int>(0)
  private let isWatching = Atomic<Bool>(false)
  private let isStopped = Atomic<Bool>(false)
  private static let interval = 20

  init(_ memory: MemoryBudget) { self.memory = memory }

  /// Runs `body` and watches; the error of a program that had to be stopped says why.
  func watch<Result>(_ body: () throws -> Result) throws -> Result {
    if running.add(1, ordering: .acquiringAndReleasing).oldValue == 0 {
      isStopped.store(false, ordering: .releasing)
    }
    defer { running.subtract(1, ordering: .acquiringAndReleasing) }
    if !isWatching.exchange(true, ordering: .acquiringAndReleasing) {
      _ = WorkerThread(stackBytes: 1 << 18) { self.look() }
    }
    do {
      return try body()
    } catch let error as RuntimeError where error.kind == .interrupted {
      guard isStopped.exchange(false, ordering: .acquiringAndReleasing) else { throw error }
      Interrupt.clear()
      var failure = RuntimeError(
        "the memory is full: \(MemoryBudget.readable(memory.limit)) is all there is",
        help: "make it smaller, or drop values that are no longer needed")
      failure.trace = error.trace
      failure.partial = error.partial
      throw failure
    }
  }

  private func look() {
    repeat {
      while running.load(ordering: .acquiring) > 0 {
        if !Interrupt.isRequested, memory.isFull {
          isStopped.store(true, ordering: .releasing)
          Interrupt.request()
        }
        WorkerThread.pause(milliseconds: MemoryGuard.interval)
      }
      isWatching.store(false, ordering: .releasing)
      // A program that started meanwhile relies on this thread.
    } while running.load(ordering: .acquiring) > 0
      && !isWatching.exchange(true, ordering: .acquiringAndReleasing)
  }
}
