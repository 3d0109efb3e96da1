import Synchronization

/// The log-probabilities a policy gives to completions, and the backward pass to its weights.
///
/// Numbers are packed in the order of the sequences' completion tokens. They have the same bits for any
/// number of threads and whatever else is in the batch.
public final class ForwardPass {
  /// log p(token | prompt, tokens before) at the temperature.
  public var logProbs: Storage<Float> { pass.readings.values }
  /// The entropy of the distribution each token was drawn from, in nats.
  public var entropy: Storage<Float> { pass.readings.entropy }
  /// What the routers gave to each expert; nil for a policy without experts.
  public var load: ExpertLoad? { pass.load }
  /// The experts that the routers chose for each completion; nil for a policy without experts.
  public var experts: [ExpertSets]? {
    pass.experts.map { sets in
      // The last completions may have no token, and so no rows.
      sets
        + (sets.count..<max(sets.count, episodes)).map { _ in
          ExpertSets(layers: sets.first?.layers ?? 0, active: sets.first?.active ?? 0)
        }
    }
  }
  private let episodes: Int
  private let pass: any BackendPass

  convenience init(
    _ policy: Policy, _ sequences: TokenSequences, temperature: Double, forGradient: Bool,
    activationLimit: Int = SequenceLayout.activationLimit
  ) throws(EngineError) {
    try self.init(
      policy, SequenceLayout.spans(policy, sequences, activationLimit: activationLimit),
      predictions: sequences.tokenCount, episodes: sequences.completions.count, temperature: temperature,
      kept: sequences.kept, forGradient: forGradient)
  }

  /// A pass over `spans`, which make as many predictions as `predictions` says.
  init(
    _ policy: Policy, _ spans: [SequenceLayout], predictions: Int, episodes: Int = 0, temperature: Double,
    kept: [KeptTokens]? = nil, forGradient: Bool
  ) throws(EngineError) {
    self.episodes = episodes
    pass = try policy.backend.forward(
      policy, spans, LanguageModelEnd(temperature: temperature, kept: kept), predictions: predictions,
      forGradient: forGradient)
  }

  /// The gradient of an objective with respect to the weights, from its derivatives with respect to every
  /// log-probability and, where it has any, every entropy.
  public func backward(_ derivatives: TokenDerivatives) throws(EngineError) -> Gradient {
    try pass.backward(derivatives)
  }
}

extension Policy {
  /// Log-probabilities and entropies of completions, at a temperature.
  ///
  /// Throws `EngineError` for tokens outside the vocabulary, an empty prompt, or when interrupted.
  /// - Weight forGradient: keeps what `backward` needs, which may then be called once at full speed.
  public func forward(
    _ sequences: TokenSequences, temperature: Double = 1, forGradient: Bool = false
  ) throws(EngineError) -> ForwardPass {
    try ForwardPass(self, sequences, temperature: temperature, forGradient: forGradient)
  }

  /// The logits after each of `tokens`, `[T][vocabulary]`.
  public func logits(of tokens: [Int32]) throws(EngineError) -> [[Float]] {
    guard !tokens.isEmpty else { return [] }
    try TokenSequences.check(tokens, configuration.vocabulary, "logits")
    var layout = SequenceLayout()
    layout.append(tokens, headsFrom: 0)
    let logits = Mutex([[Float]](repeating: [], count: tokens.count))
    try ModelPass(self, layout, .nothing).forward { row, outputs in
      let numbers = outputs.columns(from: 0, configuration.vocabulary).elements(0)
      logits.withLock { $0[row] = numbers }
    }
    return logits.withLock { $0 }
  }
}
