/// A policy's whole next-token distributions at every completion token of a batch.
///
/// Completions that begin after one prompt share the distribution of their first tokens; it is held once and
/// weighs as many times.
public final class NextTokenDistributions {
  /// The number of tokens a distribution is over.
  public let vocabulary: Int
  /// The share of each distribution in a mean over trainable completion tokens; they add up to 1 where there is one.
  let weights: [Double]
  private let pass: ForwardPass

  init(
    _ policy: Policy, _ sequences: TokenSequences, mask: [Bool]? = nil, temperature: Double, forGradient: Bool
  ) throws(EngineError) {
    let vocabulary = policy.configuration.vocabulary
    let spans = try SequenceLayout.spans(policy, sequences)
    let shared = spans.flatMap { span in
      span.headRows.indices.map { row in
        span.predictions(row).count { mask?[span.places[$0]] ?? true }
      }
    }
    let (numbers, overflow) = shared.count.multipliedReportingOverflow(by: vocabulary)
    guard !overflow else {
      throw EngineError(.memory, "distributions", "\(shared.count) distributions over \(vocabulary) tokens")
    }
    // Arrays cannot fail and say so; storage of their size can.
    _ = try Storage<(Double, Double, Double, Double)>(uninitialized: numbers, for: "distributions")
    let tokens = Double(max(1, shared.reduce(0, +)))
    self.vocabulary = vocabulary
    weights = shared.map { Double($0) / tokens }
    var first = 0
    let every = spans.map { span in
      defer { first += span.headRows.count * vocabulary }
      return span.predictingEvery(of: vocabulary, firstPlace: first)
    }
    pass = try ForwardPass(
      policy, every, predictions: numbers, temperature: temperature, forGradient: forGradient)
  }

  /// log p(v | s), the distributions one after the other.
  public var logProbs: UnsafeBufferPointer<Float> { UnsafeBufferPointer(pass.logProbs.elements) }

  /// The gradient of a function of the log-probabilities whose derivatives these are.
  func backward(_ derivatives: [Double]) throws(EngineError) -> Gradient {
    try pass.backward(TokenDerivatives(logProbs: derivatives))
  }

  /// The mean over completion tokens of KL(self || other), in nats, summed over whole distributions.
  ///
  ///     sum_v p (exp(-k) - 1 + k),  k = log p - log q
  ///
  /// which is sum_v p k, as p and q both add up to 1, in terms that are never negative.
  public func divergence(to other: NextTokenDistributions) -> Double {
    weights.indices.reduce(0) { sum, row in
      let places = row * vocabulary..<(row + 1) * vocabulary
      return sum + weights[row]
        * places.reduce(0) { own, place in
          let k = Double(logProbs[place]) - Double(other.logProbs[place])
          return own + libmExp(Double(logProbs[place])) * (libmExpm1(-k) + k)
        }
    }
  }
}
