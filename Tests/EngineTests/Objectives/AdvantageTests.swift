import Testing

@testable import Engine

@Suite struct AdvantageTests {
  func batch(_ rewards: [Double], group: [Int]? = nil) throws -> Batch {
    func tokens(_ value: Double) throws -> Tensor { try Tensor(rows: rewards.map { _ in [value] }) }
    return try Batch(
      logp: tokens(-1), [.reward: Tensor(rewards), .group: group, .scoreNorm: tokens(0.5)])
  }

  func advantages(_ batch: Batch) throws -> [Double] { try #require(batch[.advantage]).values }

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
    #expect(mixed.group == [7, 2, 7, 2])
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

  func estimate(
    _ name: String, _ batch: Batch, _ arguments: [String: ParameterValue] = [:]
  ) throws -> [Double] {
    let card = try #require(AdvantageCatalog.card(name))
    return try advantages(card(batch, arguments))
  }

  /// delta = -0.14, 0.14, 0.4; then A_t = delta_t + 0.72 A_{t+1}.
  @Test func `GAE has the hand-computed values`() throws {
    let episode = try Batch(
      logp: Tensor(rows: [[-1, -1, -1], []]),
      [.reward: Tensor([1, 5]), .values: Tensor(rows: [[0.5, 0.4, 0.6], []])])
    let discounts: [String: ParameterValue] = ["gamma": .number(0.9), "lambda": .number(0.8)]
    #expect(close(try estimate("gae", episode, discounts), [0.16816, 0.428, 0.4], 1e-15))
    // With gamma = lambda = 1 it is the return less the value.
    let plain: [String: ParameterValue] = ["gamma": .number(1), "lambda": .number(1)]
    #expect(close(try estimate("gae", episode, plain), [0.5, 0.6, 0.4], 1e-15))
    #expect(throws: EngineError.self) { try estimate("gae", batch([1])) }
  }

  /// Rewards 3, 1, 0, 0 with lengths 1, 3, 2, 2 in one group of four.
  func lengths() throws -> Batch {
    try Batch(
      logp: Tensor(rows: [[-1], [-1, -1, -1], [-1, -1], [-1, -1]]),
      [.reward: Tensor([3, 1, 0, 0]), .greedyReward: [1, 1, 1, 0]])
  }

  @Test func `baselines have the hand-computed values`() throws {
    let batch = try lengths()
    // Weighted by length: (3 + 3) / 8 = 0.75.
    #expect(try estimate("opo", batch) == [2.25, 0.25, -0.75, -0.75])
    #expect(try estimate("remax", batch) == [2, 0, -1, 0])
    // alpha = 4 / 2, and 4 / 4 when advantages are counted.
    #expect(try estimate("gpg", batch) == [4, 0, -2, -2])
    #expect(
      try estimate("gpg", batch, ["count": .text("advantage")]) == [2 * 4 / 3.0, 0, -4 / 3.0, -4 / 3.0])
    #expect(try estimate("maxrl", batch) == [2, 0, -1, -1])
    #expect(try estimate("grpo_passk", batch) == [2, 0, 0, 0])
    // Sample deviation of 3, 1, 0, 0: sqrt(6 / 3).
    let scaled = try estimate("grpo_passk", batch, ["scale": .text("std")])
    #expect(close(scaled[0], 2 / (2.0.squareRoot() + 1e-6), 1e-15))
    #expect(
      close(
        try estimate("lite_ppo", batch, ["eps": .number(0)]), [2, 0, -1, -1].map { $0 / 2.0.squareRoot() },
        1e-15))
  }

  @Test func `REINFORCE++ whitens rewards to go over tokens`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -1], [-1, -1]]),
      [.ref: Tensor(rows: [[-1.5, -1], [-1, -1.25]]), .reward: Tensor([1, 0]), .group: [0, 0]])
    // With beta 0.2 rewards are -0.1, 1, 0, -0.05; with gamma 0.5 returns are 0.4, 1, -0.025, -0.05.
    let returns = [0.4, 1, -0.025, -0.05]
    let mean = 1.325 / 4
    let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
    let expected = returns.map { ($0 - mean) / (variance + 1e-8).squareRoot() }
    let given: [String: ParameterValue] = ["beta": .number(0.2), "gamma": .number(0.5)]
    #expect(close(try estimate("reinforce_pp", batch, given), expected, 1e-14))
    // The baseline form: 0.5, 0.5, -0.5, -0.5 over the sample deviation 1/sqrt(3).
    let half = 0.5 / (1 / 3.0 + 1e-8).squareRoot()
    #expect(close(try estimate("reinforce_pp_baseline", batch), [half, half, -half, -half], 1e-14))
    #expect(throws: EngineError.self) {
      try estimate("reinforce_pp", self.batch([1, 0]), ["beta": .number(0.1)])
    }
  }

  @Test func `GDPO keeps a small reward from drowning in a large one`() throws {
    let batch = try batch([0, 0, 0, 0], group: [0, 0, 1, 1])
    let large = try Tensor([100, 0, 0, 0])
    let small = try Tensor([0, 0, 0, 1])
    // Each is +-sqrt(1/2) in its group once scaled by its sample deviation, and already centred over the batch.
    let both = try advantages(
      Advantage.decoupled(batch, rewards: [large, small], weights: [1, 1], epsilon: 0))
    let unit = 0.5.squareRoot() / (2 / 3.0 + 1e-8).squareRoot()
    #expect(close(both, [unit, -unit, -unit, unit], 1e-12))
    #expect(throws: EngineError.self) { try Advantage.decoupled(batch, rewards: [large], weights: []) }
    #expect(throws: EngineError.self) { try Advantage.decoupled(batch, rewards: [Tensor([1])], weights: [1]) }
  }

  @Test(arguments: AdvantageCatalog.all.map(\.name))
  func `equal rewards never give more than rounding, and strange ones are named`(_ name: String) throws {
    guard !["gae", "whiten", "remax", "distill"].contains(name) else { return }
    #expect(try estimate(name, batch([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).allSatisfy { $0 == 0 })
    for bad in [Double.nan, .infinity] {
      do {
        _ = try estimate(name, batch([1, 0, bad, 1]))
        Issue.record("no error for \(bad)")
      } catch let error as EngineError { #expect(error.message.contains("sequence 2")) }
    }
    #expect(throws: EngineError.self) { try estimate(name, Batch(logp: Tensor(rows: [[-1]]))) }
  }

  @Test(arguments: AdvantageCatalog.all.map(\.name))
  func `a group of one is zero or an error, and never NaN`(_ name: String) throws {
    guard !["gae", "whiten", "remax", "distill"].contains(name) else { return }
    let single = try batch([5, 1, 2], group: [0, 1, 1])
    if ["rloo", "grpo_passk"].contains(name) {
      #expect(throws: EngineError.self) { try estimate(name, single) }
    } else if !["reinforce_pp", "reinforce_pp_baseline"].contains(name) {
      #expect(try estimate(name, single)[0] == 0)
    } else {
      #expect(try estimate(name, single).allSatisfy { $0.isFinite })
    }
  }

  /// One token of three: weighted by its probabilities, the gradient in the logits is that of -KL, p_k (KL - log(p_k /
  /// q_k)).
  @Test func `distillation follows the gradient of the divergence from the teacher`() throws {
    let (p, q) = ([0.2, 0.5, 0.3], [0.6, 0.3, 0.1])
    func rows(_ x: [Double]) throws -> Tensor { try Tensor(rows: x.map { [log($0)] }) }
    let batch = try Batch(logp: rows(p), [.ref: rows(q)])
    let card = try #require(AdvantageCatalog.card("distill"))
    let advantage = try #require(card(batch)[.advantage]).values
    let divergence = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    for k in 0..<3 {
      let slope = (0..<3).reduce(0.0) { $0 + p[$1] * advantage[$1] * (($1 == k ? 1 : 0) - p[k]) }
      #expect(close(slope, p[k] * (divergence - log(p[k] / q[k])), 1e-15))
    }
    let long = try Batch(logp: Tensor(rows: [[-1, -2, -3]]), [.ref: Tensor(rows: [[-2, -1, -5]])])
    #expect(try card(long, ["gamma": .number(0.5)])[.advantage]?.values == [-1, 0, -2])
    #expect(throws: EngineError.self) { try card(Batch(logp: Tensor(rows: [[-1]]))) }
  }

  @Test func `cards are complete`() throws {
    for card in AdvantageCatalog.all {
      #expect(AdvantageCatalog.all.filter { $0.name == card.name }.count == 1)
      #expect(![card.summary, card.equation, card.paper, card.objective].contains(""))
      #expect(!card.conventions.isEmpty && !card.edgeCases.isEmpty)
      for parameter in card.parameters {
        try parameter.check(#require(parameter.defaultValue), for: card.name)
        #expect(!parameter.source.isEmpty)
      }
      #expect(throws: EngineError.self) { try card(batch([1, 0]), ["no_such": .number(1)]) }
    }
    #expect(throws: EngineError.self) { try estimate("gae", batch([1]), ["gamma": .number(1.5)]) }
    #expect(throws: EngineError.self) { try estimate("group_norm", batch([1]), ["std": .text("biased")]) }
  }
}
