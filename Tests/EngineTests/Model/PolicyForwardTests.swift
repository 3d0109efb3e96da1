import Testing

@testable import Engine

@Suite struct PolicyForwardTests {
  /// Float activations through a few blocks: errors of 1e-5 at most.
  @Test(arguments: TestModels.configurations.indices, [1.0, 0.6])
  func `log-probabilities and entropies match a double-precision model`(_ index: Int, _ temperature: Double)
    throws
  {
    let policy = try TestModels.policy(index)
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    let pass = try policy.forward(sequences, temperature: temperature)
    let reference = ReferenceModel(policy).tokens(sequences, temperature: temperature)
    #expect(pass.logProbs.count == sequences.tokenCount)
    for i in 0..<sequences.tokenCount {
      #expect(abs(Double(pass.logProbs.base[i]) - reference.logProbs[i]) < 2e-5)
      #expect(abs(Double(pass.entropy.base[i]) - reference.entropy[i]) < 2e-5)
    }
    let prompt = sequences.prompts[2]
    let logits = try policy.logits(of: prompt)
    let exact = ReferenceModel(policy).logits(prompt)
    #expect(zip(logits, exact).allSatisfy { zip($0, $1).allSatisfy { abs(Double($0) - $1) < 2e-5 } })
    #expect(logits.count == prompt.count)
  }

  @Test(arguments: TestModels.configurations.indices)
  func `bits are the same however the batch is split`(_ index: Int) throws {
    let policy = try TestModels.policy(index)
    let all = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    let together = try policy.forward(all, forGradient: true)
    var place = 0
    for (i, completion) in all.completions.enumerated() {
      let alone = try policy.forward(
        TokenSequences(prompts: [all.prompts[all.promptOf[i]]], promptOf: [0], completions: [completion]))
      for j in completion.indices {
        #expect(alone.logProbs.base[j].bitPattern == together.logProbs.base[place + j].bitPattern)
        #expect(alone.entropy.base[j].bitPattern == together.entropy.base[place + j].bitPattern)
      }
      place += completion.count
    }
  }

  @Test func `batches that fit no policy are refused`() throws {
    let policy = try TestModels.policy(0)
    #expect(throws: EngineError.self) {
      try policy.forward(TokenSequences(prompts: [[11]], promptOf: [0], completions: [[1]]))
    }
    #expect(throws: EngineError.self) {
      try policy.forward(TokenSequences(prompts: [[]], promptOf: [0], completions: [[1]]))
    }
    #expect(throws: EngineError.self) {
      try policy.forward(TokenSequences(prompts: [[1], [2]], promptOf: [1, 0], completions: [[1], [1]]))
    }
    #expect(throws: EngineError.self) {
      try policy.forward(TokenSequences(prompts: [[1]], promptOf: [0], completions: [[-1]]))
    }
    #expect(throws: EngineError.self) {
      try policy.forward(TokenSequences(prompts: [[1]], promptOf: [0], completions: [[1]]), temperature: 0)
    }
    let empty = try policy.forward(TokenSequences(prompts: [[1]], promptOf: [], completions: []))
    #expect(empty.logProbs.count == 0)
  }

  @Test(arguments: [
    PolicyConfiguration(vocabulary: 10, width: 1_000_000_000),
    PolicyConfiguration(vocabulary: 10, layers: 1 << 20, width: 1 << 20, heads: 4),
    PolicyConfiguration(vocabulary: .max), PolicyConfiguration(vocabulary: 10, layers: 0),
    PolicyConfiguration(vocabulary: 8, layers: 16_000_000, width: 1, heads: 1, headWidth: 2),
    PolicyConfiguration(vocabulary: 10, heads: 0), PolicyConfiguration(vocabulary: 10, heads: 4, kvHeads: 3),
    PolicyConfiguration(vocabulary: 10, width: 12, heads: 4), PolicyConfiguration(vocabulary: 10, width: -5),
    PolicyConfiguration(vocabulary: 10, ropeBase: .nan), PolicyConfiguration(vocabulary: 10, normEpsilon: 0),
    PolicyConfiguration(vocabulary: 10, width: .max),
  ])
  func `absurd sizes are refused before memory is taken`(_ configuration: PolicyConfiguration) {
    let before = Runtime.current.memory.bytesInUse
    #expect(throws: EngineError.self) { try Policy(configuration: configuration, seed: 1) }
    #expect(Runtime.current.memory.bytesInUse - before < 1 << 28)
  }

  /// Hand count: 64 x 128 twice, 4 x (128 x 384 + 128 x 128 + 3 x 128 x 384 + 2 x 128 + 2 x 32), and 128.
  @Test func `parameters are counted as the sizes say`() throws {
    let configuration = PolicyConfiguration(
      vocabulary: 64, layers: 4, width: 128, heads: 4, headWidth: 32, ffnWidth: 384)
    #expect(configuration.parameterCount == 869_760)
    #expect(try Policy(configuration: configuration, seed: 1).parameterCount == 869_760)
  }

  @Test func `the same seed gives the same weights, another does not`() throws {
    let c = TestModels.configurations[1]
    let first = try Policy(configuration: c, seed: 3).fingerprint
    #expect(first == (try Policy(configuration: c, seed: 3).fingerprint))
    #expect(first != (try Policy(configuration: c, seed: 4).fingerprint))
  }
}
