/// The log-probabilities a policy gives to completions, and the way back to its weights.
///
/// Numbers are packed in the order of the sequences' completion tokens. They have the same bits for any
/// number of threads and whatever else is in the batch.
public final class ForwardPass {
  /// log p(token | prompt, tokens before) at the temperature.
  public let logProbs: Storage<Float>
  /// The entropy of the distribution each token was drawn from, in nats.
  public let entropy: Storage<Float>
  let policy: Policy
  private let spans: [SequenceLayout]
  private let inverseTemperature: Float
  /// The pass whose activations are still there: the only one, where the batch fits.
  private var kept: SpanPass?

  /// Bytes of activations held at once; a larger batch is computed again, part by part, on the way back.
  static let activationLimit = 1 << 30

  convenience init(
    _ policy: Policy, _ sequences: TokenSequences, temperature: Double, forGradient: Bool,
    activationLimit: Int = ForwardPass.activationLimit
  ) throws(EngineError) {
    try self.init(
      policy, ForwardPass.spans(policy, sequences, activationLimit: activationLimit),
      predictions: sequences.tokenCount, temperature: temperature, forGradient: forGradient)
  }

  /// Layouts that cover `sequences`, each with activations that fit below the limit.
  static func spans(
    _ policy: Policy, _ sequences: TokenSequences, activationLimit: Int = ForwardPass.activationLimit
  ) throws(EngineError) -> [SequenceLayout] {
    let c = policy.configuration
    try sequences.validate(vocabulary: c.vocabulary, "forward")
    let perRow = (BlockActivations.floatsPerRow(c) + c.keyWidth) * c.layers + 2 * c.width + c.logitRow
    return SequenceLayout.spans(sequences, rowLimit: max(256, activationLimit / 4 / perRow))
  }

  /// A pass over `spans`, which make as many predictions as `predictions` says.
  init(
    _ policy: Policy, _ spans: [SequenceLayout], predictions: Int, temperature: Double, forGradient: Bool
  ) throws(EngineError) {
    try ForwardPass.check(temperature: temperature)
    self.policy = policy
    self.spans = spans
    inverseTemperature = Float(1 / temperature)
    logProbs = try Storage(uninitialized: predictions, for: "forward")
    entropy = try Storage(uninitialized: predictions, for: "forward")
    let keep = forGradient && spans.count == 1
    for layout in spans {
      let pass = try SpanPass(policy, layout, keep ? .everything : .nothing)
      try pass.run()
      read(pass)
      if keep { kept = pass }
    }
  }

  static func check(temperature: Double) throws(EngineError) {
    guard temperature.isFinite, temperature >= 1e-3, temperature <= 1e6 else {
      throw EngineError(
        .argument, "forward", "temperature is \(temperature), but has to be between 0.001 and a million")
    }
  }

  /// Log-probabilities and entropies from the logits of a span.
  private func read(_ pass: SpanPass) {
    let layout = pass.layout
    let width = pass.head.rowFloats
    Parallel.run((layout.headRows.count + 63) / 64) { part in
      for row in part * 64..<min(layout.headRows.count, part * 64 + 64) {
        let logits = Floats(pass.plan.logits + row * width)
        let softmax = Softmax(logits, width, inverseTemperature)
        for prediction in layout.firstPrediction[row]..<layout.firstPrediction[row + 1] {
          let place = layout.places[prediction]
          logProbs.base[place] = softmax.logProb(logits[Int(layout.targets[prediction])], inverseTemperature)
          entropy.base[place] = softmax.entropy
        }
      }
    }
  }

  /// The gradient of an objective with respect to the weights, from its derivatives with respect to every
  /// log-probability and, where it has any, every entropy.
  public func backward(
    dLogProbs: UnsafeBufferPointer<Float>, dEntropy: UnsafeBufferPointer<Float>? = nil
  ) throws(EngineError) -> Gradient {
    guard dLogProbs.count == logProbs.count, dEntropy.map({ $0.count == logProbs.count }) ?? true else {
      throw EngineError(
        .shape, "backward",
        "\(dLogProbs.count) derivatives came for \(logProbs.count) completion tokens")
    }
    let gradient = try Gradient(policy)
    var adding = false
    for layout in spans {
      let pass: SpanPass
      if let kept {
        pass = kept
      } else {
        pass = try SpanPass(policy, layout, .everything)
        try pass.run()
      }
      let backward = try BackwardPass(pass, gradient, adding: adding)
      try backward.run(dLogProbs: dLogProbs, dEntropy: dEntropy, inverseTemperature: inverseTemperature)
      adding = true
    }
    if spans.isEmpty { gradient.values.base.update(repeating: 0, count: gradient.values.count) }
    kept = nil
    return gradient
  }
}

/// The derivative of an objective with respect to every weight of a policy, flat as the weights are.
public final class Gradient: @unchecked Sendable {
  let values: RecycledFloats

  init(_ policy: Policy) throws(EngineError) {
    values = try RecycledFloats(policy.parameterCount, for: "backward")
  }

  /// The derivatives, for reading while the gradient is alive.
  public var elements: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: values.base, count: values.count)
  }
}

extension Policy {
  /// Log-probabilities and entropies of completions, at a temperature.
  ///
  /// Throws `EngineError` for tokens outside the vocabulary, an empty prompt, or when interrupted.
  /// - Parameter forGradient: keeps what `backward` needs, which may then be called once at full speed.
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
    let pass = try SpanPass(self, layout, .nothing)
    try pass.run()
    return tokens.indices.map { row in
      Array(
        UnsafeBufferPointer(
          start: pass.plan.logits + row * pass.head.rowFloats, count: configuration.vocabulary))
    }
  }
}
