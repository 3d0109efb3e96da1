import Synchronization
import Testing

@testable import Engine

/// A runtime is what computations run with, and nobody else's.
@Suite struct RuntimeTests {
  @Test func `a budget refuses what is larger, counts what is held and leaves other budgets alone`() throws {
    let (small, other) = (Runtime(memory: 1 << 20), Runtime(memory: 1 << 30))
    let held = try small.run { try Storage<Float>(uninitialized: 1000, for: "test") }
    #expect(small.memory.bytesInUse == 4032 && other.memory.bytesInUse == 0)
    let error = #expect(throws: EngineError.self) {
      try small.run { _ = try Storage<Float>(uninitialized: 1 << 20, for: "test") }
    }
    #expect(error?.kind == .memory && error?.message.contains("4.2 MB") == true)
    _ = try other.run { try Storage<Float>(uninitialized: 1 << 20, for: "test") }
    withExtendedLifetime(held) {}
  }

  @Test func `memory goes back to the budget it came from, whoever drops it`() throws {
    let (first, second) = (Runtime(memory: 1 << 24), Runtime(memory: 1 << 24))
    var held: Storage<Float>? = try first.run { try Storage(uninitialized: 1 << 10, for: "test") }
    #expect(held != nil && first.memory.bytesInUse == 4096)
    second.run { held = nil }
    #expect(first.memory.bytesInUse == 0 && second.memory.bytesInUse == 0)
  }

  @Test func `loops use the threads of their runtime, and one thread inside another loop`() {
    for threads in [1, 2, 3] {
      let runtime = Runtime(threads: threads)
      let inner = Mutex<Set<Int>>([])
      runtime.run {
        #expect(Runtime.current.threads == threads)
        Parallel.run(50) { _ in
          let here = pthread_self()
          Parallel.run(3) { _ in
            if pthread_equal(here, pthread_self()) == 0 { inner.withLock { _ = $0.insert(1) } }
          }
        }
        runtime.runSequentially { #expect(Runtime.current.threads == 1) }
      }
      #expect(inner.withLock { $0.isEmpty })
    }
  }

  @Test func `the budget of a process is no larger than its limit on address space`() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 1 << 36, rlim_max: 1 << 36)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      limit.rlim_cur = 3 << 30
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      exit(Runtime().memory.limit <= 3 << 30 ? 0 : 1)
    }
  }
}
