import Testing

@testable import Engine

@Suite struct AdvantageTests {
  func batch(_ rewards: [Double], group: [Int]? = nil) throws -> Batch {
    try Batch(logp: Tensor(rows: rewards.map { _ in [-1] }), reward: Tensor(rewards), group: group)
  }

  func advantages(_ batch: Batch) throws -> [Double] { try #require(batch.advantage).values }

  /// 1/sqrt(4/3) without eps, and the published values of TRL's and verl's eps.
  @Test func `group_norm has the published values`() throws {
    let rewards = try batch([1, 0, 1, 0])
    #expect(
      try advantages(Advantage.groupNorm(rewards, deviation: .population, epsilon: 0)) == [1, -1, 1, -1])
    #expect(close(try advantages(Advantage.groupNorm(rewards, epsilon: 0))[0], 0.8660254037844386, 1e-15))
    #expect(close(try advantages(Advantage.groupNorm(rewards, epsilon: 1e-4))[0], 0.8658754297607016, 1e-15))
    #expect(close(try advantages(Advantage.groupNorm(rewards))[1], -0.8660239037870368, 1e-15))
    #expect(close(try advantages(Advantage.leaveOneOut(rewards)), [2 / 3, -2 / 3, 2 / 3, -2 / 3], 1e-15))
    #expect(try advantages(Advantage.groupCenter(rewards)) == [0.5, -0.5, 0.5, -0.5])
  }

  @Test func `groups are kept apart, wherever their members stand`() throws {
    let mixed = try batch([1, 10, 3, 20], group: [7, 2, 7, 2])
    #expect(try advantages(Advantage.groupCenter(mixed)) == [-1, -5, 1, 5])
    #expect(mixed.group == [0, 1, 0, 1])
  }

  @Test func `equal rewards give exactly zero`() throws {
    let equal = try batch([0.1, 0.1, 0.1], group: nil)
    #expect(try advantages(Advantage.groupNorm(equal, epsilon: 0)) == [0, 0, 0])
    #expect(try advantages(Advantage.groupCenter(equal)) == [0, 0, 0])
    #expect(try advantages(Advantage.leaveOneOut(equal)) == [0, 0, 0])
  }

  @Test func `a group of one gets zero, or an error where it has no meaning`() throws {
    let single = try batch([5, 1, 2], group: [0, 1, 1])
    #expect(try advantages(Advantage.groupNorm(single))[0] == 0)
    #expect(try advantages(Advantage.groupCenter(single))[0] == 0)
    #expect(throws: EngineError.self) { try Advantage.leaveOneOut(single) }
  }

  @Test func `rewards that are not finite are named`() throws {
    for bad in [Double.nan, .infinity, -.infinity] {
      do {
        _ = try Advantage.groupNorm(batch([1, 0, bad]))
        Issue.record("no error for \(bad)")
      } catch let error as EngineError {
        #expect(error.kind == .numeric)
        #expect(error.message.contains("sequence 2"))
      }
    }
    #expect(throws: EngineError.self) { try Advantage.groupNorm(batch([1, 0]), epsilon: -1) }
    #expect(throws: EngineError.self) { try Advantage.groupCenter(Batch(logp: Tensor(rows: [[-1]]))) }
  }

  @Test func `tiny and huge rewards are scaled alike`() throws {
    for scale in [1e-200, 1e-3, 1e200] {
      let scaled = try Advantage.groupNorm(batch([scale, 0, scale, 0]), deviation: .population, epsilon: 0)
      #expect(close(try advantages(scaled), [1, -1, 1, -1], 1e-15))
    }
  }
}
