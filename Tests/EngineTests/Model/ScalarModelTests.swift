import Testing

@testable import Engine

/// Transformers with a head of one number.
@Suite struct ScalarModelTests {
  /// A model with a head away from 0, so that gradients reach the whole of it.
  static func model(_ index: Int) throws -> ScalarModel {
    let plain = try ScalarModel(trunk: TestModels.policy(index), optimizer: OptimizerConfiguration())
    let network = plain.network
    let next = try Storage<Float>(uninitialized: network.parameterCount, for: "test")
    let noise = Philox(seed: 4, .script)
    network.withWeights { weights in
      for tensor in network.tensors {
        for i in tensor.offset..<tensor.offset + tensor.count {
          next.base[i] = weights[i] + (tensor.role == .head ? Float(noise.uniform(at: UInt64(i)) - 0.5) : 0)
        }
      }
    }
    return ScalarModel(network.replacing(weights: next))
  }

  /// The number before each completion token by the double-precision model.
  static func expected(_ model: ReferenceModel, _ sequences: TokenSequences) -> [Double] {
    sequences.completions.enumerated().flatMap { index, completion in
      let prompt = sequences.prompts[sequences.promptOf[index]]
      let rows = model.logits(prompt + completion)
      return completion.indices.map { rows[prompt.count + $0 - 1][0] }
    }
  }

  @Test(arguments: TestModels.configurations.indices)
  func `a fresh head gives 0 and the trunk is the policy's`(_ index: Int) throws {
    let policy = try TestModels.policy(index)
    let model = try ScalarModel(trunk: policy, optimizer: OptimizerConfiguration())
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    let pass = try ScalarPass(model, sequences, forGradient: false)
    #expect(pass.values.elements.allSatisfy { $0 == 0 })
    let trunk = policy.tensors.filter { $0.role != .head }.reduce(0) { $0 + $1.count }
    let same = policy.withWeights { a in
      model.network.withWeights { b in (0..<trunk).allSatisfy { a[$0] == b[$0] } }
    }
    #expect(same)
    #expect(model.parameterCount == trunk + policy.configuration.width)
    #expect(model.parameterCount == model.configuration.parameterCount)
  }

  /// Single-precision sums over some hundred terms of order 1.
  @Test(arguments: TestModels.configurations.indices)
  func `values match a double-precision model`(_ index: Int) throws {
    let model = try Self.model(index)
    let sequences = TestModels.sequences(vocabulary: model.configuration.vocabulary)
    let pass = try ScalarPass(model, sequences, forGradient: false)
    let expected = Self.expected(ReferenceModel(model.network), sequences)
    #expect(expected.contains { abs($0) > 0.1 })
    for (value, reference) in zip(pass.values.elements, expected) {
      #expect(abs(Double(value) - reference) < 1e-4)
    }
  }

  /// As for policies: along its own gradient, and along random signs; 2e-4 and 1e-3 of the length.
  @Test(arguments: TestModels.configurations.indices)
  func `the gradient matches central differences of a double-precision model`(_ index: Int) throws {
    let model = try Self.model(index)
    let sequences = TestModels.sequences(vocabulary: model.configuration.vocabulary)
    let derivatives = PolicyGradientTests.derivatives(sequences.tokenCount, seed: 1)
    let gradient = try ScalarPass(model, sequences, forGradient: true).backward(derivatives)
    let g = gradient.elements.map(Double.init)
    let reference = ReferenceModel(model.network)
    func slope(_ direction: [(index: Int, size: Double)]) -> Double {
      func value(_ sign: Double) -> Double {
        var moved = reference
        for (index, size) in direction { moved.w[index] += sign * 1e-5 * size }
        return zip(Self.expected(moved, sequences), derivatives).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return (value(1) - value(-1)) / 2e-5
    }
    let signs = Philox(seed: 3, .script)
    for tensor in model.network.tensors {
      let range = tensor.offset..<tensor.offset + tensor.count
      let length = range.reduce(0.0) { $0 + g[$1] * g[$1] }.squareRoot()
      if length == 0, tensor.name.contains(".experts.") {
        // An expert that no token chose.
        #expect(slope(range.map { (index: $0, size: 1.0) }) == 0, "\(tensor.name)")
        continue
      }
      #expect(length > 0, "\(tensor.name)")
      #expect(abs(slope(range.map { ($0, g[$0] / length) }) - length) < 2e-4 * length, "\(tensor.name)")
      let random = range.map { (index: $0, size: signs.bits(at: UInt64($0)) & 1 == 0 ? 1.0 : -1.0) }
      let along = random.reduce(0.0) { $0 + g[$1.index] * $1.size }
      #expect(abs(slope(random) - along) < 1e-3 * length, "\(tensor.name)")
    }
  }

  @Test func `a score is the value of the state after the last token`() throws {
    let model = try Self.model(1)
    let sequences = TestModels.sequences(vocabulary: 37)
    let rows = try Rows(lengths: sequences.completions.map(\.count))
    let batch = try Batch(logp: Tensor.zeros(.tokens(rows)), sequences: sequences)
    let scores = try model.scores(batch).values
    let reference = ReferenceModel(model.network)
    for (index, completion) in sequences.completions.enumerated() {
      let prompt = sequences.prompts[sequences.promptOf[index]]
      let expected = try #require(reference.logits(prompt + completion).last)[0]
      #expect(abs(scores[index] - expected) < 1e-4)
    }
  }

  /// The number of 3s among the tokens, which attention has to count.
  @Test func `a reward model learns to order completions`() throws {
    let policy = try Policy(
      configuration: PolicyConfiguration(vocabulary: 8, layers: 1, width: 32, heads: 2), seed: 1)
    var model = try ScalarModel(trunk: policy, optimizer: OptimizerConfiguration(learningRate: 3e-3))
    var accuracy: [Double] = []
    for step in 0..<60 as Range<UInt64> {
      let sequences = TestModels.sequences(
        vocabulary: 8, lengths: (0..<16).map { _ in (2, [5, 5, 5, 5]) }, seed: step)
      let rows = try Rows(lengths: sequences.completions.map(\.count))
      let batch = try Batch(
        logp: Tensor.zeros(.tokens(rows)),
        [
          .reward: Tensor(sequences.completions.map { Double($0.filter { $0 == 3 }.count) }),
          .group: sequences.promptOf,
        ], sequences: sequences)
      let pairs = try batch.preferences()
      let (next, statistics) = try model.updated(.ends([batch], for: "test")) {
        try ScalarLoss.bradleyTerry($0, pairs: pairs, margin: 0, centre: 0)
      }
      model = next
      accuracy.append(statistics.first { $0.name == "accuracy" }?.value ?? 0)
    }
    // Fresh sequences every step: the last ones are held out.
    #expect(accuracy[0] == 0)
    #expect(accuracy.suffix(5).reduce(0, +) / 5 > 0.9)
  }
}
