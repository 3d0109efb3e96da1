/// The log-probabilities a policy gives to completions, and the way back to its weights.
///
/// Numbers are packed in the order of the sequences' completion tokens. They have the same bits for any
/// number of threads and whatever else is in the batch.
public final class ForwardPass {
  /// log p(token | prompt, tokens before) at the temperature.
  public let logProbs: Storage<Float>
  /// The entropy of the distribution each token was drawn from, in nats.
  public let entropy: Storage<Float>
  private let passes: BatchPass
  private let inverseTemperature: Float

  convenience init(
    _ policy: Policy, _ sequences: TokenSequences, temperature: Double, forGradient: Bool,
    activationLimit: Int = BatchPass.activationLimit
  ) throws(EngineError) {
    try self.init(
      policy, BatchPass.spans(policy, sequences, activationLimit: activationLimit),
      predictions: sequences.tokenCount, temperature: temperature, forGradient: forGradient)
  }

  /// A pass over `spans`, which make as many predictions as `predictions` says.
  init(
    _ policy: Policy, _ spans: [SequenceLayout], predictions: Int, temperature: Double, forGradient: Bool
  ) throws(EngineError) {
    try ForwardPass.check(temperature: temperature)
    let inverseTemperature = Float(1 / temperature)
    let logProbs = try Storage<Float>(uninitialized: predictions, for: "forward")
    let entropy = try Storage<Float>(uninitialized: predictions, for: "forward")
    passes = try BatchPass(policy, spans, forGradient: forGradient) { layout, row, outputs in
      let softmax = Softmax(outputs, policy.configuration.logitRow, inverseTemperature)
      for prediction in layout.predictions(row) {
        let place = layout.places[prediction]
        logProbs.base[place] = softmax.logProb(outputs[Int(layout.targets[prediction])], inverseTemperature)
        entropy.base[place] = softmax.entropy
      }
    }
    self.inverseTemperature = inverseTemperature
    self.logProbs = logProbs
    self.entropy = entropy
  }

  static func check(temperature: Double) throws(EngineError) {
    guard temperature.isFinite, temperature >= 1e-3, temperature <= 1e6 else {
      throw EngineError(
        .argument, "forward", "temperature is \(temperature), but has to be between 0.001 and a million")
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
    let inverseTemperature = inverseTemperature
    let rowFloats = passes.policy.configuration.logitRow
    return try passes.backward { layout, row, z in
      let softmax = Softmax(Floats(z), rowFloats, inverseTemperature)
      let predictions = layout.predictions(row)
      var total: Float = 0
      var entropyWeight: Float = 0
      for prediction in predictions {
        total += dLogProbs[layout.places[prediction]]
        if let dEntropy { entropyWeight += dEntropy[layout.places[prediction]] }
      }
      softmax.backward(z, rowFloats, inverseTemperature, total: total, entropyWeight: entropyWeight)
      for prediction in predictions {
        let target = Int(layout.targets[prediction])
        z[target] = fma(dLogProbs[layout.places[prediction]], inverseTemperature, z[target])
      }
    }
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
