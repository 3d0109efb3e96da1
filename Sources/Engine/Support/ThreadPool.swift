import Synchronization

/// Threads that wait for one loop at a time; they look for work a little while before they sleep.
final class ThreadPool: @unchecked Sendable {
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

  /// What the threads work for: loops inside a loop stay on their thread.
  private let inner: Runtime

  private static let patience = 300

  /// A pool whose threads work for `inner`; they are started when they are first needed.
  init(their inner: Runtime) {
    self.inner = inner
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
      let thread = SystemThread { self.serve(thread: number) }
      pthread_sigmask(SIG_SETMASK, &before, nil)
      guard let thread else { return }
      thread.detach()
      started = number
    }
  }

  private func serve(thread: Int) -> Never { inner.run { look(thread: thread) } }

  private func look(thread: Int) -> Never {
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
