import Testing

@testable import Engine

/// What a mixture of experts promises beside what every policy does (`PolicyForwardTests`, `PolicyGradientTests`).
@Suite struct MixtureTests {
  static let indices = TestModels.configurations.indices.filter {
    TestModels.configurations[$0].mixture != nil
  }

  /// By hand: of logits [1, 3, 3, 2] the best two are 1 and 2; of three the rest goes to the last.
  @Test func `the best experts are chosen, of equals the lower number`() throws {
    func chosen(_ scores: [Float], _ active: Int) throws -> [Int] {
      let result = try Storage<Float>(uninitialized: active, for: "test")
      let scores = try Storage(scores, for: "test")
      ExpertRouting.choose(scores.view.at(0), scores.count, active, into: result.view.at(0))
      return result.elements.map { Int($0) }
    }
    #expect(try chosen([1, 3, 3, 2], 2) == [1, 2])
    #expect(try chosen([1, 3, 3, 2], 1) == [1])
    #expect(try chosen([1, 3, 3, 2], 3) == [1, 2, 3])
    #expect(try chosen([0, 0, 0, 0], 2) == [0, 1])
    #expect(try chosen([5, 1, 2, 2, 9, 2], 3) == [0, 2, 4])
    #expect(try Set(chosen([.nan, .nan, 1, .infinity, .nan], 4)).count == 4)
  }

  /// The same bits as the dense layer's sum has in another order: 1e-6 of numbers of order 1.
  @Test func `a mixture with one expert is the dense layer`() throws {
    let mixture = MixtureConfiguration(experts: 1, active: 1, width: 40)
    var configuration = PolicyConfiguration(vocabulary: 11, layers: 2, width: 24, heads: 2, ffnWidth: 40)
    let dense = try Policy(configuration: configuration, seed: 1)
    configuration.mixture = mixture
    let policy = try Policy(configuration: configuration, seed: 1)
    let weights = try Storage<Float>(uninitialized: policy.parameterCount, for: "test")
    for tensor in policy.tensors {
      let name = tensor.name.split(separator: "experts.0.").joined()
      let source = dense.tensors.first { $0.name == name } ?? tensor
      tensor.view(weights).copy(0, from: source.view(source.name == name ? dense.weights : policy.weights), 0)
    }
    let tokens: [Int32] = [1, 2, 3, 4, 5]
    for (a, b) in zip(try policy.replacing(weights: weights).logits(of: tokens), try dense.logits(of: tokens))
    {
      for (a, b) in zip(a, b) { #expect(abs(a - b) < 1e-6) }
    }
  }

  /// Hand count: 3 layers of which one is dense; of 20 experts of 3 x 33 x 9 weights a token meets 3.
  @Test func `active parameters are those that a token meets`() {
    let c = TestModels.configurations[Self.indices[1]]
    #expect(c.mixtureLayers == [0, 2])
    #expect(c.activeParameterCount == c.parameterCount - 2 * 17 * 3 * 33 * 9)
  }

  @Test(arguments: indices)
  func `sampling and training choose the same experts, in any number of threads`(_ index: Int) throws {
    let policy = try TestModels.policy(index)
    let prompts: [[Int32]] = [[1, 2, 3], [4], [5, 6, 7, 8, 1]]
    var seen: [[ExpertSets]] = []
    for threads in [1, 2, 5] {
      let (sampled, pass) = try Runtime(threads: threads).run {
        let sampled = try sample(
          policy, prompts: prompts, group: 7, options: SamplingOptions(maxNewTokens: 9, endToken: 0, seed: 3))
        return (sampled, try policy.forward(sampled.sequences))
      }
      #expect(sampled.logProbs.view.hasSameBits(as: pass.logProbs.view))
      let experts = try #require(pass.experts)
      #expect(try #require(sampled.experts) == experts)
      let parts = try ForwardPass(
        policy, sampled.sequences, temperature: 1, forGradient: true, activationLimit: 0)
      #expect(parts.experts == experts)
      seen.append(experts)
    }
    #expect(seen[0] == seen[1] && seen[0] == seen[2])
    #expect(Set(seen[0].flatMap(\.elements)).count > 2)
  }

  /// Central differences of a double-precision loss whose choices of experts are held, along the gradient of each
  /// tensor.
  @Test(arguments: indices)
  func `the balancing loss is differentiated beside the objective, however the batch is cut`(_ index: Int)
    throws
  {
    let policy = try TestModels.policy(index)
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    let pass = try policy.forward(sequences, forGradient: true)
    let load = try #require(pass.load)
    #expect(abs(load.balanceLoss - BalanceReference(policy, sequences, pass).loss(policy)) < 1e-5)
    let zeros = [Double](repeating: 0, count: sequences.tokenCount)
    let gradient = try pass.backward(TokenDerivatives(logProbs: zeros, balance: 0.7)).elements
    let parts = try ForwardPass(policy, sequences, temperature: 1, forGradient: true, activationLimit: 0)
    #expect(abs(try #require(parts.load).balanceLoss - load.balanceLoss) < 1e-12)
    #expect(try #require(parts.load).counts == load.counts)
    let pieces = try parts.backward(TokenDerivatives(logProbs: zeros, balance: 0.7)).elements
    let length = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    for (a, b) in zip(gradient, pieces) { #expect(abs(Double(a - b)) < 1e-5 * length) }
    let reference = BalanceReference(policy, sequences, pass)
    for tensor in policy.tensors {
      let own = gradient[tensor.offset..<tensor.offset + tensor.count].map(Double.init)
      let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 1e-5 else { continue }
      let direction = own.map { $0 / length }
      let slope =
        (reference.loss(policy, tensor, direction, 1e-5) - reference.loss(policy, tensor, direction, -1e-5))
        / 2e-5
      #expect(abs(0.7 * slope + length) < 1e-3 * length, "\(tensor.name)")
    }
    let router = try #require(policy.tensors.last { $0.role == .router })
    #expect(gradient[router.offset..<router.offset + router.count].contains { $0 != 0 })
    let without = try policy.forward(sequences, forGradient: true).backward(TokenDerivatives(logProbs: zeros))
    #expect(without.elements.allSatisfy { $0 == 0 })
  }

  @Test func `noise on the choice is that of the row: one policy routes alike, another weight changes it`()
    throws
  {
    let plain = try TestModels.policy(Self.indices[1])
    let noisy = try plain.withRoutingNoise(RoutingNoise(deviation: 3, seed: 1))
    #expect(noisy.fingerprint == plain.fingerprint)
    let sampled = try sample(
      noisy, prompts: [[1, 2], [3]], group: 8, options: SamplingOptions(maxNewTokens: 12, seed: 1))
    let pass = try noisy.forward(sampled.sequences)
    #expect(sampled.logProbs.view.hasSameBits(as: pass.logProbs.view))
    #expect(sampled.experts == pass.experts)
    let free = try #require(plain.forward(sampled.sequences).experts)
    #expect(free != pass.experts)
    #expect(try noisy.withRoutingNoise(nil).forward(sampled.sequences).experts == free)
    let other = try plain.withRoutingNoise(RoutingNoise(deviation: 3, seed: 2))
    #expect(try other.forward(sampled.sequences).experts != pass.experts)
  }

  @Test(arguments: [
    MixtureConfiguration(experts: 0, active: 1, width: 4),
    MixtureConfiguration(experts: 4, active: 5, width: 4),
    MixtureConfiguration(experts: 4, active: 0, width: 4),
    MixtureConfiguration(experts: 4, active: 2, width: 0),
    MixtureConfiguration(experts: 4, active: 2, width: .max),
    MixtureConfiguration(experts: .max, active: 2, width: 4),
    MixtureConfiguration(experts: 4, active: 2, width: 4, denseLayers: [2]),
    MixtureConfiguration(experts: 4, active: 2, width: 4, denseLayers: [0, 1]),
    MixtureConfiguration(experts: 4, active: 2, width: 4, noise: RoutingNoise(deviation: .nan)),
  ])
  func `sizes that make no mixture are refused`(_ mixture: MixtureConfiguration) {
    #expect(throws: EngineError.self) {
      try Policy(configuration: PolicyConfiguration(vocabulary: 8, mixture: mixture), seed: 1)
    }
  }
}

/// The balancing loss in double precision, with the choices of a pass held fixed.
private struct BalanceReference {
  let sequences: TokenSequences
  let experts: [ExpertSets]
  let counts: [[Double]]
  let tokens: Double

  init(_ policy: Policy, _ sequences: TokenSequences, _ pass: ForwardPass) {
    self.sequences = sequences
    experts = pass.experts ?? []
    counts = (pass.load?.counts ?? []).map { $0.map(Double.init) }
    tokens = Double(pass.load?.tokens ?? 0)
  }

  func loss(
    _ policy: Policy, _ tensor: ParameterTensor? = nil, _ direction: [Double] = [], _ step: Double = 0
  ) -> Double {
    var model = ReferenceModel(policy)
    for (i, d) in direction.enumerated() { model.w[(tensor?.offset ?? 0) + i] += step * d }
    var shares = counts.map { $0.map { _ in 0.0 } }
    for (episode, completion) in sequences.completions.enumerated() where !completion.isEmpty {
      let read = sequences.prompts[sequences.promptOf[episode]] + completion.dropLast()
      let sets = experts[episode]
      let held = (0..<read.count).map { token in
        (0..<sets.layers).map { layer in
          (0..<sets.active).map { Int(sets.elements[token * sets.stride + layer * sets.active + $0]) }
        }
      }
      for row in model.routerShares(read, experts: held) {
        for (layer, row) in row.enumerated() {
          for (expert, share) in row.enumerated() { shares[layer][expert] += share }
        }
      }
    }
    return zip(counts, shares).reduce(0.0) { sum, layer in
      sum + Double(layer.0.count) * zip(layer.0, layer.1).reduce(0) { $0 + $1.0 * $1.1 }
    } / tokens / tokens / Double(counts.count)
  }
}
