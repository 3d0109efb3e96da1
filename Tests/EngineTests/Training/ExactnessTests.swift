import Testing

@testable import Engine

/// What docs/numerics.md promises of the engine; bits are compared, so nothing here has a tolerance.
@Suite struct ExactnessTests {
  static func rollout(
    _ policy: Policy, group: Int, options: SamplingOptions, prompts: [[Int32]] = SamplerTests.prompts
  ) throws -> Batch {
    let sampled = try sample(policy, prompts: prompts, group: group, options: options)
    let rows = try Rows(lengths: sampled.sequences.completions.map(\.count))
    let logp = try Tensor(widening: sampled.logProbs, rows)
    return try Batch(
      logp: logp, [.old: logp, .group: sampled.sequences.promptOf], sequences: sampled.sequences,
      temperature: options.reportedTemperature)
  }

  @Test(arguments: TestModels.configurations.indices, [1, 2, 7])
  func `on-policy every ratio is exactly 1, for any lengths, group and minibatches`(
    _ index: Int, _ group: Int
  )
    throws
  {
    let policy = try TestModels.policy(index)
    for (longest, temperature) in [(1, 1.0), (6, 0.6), (40, 1.0)] {
      let batch = try Self.rollout(
        policy, group: group,
        options: SamplingOptions(maxNewTokens: longest, temperature: temperature, endToken: 4, seed: 21))
      for parts in [1, 2, 3, batch.count] {
        for (place, part) in try batch.minibatches(parts, seed: parts == 2 ? 5 : nil).enumerated() {
          let sequences = try #require(part.sequences)
          let pass = try policy.forward(sequences, temperature: temperature, forGradient: place % 2 == 0)
          let current = try part.with(.logp, Tensor(widening: pass.logProbs, part.rows))
          #expect(try current.ratio().values.allSatisfy { $0 == 1 })
          #expect(try current.logRatio().values.allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test func `on-policy ratios are 1 again after every update of a policy`() throws {
    var policy = try TestModels.policy(2).withFreshOptimizer(OptimizerConfiguration(learningRate: 1e-2))
    for step in 0..<4 as Range<UInt64> {
      let batch = try Self.rollout(
        policy, group: 3, options: SamplingOptions(maxNewTokens: 12, endToken: 4, seed: 1, step: step))
      let sequences = try #require(batch.sequences)
      policy =
        try update(policy, sequences) { pass in
          #expect(zip(pass.logProbs.elements, batch.old.values).allSatisfy { Double($0) == $1 })
          return TokenDerivatives(logProbs: pass.logProbs.elements.indices.map { Double($0 % 5) - 2 })
        }.policy
    }
  }

  @Test func `samples have the same bits in any grouping of prompts`() throws {
    let policy = try TestModels.policy(3)
    let prompts = SamplerTests.prompts
    let group = 5
    func run(_ prompts: [[Int32]], longest: Int = 4000) throws -> (tokens: [[Int32]], logp: [[Double]]) {
      let options = SamplingOptions(maxNewTokens: longest, endToken: 4, seed: 2)
      let batch = try Self.rollout(policy, group: group, options: options, prompts: prompts)
      return (try #require(batch.sequences).completions, batch.old.rowValues)
    }
    let all = try run(prompts)
    #expect(all.tokens.allSatisfy { $0.last == 4 })
    // A cache for 100,000 tokens a completion holds five completions at once.
    let few = try run(prompts, longest: 100_000)
    #expect(few.tokens == all.tokens)
    #expect(few.logp == all.logp)
    // Draws follow a prompt's place in the list: those before it may be others, and there may be none after.
    for place in prompts.indices {
      let others = prompts[..<place].map { [$0[0], 5, 6] } + [prompts[place]]
      let some = try run(others)
      let own = place * group..<(place + 1) * group
      #expect(some.tokens[own] == all.tokens[own])
      #expect(some.logp[own] == all.logp[own])
    }
  }
}
