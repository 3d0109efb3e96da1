/// Products of a policy's Fisher information with vectors of weights.
///
///     F v = J^T W (diag(p) (J v)),   J = d log p / d theta
///
/// over the whole next-token distributions p at a batch's completion tokens, which is the Hessian at 0 of mean_it KL(pi
/// || pi + .) (arXiv:1502.05477, appendix C.1). W averages over trainable tokens. J^T is the exact backward pass; J v
/// is a central difference of log-probabilities, so no second derivative is needed, and F is positive semidefinite but
/// for its rounding.
struct FisherProduct {
  let policy: Policy
  let sequences: TokenSequences
  /// Which completion tokens are trainable; nil for all.
  private let mask: [Bool]?
  let temperature: Double
  /// The distributions of the policy as it is.
  let current: NextTokenDistributions

  /// The length of the difference's steps, relative to that of the weights: log-probabilities then change by about
  /// 1e-2, far from the rounding of single precision and from the curvature.
  static let relativeStep = 1e-3

  init(
    _ policy: Policy, _ sequences: TokenSequences, mask: [Bool]? = nil, temperature: Double
  ) throws(EngineError) {
    self.policy = policy
    self.sequences = sequences
    self.mask = mask
    self.temperature = temperature
    current = try NextTokenDistributions(
      policy, sequences, mask: mask, temperature: temperature, forGradient: true)
  }

  /// The distributions of another policy at the same tokens.
  func distributions(_ other: Policy) throws(EngineError) -> NextTokenDistributions {
    try NextTokenDistributions(other, sequences, mask: mask, temperature: temperature, forGradient: false)
  }

  /// F v; throws `EngineError` when interrupted or out of memory.
  func callAsFunction(_ v: [Double]) throws(EngineError) -> [Double] {
    let length = ConjugateGradient.dot(v, v).squareRoot()
    guard length > 0, length.isFinite else { return v }
    let size = FisherProduct.relativeStep * policy.weightNorm / length
    let ahead = try distributions(policy.moved(along: v, by: size))
    let behind = try distributions(policy.moved(along: v, by: -size))
    let count = current.vocabulary
    var derivatives = [Double](repeating: 0, count: current.logProbs.count)
    // The numbers lie in memory that ends with its owner, after the last use that the compiler sees.
    withExtendedLifetime((ahead, behind)) {
      for (row, weight) in current.weights.enumerated() {
        for place in row * count..<(row + 1) * count {
          let change = Double(ahead.logProbs[place] - behind.logProbs[place]) / (2 * size)
          derivatives[place] = weight * libmExp(Double(current.logProbs[place])) * change
        }
      }
    }
    return try current.backward(derivatives).elements.map(Double.init)
  }
}

extension Policy {
  /// The policy with its weights moved by `size` times `direction`, its optimiser fresh.
  func moved(along direction: [Double], by size: Double) throws(EngineError) -> Policy {
    let moved = try Storage<Float>(uninitialized: parameterCount, for: "update")
    for i in 0..<min(direction.count, parameterCount) {
      moved[i] = Float(Double(weights[i]) + size * direction[i])
    }
    return replacing(weights: moved)
  }

  /// The length of the weights as one vector.
  var weightNorm: Double {
    withWeights { $0.reduce(0) { $0 + Double($1) * Double($1) } }.squareRoot()
  }
}
