import Synchronization

/// Loops whose iterations write disjoint outputs, spread over the cores.
///
/// A result never depends on how many threads there are: iterations may not share a sum. A loop runs on the
/// calling thread alone when it is nested in another, when another thread has the pool, or inside
/// `withSingleThread`.
public enum Parallel {
  private static let setting = Atomic<Int>(initialThreads)

  /// How many threads a loop may use: `RLS_THREADS`, or the number of cores; at least 1, at most 256.
  public static var threads: Int {
    get { setting.load(ordering: .relaxed) }
    set { setting.store(min(max(newValue, 1), 256), ordering: .relaxed) }
  }

  private static var initialThreads: Int {
    if let text = getenv("RLS_THREADS"), let asked = Int(String(cString: text)), asked > 0 {
      return min(asked, 256)
    }
    return min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 256)
  }

  /// Runs `body` with every loop inside it on this thread alone, for callers that are parallel themselves.
  public static func withSingleThread<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = ThreadMark.isInline
    ThreadMark.isInline = true
    defer { ThreadMark.isInline = before }
    return try body()
  }

  /// Calls `body` with every index in `0..<count`, in any order and on any thread.
  public static func run(_ count: Int, _ body: (Int) -> Void) {
    let helpers = min(threads, count) - 1
    if helpers > 0, !ThreadMark.isInline, ThreadPool.shared.run(count, helpers: helpers, body) { return }
    for index in 0..<max(count, 0) { body(index) }
  }

  /// As `run`, but leaves out what has not begun once a stop is requested, and then throws.
  static func run(_ count: Int, _ operation: String, _ body: (Int) -> Void) throws(EngineError) {
    let stopped = Atomic<Bool>(false)
    run(count) { index in
      if Interrupt.isRequested { stopped.store(true, ordering: .relaxed) } else { body(index) }
    }
    if stopped.load(ordering: .relaxed) { throw EngineError(.interrupted, operation, "interrupted") }
  }

  /// Calls `body` with consecutive ranges that cover `0..<count`, each a fraction of a millisecond's work for a
  /// function of single numbers; a small count is done here and now.
  static func elements(_ count: Int, _ operation: String, _ body: (Range<Int>) -> Void) throws(EngineError) {
    try rows(count, by: 1 << 14, operation, body)
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

/// Whether loops on the present thread stay on it.
private enum ThreadMark {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  static var isInline: Bool {
    get { pthread_getspecific(key) != nil }
    set { pthread_setspecific(key, newValue ? UnsafeRawPointer(Interrupt.flag) : nil) }
  }
}

/// Threads that wait for one loop at a time; they look for work a little while before they sleep.
private final class ThreadPool: @unchecked Sendable {
  static let shared = ThreadPool()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let busy = Atomic<Bool>(false)
  private let generation = Atomic<Int>(0)
  /// The next index of each thread's share.
  private let next = Shares()
  private let inside = Atomic<Int>(0)
  private var started = 0
  private var isOpen = false
  private var places = 0
  private var body: UnsafePointer<(Int) -> Void>?

  private static let patience = 300

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
  }

  /// Runs the loop with up to `helpers` more threads; false when another thread has the pool.
  func run(_ count: Int, helpers: Int, _ body: (Int) -> Void) -> Bool {
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      return false
    }
    defer { busy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        next.divide(count, among: helpers + 1)
        pthread_mutex_lock(mutex)
        start(helpers)
        self.body = body
        places = helpers
        isOpen = true
        generation.add(1, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        next.work(thread: 0, body)
        pthread_mutex_lock(mutex)
        isOpen = false
        self.body = nil
        pthread_mutex_unlock(mutex)
        waitForHelpers()
      }
    }
    return true
  }

  private func waitForHelpers() {
    for _ in 0..<ThreadPool.patience {
      if inside.load(ordering: .acquiring) == 0 { return }
      sched_yield()
    }
    pthread_mutex_lock(mutex)
    while inside.load(ordering: .acquiring) > 0 { pthread_cond_wait(done, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// Starts missing threads, with every signal left to the threads that were there before.
  private func start(_ helpers: Int) {
    while started < helpers {
      var all = sigset_t()
      var before = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_SETMASK, &all, &before)
      let number = started + 1
      let thread = SystemThread { ThreadPool.shared.serve(thread: number) }
      pthread_sigmask(SIG_SETMASK, &before, nil)
      guard let thread else { return }
      thread.detach()
      started = number
    }
  }

  private func serve(thread: Int) -> Never {
    ThreadMark.isInline = true
    var seen = 0
    while true {
      var looks = 0
      while generation.load(ordering: .acquiring) == seen, looks < ThreadPool.patience {
        looks += 1
        sched_yield()
      }
      pthread_mutex_lock(mutex)
      while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
      seen = generation.load(ordering: .acquiring)
      let job = isOpen && places > 0 ? body : nil
      if job != nil {
        places -= 1
        inside.add(1, ordering: .acquiringAndReleasing)
      }
      pthread_mutex_unlock(mutex)
      guard let job else { continue }
      next.work(thread: thread, job)
      if inside.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(done)
        pthread_mutex_unlock(mutex)
      }
    }
  }
}

/// The indices of one loop, a consecutive share a thread.
///
/// Loops over the same rows give a thread the same part of them each time, so that it finds in its own cache
/// what it wrote before. A thread that has done its share goes on with what is left of the others'.
private final class Shares: @unchecked Sendable {
  /// Each counter on a cache line of its own.
  private static let spacing = 16
  private let counters = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 256 * Shares.spacing)
  private var count = 0
  private var threads = 1

  init() {
    for i in 0..<256 * Shares.spacing { (counters + i).initialize(to: Atomic(0)) }
  }

  /// Starts a loop over `0..<count`; nobody may be at work.
  func divide(_ count: Int, among threads: Int) {
    self.count = count
    self.threads = threads
    for share in 0..<threads {
      counters[share * Shares.spacing].store(count * share / threads, ordering: .relaxed)
    }
  }

  /// Calls `body` until nothing is left.
  func work(thread: Int, _ body: UnsafePointer<(Int) -> Void>) {
    for turn in 0..<threads {
      let share = (thread + turn) % threads
      let end = count * (share + 1) / threads
      while true {
        let index = counters[share * Shares.spacing].add(1, ordering: .relaxed).oldValue
        if index >= end { break }
        body.pointee(index)
      }
    }
  }
}
