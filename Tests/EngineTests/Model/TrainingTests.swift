import Testing

@testable import Engine

/// Tests that set the number of threads, one at a time.
@Suite(.serialized) struct TrainingTests {
  private func run(_ index: Int) throws -> UInt64 {
    var policy = try TestModels.policy(index)
    policy = try policy.withFreshOptimizer(OptimizerConfiguration(learningRate: 1e-3))
    for step in 0..<3 {
      let sampled = try sample(
        policy, prompts: SamplerTests.prompts, group: 9,
        options: SamplingOptions(maxNewTokens: 19, endToken: 4, seed: 1, step: UInt64(step)))
      policy =
        try update(policy, sampled.sequences) { pass in
          #expect(zip(pass.logProbs.elements, sampled.logProbs.elements).allSatisfy { $0 == $1 })
          return TokenDerivatives(
            logProbs: pass.logProbs.elements.indices.map { Double($0 % 3) - 1 },
            entropy: pass.entropy.elements.map { _ in 0.01 })
        }.policy
    }
    return policy.fingerprint
  }

  @Test(arguments: TestModels.configurations.indices)
  func `training gives the same bits with any number of threads`(_ index: Int) throws {
    let one = try Runtime(threads: 1).run { try run(index) }
    for threads in [2, 3, 4] {
      #expect(try Runtime(threads: threads).run { try run(index) } == one)
    }
    #expect(try Runtime(threads: 2).runSequentially { try run(index) } == one)
  }

  @Test func `supervised steps learn to copy`() throws {
    let configuration = PolicyConfiguration(vocabulary: 12, layers: 2, width: 32, heads: 2)
    var policy = try Policy(
      configuration: configuration, seed: 1, optimizer: OptimizerConfiguration(learningRate: 3e-3))
    let batch = TestModels.sequences(vocabulary: 12, lengths: (0..<32).map { _ in (4, [0]) })
    let examples = TokenSequences(
      prompts: batch.prompts, promptOf: Array(batch.prompts.indices), completions: batch.prompts)
    var losses: [Double] = []
    for _ in 0..<150 {
      let (result, loss) = try superviseStep(policy, examples)
      policy = result.policy
      losses.append(loss)
    }
    // First logits are standard normal, which costs half a nat above uniform: log 12 + 0.5 = 2.98.
    #expect(abs((losses.first ?? 0) - 2.98) < 0.3)
    #expect((losses.last ?? 9) < 0.1)
  }

  @Test func `an update ascends the objective`() throws {
    let policy = try TestModels.policy(3).withFreshOptimizer(
      OptimizerConfiguration(.sgd(momentum: 0), learningRate: 1e-5, clipNorm: nil))
    let sequences = TestModels.sequences(vocabulary: 64)
    let weights = PolicyGradientTests.derivatives(sequences.tokenCount, seed: 6)
    func objective(_ policy: Policy) throws -> Double {
      let pass = try policy.forward(sequences)
      return withExtendedLifetime(pass) {
        zip(pass.logProbs.elements, weights).reduce(0) { $0 + Double($1.0) * $1.1 }
      }
    }
    let result = try update(policy, sequences) { _ in TokenDerivatives(logProbs: weights) }
    let rise = try objective(result.policy) - objective(policy)
    // To first order the rise is the rate times the squared norm.
    let expected = 1e-5 * result.gradientNorm * result.gradientNorm
    #expect(abs(rise - expected) < 0.1 * expected)
  }

  /// In a process of its own: the flag stops whatever else runs.
  @Test func `an interrupt stops forward passes, sampling and updates`() async {
    await #expect(processExitsWith: .success) {
      let policy = try TestModels.policy(3)
      let sequences = TestModels.sequences(vocabulary: 64)
      let pass = try policy.forward(sequences, forGradient: true)
      Interrupt.request()
      let forward = #expect(throws: EngineError.self) { try policy.forward(sequences) }
      #expect(forward?.kind == .interrupted)
      let sampling = #expect(throws: EngineError.self) {
        try sample(policy, prompts: [[1]], group: 4, options: SamplingOptions(maxNewTokens: 9))
      }
      #expect(sampling?.kind == .interrupted)
      let backward = #expect(throws: EngineError.self) {
        try pass.backward(TokenDerivatives(logProbs: [Double](repeating: 1, count: sequences.tokenCount)))
      }
      #expect(backward?.kind == .interrupted)
    }
  }
}
