import Testing

@testable import Engine

/// Conjugate gradients, products with the Fisher information, and the step they make.
@Suite struct TrustRegionTests {
  /// A batch of a small policy's own completions, with rewards for their parity.
  func sampled(_ policy: Policy) throws -> Batch {
    let ro = try rollout(
      policy, prompts: [[1, 2], [3, 4, 2]], group: 4, options: SamplingOptions(maxNewTokens: 5, seed: 3)
    ) { _, completion in Double(completion.reduce(0) { $0 + Int($1) } % 2) }
    return try ro.with(.advantage, Tensor([1, -1, 0.5, -0.5, 1, -1, 0.3, -0.3]))
  }

  func policy() throws -> Policy {
    try Policy(configuration: PolicyConfiguration(vocabulary: 7, layers: 1, width: 16, heads: 2), seed: 2)
  }

  func vector(_ count: Int, seed: UInt64) -> [Double] {
    let stream = Philox(seed: seed, .script)
    return (0..<count).map { stream.uniform(at: UInt64($0)) - 0.5 }
  }

  @Test func `conjugate gradients solve a system in as many products as it has eigenvalues`() {
    // By hand: A = [[4, 1, 0], [1, 3, 0], [0, 0, 2]], x = [1, 2, 3].
    let a: [[Double]] = [[4, 1, 0], [1, 3, 0], [0, 0, 2]]
    var products = 0
    let solution = ConjugateGradient.solve([6, 7, 6], iterations: 10) { v in
      products += 1
      return a.map { ConjugateGradient.dot($0, v) }
    }
    #expect(close(solution.x, [1, 2, 3], 1e-12))
    #expect(products == 3)
    #expect(close(solution.curvature([6, 7, 6]), 6 + 14 + 18, 1e-12))
    #expect(ConjugateGradient.solve([1, 1], iterations: 5) { $0.map { -$0 } }.x == [0, 0])
    #expect(ConjugateGradient.solve([0, 0], iterations: 5) { $0 }.x == [0, 0])
  }

  @Test func `distributions are whole, and shared first tokens count once per completion`() throws {
    let policy = try policy()
    let batch = try sampled(policy)
    let sequences = try #require(batch.sequences)
    let whole = try NextTokenDistributions(policy, sequences, temperature: 1, forGradient: false)
    #expect(close(whole.weights.reduce(0, +), 1, 1e-14))
    for row in whole.weights.indices {
      let sum = (row * 7..<(row + 1) * 7).reduce(0) { $0 + libmExp(Double(whole.logProbs[$1])) }
      // Single precision.
      #expect(close(sum, 1, 1e-6))
    }
    #expect(whole.divergence(to: whole) == 0)
  }

  /// F as a matrix of gradients, one backward pass a term.
  ///
  /// F x = sum_it w_it sum_v p(v) (grad log p(v)) (grad log p(v) . x).
  @Test func `Fisher products are those of the gradients of every log-probability`() throws {
    let policy = try policy()
    let sequences = try #require(sampled(policy).sequences)
    let fisher = try FisherProduct(policy, sequences, temperature: 1)
    let x = vector(policy.parameterCount, seed: 1)
    let product = try fisher(x)
    var expected = [Double](repeating: 0, count: x.count)
    let logProbs = Array(fisher.current.logProbs)
    for place in logProbs.indices {
      var one = [Double](repeating: 0, count: logProbs.count)
      one[place] = 1
      let gradient = try fisher.current.backward(one).elements.map(Double.init)
      let share = fisher.current.weights[place / 7] * libmExp(Double(logProbs[place]))
      let along = share * ConjugateGradient.dot(gradient, x)
      for i in x.indices { expected[i] += along * gradient[i] }
    }
    let difference = zip(product, expected).map { $0 - $1 }
    let error = ConjugateGradient.dot(difference, difference) / ConjugateGradient.dot(expected, expected)
    // Differences of single-precision logarithms: about 1e-4 of their size, and a curvature of as much.
    #expect(error.squareRoot() < 2e-3)
  }

  @Test func `Fisher products are the curvature of the divergence`() throws {
    let policy = try policy()
    let fisher = try FisherProduct(policy, #require(sampled(policy).sequences), temperature: 1)
    for seed in [2, 3] as [UInt64] {
      let x = vector(policy.parameterCount, seed: seed)
      let size = 0.02 * policy.weightNorm / ConjugateGradient.dot(x, x).squareRoot()
      let both = try [size, -size].map {
        fisher.current.divergence(to: try fisher.distributions(policy.moved(along: x, by: $0)))
      }
      let curvature = (both[0] + both[1]) / (size * size)
      // KL = size^2 x.F x / 2 up to its fourth order, as both sides are averaged.
      #expect(close(ConjugateGradient.dot(x, try fisher(x)) / curvature, 1, 2e-2))
    }
  }

  @Test func `Fisher products are symmetric and positive`() throws {
    let policy = try policy()
    let fisher = try FisherProduct(policy, #require(sampled(policy).sequences), temperature: 1)
    let (x, y) = (vector(policy.parameterCount, seed: 4), vector(policy.parameterCount, seed: 5))
    let (fx, fy) = (try fisher(x), try fisher(y))
    let lengths = (ConjugateGradient.dot(x, fx), ConjugateGradient.dot(y, fy))
    #expect(lengths.0 > 0 && lengths.1 > 0)
    let scale = (lengths.0 * lengths.1).squareRoot()
    #expect((ConjugateGradient.dot(x, fy) - ConjugateGradient.dot(y, fx)).magnitude < 2e-3 * scale)
    #expect(try fisher([Double](repeating: 0, count: x.count)).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1e-4, 1e-3, 1e-2]) func `a step keeps within its divergence and gains`(_ maxKL: Double)
    throws
  {
    let policy = try policy()
    let batch = try sampled(policy)
    let (after, statistics) = try trustRegionStep(policy, batch, TrustRegion(maxKL: maxKL))
    func read(_ name: String) throws -> Double {
      try #require(statistics.first { $0.name == name }).value
    }
    #expect(try read("accepted") == 1)
    let sequences = try #require(batch.sequences)
    let before = try NextTokenDistributions(policy, sequences, temperature: 1, forGradient: false)
    let divergence = before.divergence(
      to: try NextTokenDistributions(after, sequences, temperature: 1, forGradient: false))
    #expect(try divergence == read("kl"))
    #expect(divergence <= maxKL && divergence > maxKL / 5)
    let moved = try batch.with(.logp, logProbabilities(after, batch))
    let surrogate = try TRPO.surrogate()
    let gained = try surrogate(moved).value.item() - surrogate(batch).value.item()
    #expect(gained > 0)
    #expect(close(gained, try read("improvement"), 1e-12))
  }

  @Test func `without a gradient, or a gain, the policy stays`() throws {
    let policy = try policy()
    let batch = try sampled(policy)
    let nothing = try batch.with(.advantage, Tensor([Double](repeating: 0, count: 8)))
    let (same, statistics) = try trustRegionStep(policy, nothing, TrustRegion())
    #expect(same.fingerprint == policy.fingerprint)
    #expect(statistics.first { $0.name == "accepted" }?.value == 0)
    // A value that never changes but has a gradient gains nothing.
    let (stuck, _) = try trustRegionStep(policy, batch, TrustRegion()) { current in
      let path = try current.logp.tokenMean()
      return ObjectiveOutput(value: try path - path.detached, metrics: [])
    }
    #expect(stuck === policy)
  }

  @Test func `regions that are none are refused`() {
    #expect(throws: EngineError.self) { try TrustRegion(maxKL: 0) }
    #expect(throws: EngineError.self) { try TrustRegion(damping: -.infinity) }
    #expect(throws: EngineError.self) { try TrustRegion(iterations: 0) }
    #expect(throws: EngineError.self) { try TrustRegion(trials: 0) }
    #expect(throws: EngineError.self) { try TrustRegion(shrink: 1) }
  }
}
