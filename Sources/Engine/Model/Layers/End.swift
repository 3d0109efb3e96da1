/// What a model's outputs are read as: the two ends of one body.
protocol End: Sendable {
  /// Whether each prediction has an entropy beside its value.
  var hasEntropy: Bool { get }
  /// Reads the predictions of head row `row` off its outputs, padded with minus infinity.
  func read(_ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, into readings: EndReadings)
  /// Turns the outputs of head row `row`, padding and all, into the derivatives with respect to them.
  func differentiate(
    _ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, _ derivatives: TokenDerivatives)
}

/// One value for each prediction, in the order of the sequences' completion tokens, and where there are any, entropies.
struct EndReadings: Sendable {
  let values: Storage<Float>
  let entropy: Storage<Float>

  init(_ end: any End, predictions: Int) throws(EngineError) {
    values = try Storage(uninitialized: predictions, for: "forward")
    entropy = try Storage(uninitialized: end.hasEntropy ? predictions : 0, for: "forward")
  }
}

/// The language model's end: log-probabilities of tokens, and entropies, of the softmax at a temperature.
///
/// With `kept` the softmax of each token is over those that the sampler left it:
///
///     p(v) = exp(u_v / T) / sum_(w in S) exp(u_w / T)  for v in S,  0 elsewhere
///
/// Paper: Keep Sampling Mask, arXiv:2512.02556, section 3.1.
struct LanguageModelEnd: End {
  let inverseTemperature: Float
  private let kept: SamplingMask?
  var hasEntropy: Bool { true }

  init(temperature: Double, kept: [KeptTokens]? = nil, for operation: String = "forward") throws(EngineError)
  {
    guard temperature.isFinite, temperature >= 1e-3, temperature <= 1e6 else {
      throw EngineError(
        .argument, operation, "temperature is \(temperature), but has to be between 0.001 and a million")
    }
    inverseTemperature = Float(1 / temperature)
    self.kept = kept.map(SamplingMask.init)
  }

  /// The softmax of head row `row`; its predictions, of completions of one prompt, have one set.
  func softmax(
    _ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, _ exponentials: FloatView? = nil
  ) -> Softmax {
    if let kept, let first = layout.predictions(row).first { outputs.keep(kept[layout.places[first]]) }
    return Softmax(outputs, inverseTemperature, exponentials: exponentials)
  }

  func read(_ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, into readings: EndReadings) {
    let softmax = softmax(layout, row, outputs)
    for prediction in layout.predictions(row) {
      let place = layout.places[prediction]
      readings.values[place] = softmax.logProb(
        outputs.at(0, Int(layout.targets[prediction])).pointee, inverseTemperature)
      readings.entropy[place] = softmax.entropy
    }
  }

  func differentiate(
    _ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, _ derivatives: TokenDerivatives
  ) {
    let softmax = softmax(layout, row, outputs)
    let predictions = layout.predictions(row)
    var total: Float = 0
    var entropyWeight: Float = 0
    for prediction in predictions {
      total += Float(derivatives.logProbs[layout.places[prediction]])
      if let entropy = derivatives.entropy { entropyWeight += Float(entropy[layout.places[prediction]]) }
    }
    softmax.backward(
      outputs.at(0), outputs.columns, inverseTemperature, total: total, entropyWeight: entropyWeight)
    for prediction in predictions {
      let z = outputs.at(0, Int(layout.targets[prediction]))
      z.pointee = fma(Float(derivatives.logProbs[layout.places[prediction]]), inverseTemperature, z.pointee)
    }
  }
}

/// The scalar model's end: its one output, for each token that follows.
struct ScalarEnd: End {
  var hasEntropy: Bool { false }

  func read(_ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, into readings: EndReadings) {
    for prediction in layout.predictions(row) {
      readings.values[layout.places[prediction]] = outputs.at(0).pointee
    }
  }

  func differentiate(
    _ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, _ derivatives: TokenDerivatives
  ) {
    let total = layout.predictions(row).reduce(0.0) { $0 + derivatives.logProbs[layout.places[$1]] }
    outputs.clear()
    outputs.at(0).pointee = Float(total)
  }
}

/// Derivatives of an objective, one for every completion token.
public struct TokenDerivatives: Sendable {
  /// With respect to the log-probabilities, or to the numbers of a scalar model.
  public var logProbs: [Double]
  /// With respect to the entropies, for an objective that has such a term.
  public var entropy: [Double]?
  /// The weight with which the load-balancing loss of experts is descended beside the objective.
  public var balance: Double

  /// Derivatives of their parts, in the order of the sequences' completion tokens.
  public init(logProbs: [Double], entropy: [Double]? = nil, balance: Double = 0) {
    self.logProbs = logProbs
    self.entropy = entropy
    self.balance = balance
  }
}
