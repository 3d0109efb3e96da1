/// One optimiser update that ascends an objective of the completions' log-probabilities.
///
/// `differentiate` gets the pass, with log-probabilities and entropies at `temperature` packed in the order of the
/// completion tokens, and gives the objective's derivatives with respect to them. `balance` times the load-balancing
/// loss of experts is descended beside it. Throws what it throws, and `EngineError` for a batch that does not fit the
/// policy or a gradient that is not finite.
public func update(
  _ policy: Policy, _ sequences: TokenSequences, temperature: Double = 1, balance: Double = 0,
  differentiate: (_ pass: ForwardPass) throws -> TokenDerivatives
) throws -> UpdateResult {
  let pass = try policy.forward(sequences, temperature: temperature, forGradient: true)
  var derivatives = try differentiate(pass)
  derivatives.balance = balance
  let gradient = try pass.backward(derivatives)
  return try policy.updated(ascending: gradient)
}

/// One supervised update: descends the mean negative log-likelihood of the trainable completion tokens.
///
/// `mask` has a value for each completion token; without it all are trainable. `balance` times the load-balancing loss
/// of experts is descended beside it. Returns the update and the loss before it, in nats a token. Throws `EngineError`
/// for a batch without completion tokens, and as `update` does.
public func superviseStep(
  _ policy: Policy, _ sequences: TokenSequences, mask: [Bool]? = nil, balance: Double = 0
) throws(EngineError) -> (result: UpdateResult, loss: Double) {
  let mask = mask ?? [Bool](repeating: true, count: sequences.tokenCount)
  let count = mask.count { $0 }
  guard count > 0 else {
    throw EngineError(
      .argument, "sft", "the batch has no completion tokens", hint: "every example needs an answer")
  }
  let pass = try policy.forward(sequences, forGradient: true)
  let loss = withExtendedLifetime(pass) {
    -zip(pass.logProbs.elements, mask).reduce(0.0) { $1.1 ? $0 + Double($1.0) : $0 } / Double(count)
  }
  let gradient = try pass.backward(
    TokenDerivatives(logProbs: mask.map { $0 ? 1 / Double(count) : 0 }, balance: balance))
  return (try policy.updated(ascending: gradient), loss)
}
