import Testing

@testable import Engine

/// What becomes of a rollout before an objective sees it; values by hand.
@Suite struct SamplerCorrectionTests {
  /// Log ratios of trainer to sampler log 4, 0 and log 0.25 in one sequence, log 8 in the other.
  func batch() throws -> Batch {
    let four = 1.3862943611198906
    return try Batch(
      logp: Tensor(rows: [[-1, -1, -1], [-1]]),
      [
        .sampler: Tensor(rows: [[-1 - four, -1, -1 + four], [-1 - 1.5 * four]]), .reward: Tensor([1, 0]),
        .advantage: Tensor([1, -1]),
      ])
  }

  func weights(
    _ rule: SamplerCorrection.Rule, _ level: SamplerCorrection.Level, low: Double = 0, high: Double
  ) throws -> [Double] {
    let corrected = try SamplerCorrection.apply(rule, level, low: low, high: high, to: batch(), for: "test")
    return try #require(corrected[.weight]).values
  }

  @Test func `weights are truncated, masked or only kept, by token or by sequence`() throws {
    #expect(close(try weights(.truncate, .token, high: 2), [2, 1, 0.25, 2], 1e-15))
    #expect(close(try weights(.mask, .token, low: 0.5, high: 5), [4, 1, 0, 0], 1e-14))
    #expect(try weights(.reject, .token, low: 0.5, high: 5) == [1, 1, 0, 0])
    #expect(close(try weights(.truncate, .sequence, high: 3), [1, 3], 1e-15))
    #expect(close(try weights(.mask, .geometric, low: 0.5, high: 5), [1, 0], 1e-15))
    #expect(try weights(.reject, .geometric, high: 9) == [1, 1])
  }

  @Test func `corrections multiply, and act on an objective's surrogate alone`() throws {
    let once = try SamplerCorrection.apply(.reject, .geometric, low: 0.5, high: 5, to: batch(), for: "test")
    let twice = try SamplerCorrection.apply(.truncate, .token, high: 2, to: once, for: "test")
    #expect(close(try #require(twice[.weight]).values, [2, 1, 0.25, 0], 1e-15))
    let objective = try #require(ObjectiveCatalog.card("grpo")).make()
    // On-policy: (2 + 1 + 0.25) / 3 for the first sequence, nothing of the second, over two.
    #expect(close(try objective.evaluate(twice).value.item(), 3.25 / 6, 1e-15))
  }

  @Test func `what is missing or impossible is said`() throws {
    let plain = try Batch(logp: Tensor(rows: [[-1]]), [.reward: Tensor([1])])
    #expect(throws: EngineError.self) {
      try SamplerCorrection.apply(.truncate, .token, high: 2, to: plain, for: "tis")
    }
    for (low, high) in [(2.0, 1.0), (-1, 2), (1, 1), (.nan, 1)] {
      #expect(throws: EngineError.self) {
        try SamplerCorrection.apply(.mask, .token, low: low, high: high, to: batch(), for: "mis")
      }
    }
    #expect(throws: EngineError.self) { try plain.overlongFiltered() }
    for (limit, buffer) in [(4.0, 0.0), (4, 5), (0, 1), (4, -1), (.infinity, 1)] {
      #expect(throws: EngineError.self) {
        try RewardShaping.softOverlong(plain, limit: limit, buffer: buffer)
      }
    }
    #expect(throws: EngineError.self) { try RewardShaping.klInReward(plain, beta: 0.1, estimator: .k1) }
  }

  @Test func `soft overlong punishment falls in a line over the buffer`() throws {
    let lengths = [2, 3, 4, 5, 6, 7]
    let batch = try Batch(
      logp: Tensor(rows: lengths.map { [Double](repeating: -1, count: $0) }),
      [.reward: Tensor([1, 1, 1, 1, 1, 1])])
    let shaped = try RewardShaping.softOverlong(batch, limit: 6, buffer: 4)
    #expect(try #require(shaped[.reward]).values == [1, 0.75, 0.5, 0.25, 0, 0])
  }

  @Test func `only groups whose rewards differ are informative`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1], [-2], [-3], [-4], [-5], [-6]]),
      [.reward: Tensor([1, 0, 1, 1, 0, 0]), .group: [0, 1, 0, 1, 2, 2]])
    let informative = try batch.informativeGroups()
    let kept = try #require(informative)
    #expect(kept.logp.values == [-2, -4])
    #expect(kept.group == [1, 1])
    #expect(try batch.select([0, 2, 4, 5]).informativeGroups() == nil)
  }

  /// By hand: of 0.5, 0.1, 0.4, 0.2, 0.3 the quantile 0.6 is 0.3 + 0.4 * 0.1 = 0.34; a share of 1 keeps all.
  @Test func `only the tokens of largest entropy keep a weight`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -1], [-1, -1, -1]]),
      [.weight: Tensor([1, 3]), .entropy: Tensor(rows: [[0.5, 0.1], [0.4, 0.2, 0.3]])])
    #expect(try batch.highEntropy(share: 0.4)[.weight]?.values == [1, 0, 3, 0, 0])
    #expect(try batch.highEntropy(share: 1)[.weight]?.values == [1, 1, 3, 3, 3])
    for share in [0, -1, 1.1, .nan] {
      #expect(throws: EngineError.self) { try batch.highEntropy(share: share) }
    }
    #expect(throws: EngineError.self) { try Batch(logp: Tensor(rows: [[-1]])).highEntropy(share: 0.2) }
  }

  @Test func `cut off completions are known by their missing end`() throws {
    let sequences = TokenSequences(prompts: [[1]], promptOf: [0, 0], completions: [[3, 0], [3]])
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -1], [-1]]), [.truncated: sequences.truncated], sequences: sequences)
    #expect(batch[.truncated]?.values == [0, 1])
    let filtered = try batch.overlongFiltered()
    #expect(filtered.count == 2 && filtered[.weight] == nil)
    #expect(filtered.rows.mask == [true, true, false] && filtered.rows.trainable.nonEmptyCount == 1)
    #expect(try batch.overlongFiltered(counted: true)[.weight]?.values == [1, 0])
    // Nothing is left to average over.
    let none = try batch.select([1]).overlongFiltered()
    #expect(try none.count == 1 && none.logp.tokenMean().item() == 0)
    #expect(try batch.select([0]).overlongFiltered().rows.trainableTokens == nil)
  }
}
