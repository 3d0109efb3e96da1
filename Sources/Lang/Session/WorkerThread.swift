import Engine
import Synchronization

/// A thread with a stack deep enough for the interpreter; it works for the runtime of whoever starts it.
public final class WorkerThread: @unchecked Sendable {
  private let done = Atomic<Bool>(false)
  private var thread: SystemThread?

  /// The stack of a worker: nested calls through builtins, deep expressions and the release of nested
  /// values all stay far below it.
  public static let stackBytes = 256 << 20

  /// Starts a thread that runs `body`; where no thread can be had, `body` runs at once on this one.
  public init(stackBytes: Int = WorkerThread.stackBytes, _ body: @escaping @Sendable () -> Void) {
    let runtime = Runtime.current
    let run: @Sendable () -> Void = {
      runtime.run(body)
      self.done.store(true, ordering: .releasing)
    }
    thread = SystemThread(stackBytes: stackBytes, run)
    if thread == nil { run() }
  }

  /// Whether the body has ended.
  public var isDone: Bool { done.load(ordering: .acquiring) }

  /// Waits for the body to end.
  public func join() {
    thread?.join()
    thread = nil
  }

  /// Sleeps.
  public static func pause(milliseconds: Int) { pause(microseconds: UInt32(milliseconds) * 1000) }
  static func pause(microseconds: UInt32) { usleep(microseconds) }
}
