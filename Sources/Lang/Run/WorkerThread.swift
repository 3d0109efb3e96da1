import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread with a stack deep enough for the interpreter.
public final class WorkerThread: @unchecked Sendable {
  private let body: @Sendable () -> Void
  private let done = Atomic<Bool>(false)
  private var thread = pthread_t()
  private var isStarted = false

  /// The stack of a worker: nested calls through builtins, deep expressions and the release of nested
  /// values all stay far below it.
  public static let stackBytes = 256 << 20

  /// Starts a thread that runs `body`; where no thread can be had, `body` runs at once on this one.
  public init(stackBytes: Int = WorkerThread.stackBytes, _ body: @escaping @Sendable () -> Void) {
    self.body = body
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackBytes)
    let context = Unmanaged.passRetained(self)
    isStarted =
      pthread_create(
        &thread, &attributes,
        { context in
          guard let context else { return nil }
          let worker = Unmanaged<WorkerThread>.fromOpaque(context).takeRetainedValue()
          worker.body()
          worker.done.store(true, ordering: .releasing)
          return nil
        }, context.toOpaque()) == 0
    pthread_attr_destroy(&attributes)
    if !isStarted {
      context.release()
      body()
      done.store(true, ordering: .releasing)
    }
  }

  /// Whether the body has ended.
  public var isDone: Bool { done.load(ordering: .acquiring) }

  /// Waits for the body to end.
  public func join() {
    guard isStarted else { return }
    isStarted = false
    pthread_join(thread, nil)
  }

  /// Sleeps.
  public static func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}
