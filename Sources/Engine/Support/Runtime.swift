// Support: what everything else stands on: errors, threads, memory, interrupts, random numbers, the system.

/// What computations run with: threads and memory.
///
/// It is made at start and given to a session. A thread works for one runtime at a time, which the engine finds as
/// `Runtime.current`. Runtimes are few and are never freed, so that memory can be given back to its own at any time.
public final class Runtime: Sendable {
  /// How many threads a loop may use, from 1 to 256.
  public let threads: Int
  /// What may be held, and what is.
  public let memory: MemoryBudget
  /// The threads; nil where there is one.
  private let pool: ThreadPool?
  /// The same memory with one thread, for callers that are parallel themselves.
  private let sequential: Runtime?

  /// - Parameters:
  ///   - threads: the most threads a loop uses; without it what `RLS_THREADS` says, or the number of cores.
  ///   - memory: the most bytes that may be held; without it what the machine leaves this process.
  public convenience init(threads: Int? = nil, memory: Int? = nil) {
    self.init(
      threads: min(max(threads ?? Runtime.usualThreads, 1), 256),
      MemoryBudget(limit: memory ?? MemoryBudget.mostOfProcess))
  }

  private init(threads: Int, _ memory: MemoryBudget) {
    self.threads = threads
    self.memory = memory
    sequential = threads > 1 ? Runtime(threads: 1, memory) : nil
    pool = sequential.map { ThreadPool(their: $0) }
    _ = Unmanaged.passRetained(self)
  }

  /// Runs `body` with this runtime as the current one.
  public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = pthread_getspecific(Runtime.key)
    pthread_setspecific(Runtime.key, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(Runtime.key, before) }
    return try body()
  }

  /// Runs `body` with every loop inside it on this thread alone, for callers that are parallel themselves.
  public func runSequentially<Result>(_ body: () throws -> Result) rethrows -> Result {
    try (sequential ?? self).run(body)
  }

  /// Calls `body` with every index in `0..<count`, in any order and on any thread.
  func loop(_ count: Int, _ body: (Int) -> Void) {
    if count > 1, let pool, pool.run(count, helpers: min(threads, count) - 1, body) { return }
    for index in 0..<max(count, 0) { body(index) }
  }

  // MARK: The one in force

  /// The runtime that this thread works for; for a thread that nobody has given one, that of the process.
  public static var current: Runtime { reference._withUnsafeGuaranteedRef { $0 } }

  /// `current`, without counting a reference: counting it from several threads would slow all of them down.
  static var reference: Unmanaged<Runtime> {
    pthread_getspecific(key).map { Unmanaged.fromOpaque($0) } ?? ofProcess
  }

  private static let ofProcess = Unmanaged.passUnretained(Runtime())

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  private static var usualThreads: Int {
    if let asked = System.variable("RLS_THREADS").flatMap({ Int($0) }), asked > 0 { return asked }
    return sysconf(Int32(_SC_NPROCESSORS_ONLN))
  }
}
