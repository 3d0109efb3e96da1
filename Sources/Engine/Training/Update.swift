/// Derivatives of an objective, one for every completion token.
public struct TokenDerivatives {
  /// With respect to the log-probabilities.
  public var logProbs: [Double]
  /// With respect to the entropies, for an objective that has such a term.
  public var entropy: [Double]?

  /// Derivatives of their parts, in the order of the sequences' completion tokens.
  public init(logProbs: [Double], entropy: [Double]? = nil) {
    self.logProbs = logProbs
    self.entropy = entropy
  }
}

/// One optimiser update that ascends an objective of the completions' log-probabilities.
///
/// `differentiate` gets the log-probabilities and entropies at `temperature`, packed in the order of the
/// completion tokens, and gives the objective's derivatives with respect to them. Throws what it throws, and
/// `EngineError` for a batch that does not fit the policy or a gradient that is not finite.
public func update(
  _ policy: Policy, _ sequences: TokenSequences, temperature: Double = 1,
  differentiate: (
    _ logProbs: UnsafeBufferPointer<Float>, _ entropy: UnsafeBufferPointer<Float>
  ) throws -> TokenDerivatives
) throws -> UpdateResult {
  let pass = try policy.forward(sequences, temperature: temperature, forGradient: true)
  let derivatives = try withExtendedLifetime(pass) {
    try differentiate(
      UnsafeBufferPointer(pass.logProbs.elements), UnsafeBufferPointer(pass.entropy.elements))
  }
  let gradient = try pass.backward(derivatives)
  return try policy.updated(ascending: gradient)
}

/// One supervised update: descends the mean negative log-likelihood of the completion tokens.
///
/// Returns the update and the loss before it, in nats a token. Throws `EngineError` for a batch without
/// completion tokens, and as `update` does.
public func superviseStep(
  _ policy: Policy, _ sequences: TokenSequences
) throws(EngineError) -> (result: UpdateResult, loss: Double) {
  let count = sequences.tokenCount
  guard count > 0 else {
    throw EngineError(
      .argument, "sft", "the batch has no completion tokens", hint: "every example needs an answer")
  }
  let pass = try policy.forward(sequences, forGradient: true)
  let loss = withExtendedLifetime(pass) {
    -pass.logProbs.elements.reduce(0.0) { $0 + Double($1) } / Double(count)
  }
  let gradient = try pass.backward(
    TokenDerivatives(logProbs: [Double](repeating: 1 / Double(count), count: count)))
  return (try policy.updated(ascending: gradient), loss)
}

extension ForwardPass {
  /// As `backward(dLogProbs:dEntropy:)`, from derivatives in double precision.
  public func backward(_ derivatives: TokenDerivatives) throws(EngineError) -> Gradient {
    let dLogProbs = try ForwardPass.narrowed(derivatives.logProbs)
    let dEntropy: Storage<Float>?
    if let entropy = derivatives.entropy {
      dEntropy = try ForwardPass.narrowed(entropy)
    } else {
      dEntropy = nil
    }
    defer { withExtendedLifetime((dLogProbs, dEntropy)) {} }
    return try backward(
      dLogProbs: UnsafeBufferPointer(dLogProbs.elements),
      dEntropy: dEntropy.map { UnsafeBufferPointer($0.elements) })
  }

  private static func narrowed(_ values: [Double]) throws(EngineError) -> Storage<Float> {
    let narrow = try Storage<Float>(uninitialized: values.count, for: "backward")
    for (index, value) in values.enumerated() { narrow.base[index] = Float(value) }
    return narrow
  }
}
