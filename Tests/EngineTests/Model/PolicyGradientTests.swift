import Testing

@testable import Engine

@Suite struct PolicyGradientTests {
  static func derivatives(_ count: Int, seed: UInt64) -> [Double] {
    let stream = Philox(seed: seed, .script, 7)
    return (0..<count).map { stream.uniform(at: UInt64($0)) * 2 - 1 }
  }

  /// The derivative of the double-precision model along a direction, by central differences.
  static func slope(
    _ model: ReferenceModel, _ sequences: TokenSequences, _ temperature: Double, _ dLogProbs: [Double],
    _ dEntropy: [Double], _ direction: [(index: Int, size: Double)], _ h: Double = 1e-5
  ) -> Double {
    func value(_ sign: Double) -> Double {
      var moved = model
      for (index, size) in direction { moved.w[index] += sign * h * size }
      let (logProbs, entropy) = moved.tokens(sequences, temperature: temperature)
      return zip(logProbs, dLogProbs).reduce(0) { $0 + $1.0 * $1.1 }
        + zip(entropy, dEntropy).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return (value(1) - value(-1)) / (2 * h)
  }

  /// For every tensor: the derivative along its own gradient, which is the gradient's length and can hide no
  /// term; along random signs; and for single weights.
  ///
  /// Float sums over some hundred terms: 2e-4 of the length.
  @Test(arguments: TestModels.configurations.indices)
  func `the gradient matches central differences of a double-precision model`(_ index: Int) throws {
    let policy = try TestModels.policy(index)
    let temperature = 0.8
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    let dLogProbs = Self.derivatives(sequences.tokenCount, seed: 1)
    let dEntropy = Self.derivatives(sequences.tokenCount, seed: 2)
    let pass = try policy.forward(sequences, temperature: temperature, forGradient: true)
    let gradient = try pass.backward(TokenDerivatives(logProbs: dLogProbs, entropy: dEntropy))
    let g = gradient.elements.map(Double.init)
    let model = ReferenceModel(policy)
    let signs = Philox(seed: 3, .script)
    for tensor in policy.tensors {
      let range = tensor.offset..<tensor.offset + tensor.count
      let length = range.reduce(0.0) { $0 + g[$1] * g[$1] }.squareRoot()
      func slope(_ direction: [(index: Int, size: Double)]) -> Double {
        Self.slope(model, sequences, temperature, dLogProbs, dEntropy, direction)
      }
      if length == 0, tensor.name.contains(".experts.") {
        // An expert that no token chose.
        #expect(slope(range.map { (index: $0, size: 1.0) }) == 0, "\(tensor.name)")
        continue
      }
      #expect(length > 0, "\(tensor.name)")
      let along = slope(range.map { ($0, g[$0] / length) })
      #expect(abs(along - length) < 2e-4 * length, "\(tensor.name)")
      let random = range.map {
        (index: $0, size: signs.bits(at: UInt64($0)) & 1 == 0 ? 1.0 : -1.0)
      }
      let expected = random.reduce(0.0) { $0 + g[$1.index] * $1.size }
      #expect(abs(slope(random) - expected) < 1e-3 * length, "\(tensor.name)")
      let single = tensor.offset + signs.integer(below: tensor.count, at: 1 << 40 | UInt64(tensor.offset))
      #expect(abs(slope([(single, 1)]) - g[single]) < 2e-4 * length, "\(tensor.name)")
    }
  }

  @Test func `a batch too large to keep gives the gradient of its parts`() throws {
    let policy = try TestModels.policy(1)
    let shape = (0..<40).map { _ in (9, [12, 7, 12, 3]) }
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary, lengths: shape)
    let weights = Self.derivatives(sequences.tokenCount, seed: 4)
    let kept = try policy.forward(sequences, forGradient: true)
    let parts = try ForwardPass(policy, sequences, temperature: 1, forGradient: true, activationLimit: 0)
    #expect(Array(kept.logProbs.elements) == Array(parts.logProbs.elements))
    let whole = try kept.backward(TokenDerivatives(logProbs: weights))
    let pieces = try parts.backward(TokenDerivatives(logProbs: weights))
    let length = whole.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    for (a, b) in zip(whole.elements, pieces.elements) { #expect(abs(Double(a - b)) < 1e-5 * length) }
  }
}
