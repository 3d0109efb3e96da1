import Synchronization
import Testing

@testable import Engine

@Suite struct StageTests {
  /// What ran, in order; one thread, so that the order within a phase is fixed too.
  private func order(_ stages: (@escaping (String) -> Void) -> [Stage]) throws -> [String] {
    let log = Mutex<[String]>([])
    try Runtime.current.runSequentially {
      try Stage.run(stages { name in log.withLock { $0.append(name) } }, rows: 2, by: 1, "test")
    }
    return log.withLock { $0 }
  }

  @Test func `rows that follow one another run as one loop, block by block`() throws {
    let ran = try order { log in
      [.rows { log("a\($0.lowerBound)") }, .rows { log("b\($0.lowerBound)") }, .tasks(2) { log("t\($0)") }]
    }
    #expect(ran == ["a0", "b0", "a1", "b1", "t0", "t1"])
  }

  @Test func `deferred tasks run beside the next tasks, or at the end`() throws {
    let ran = try order { log in
      [
        .rows { log("a\($0.lowerBound)") }, .deferred(1) { _ in log("d") },
        .rows { log("b\($0.lowerBound)") }, .tasks(1) { _ in log("t") }, .deferred(1) { _ in log("e") },
      ]
    }
    #expect(ran == ["a0", "b0", "a1", "b1", "t", "d", "e"])
  }

  @Test func `what is laid out ahead is there before the loop that reads it`() throws {
    let ran = try order { log in
      [
        .ahead(1) { _ in log("p") }, .rows { log("a\($0.lowerBound)") }, .tasks(1) { _ in log("t") },
        .rows { log("b\($0.lowerBound)") }, .ahead(1) { _ in log("q") }, .rows { log("c\($0.lowerBound)") },
      ]
    }
    #expect(ran == ["p", "a0", "a1", "t", "q", "b0", "c0", "b1", "c1"])
  }
}
