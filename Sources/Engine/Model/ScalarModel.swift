/// A policy's transformer whose head gives one number a position, with its optimiser: a critic, a reward model or
/// a discriminator; one immutable value.
public final class ScalarModel: Sendable {
  /// The transformer, whose head has a single output.
  let network: Policy

  init(_ network: Policy) { self.network = network }

  /// A model with the weights of `policy` up to a head of its own, which is 0: every number is 0 at first.
  public convenience init(trunk policy: Policy, optimizer: OptimizerConfiguration) throws(EngineError) {
    try optimizer.validate()
    var configuration = policy.configuration
    configuration.tiedHead = false
    configuration.scalarHead = true
    let table = ParameterTable(configuration)
    let weights = try Storage<Float>(uninitialized: table.count, for: "critic")
    weights.base.update(repeating: 0, count: table.count)
    let source = policy.weights.base
    for (tensor, original) in zip(table.tensors, policy.table.tensors) where tensor.role != .head {
      (weights.base + tensor.offset).update(from: source + original.offset, count: tensor.count)
    }
    withExtendedLifetime(policy) {}
    self.init(
      Policy(configuration, table, weights: weights, optimizer: optimizer, tokenizer: policy.tokenizer))
  }

  /// The sizes of the transformer.
  public var configuration: PolicyConfiguration { network.configuration }
  /// How gradients become updates.
  public var optimizer: OptimizerConfiguration { network.optimizer }
  /// The number of updates made.
  public var updates: Int { network.updates }
  /// The number of weights.
  public var parameterCount: Int { network.parameterCount }
  /// The fingerprint of weights and optimiser state, as sixteen hexadecimal digits.
  public var fingerprintDigits: String { network.fingerprintDigits }
}

/// The numbers a model gives at completion tokens, and the way back to its weights.
///
/// The number at a token is read where the token is predicted, so it knows the tokens before and not the token.
final class ScalarPass {
  /// One number a completion token, packed in their order.
  let values: Storage<Float>
  private let passes: BatchPass

  init(_ model: ScalarModel, _ sequences: TokenSequences, forGradient: Bool) throws(EngineError) {
    try sequences.validate(vocabulary: model.configuration.vocabulary, "critic")
    let values = try Storage<Float>(uninitialized: sequences.tokenCount, for: "critic")
    passes = try BatchPass(
      model.network, BatchPass.spans(model.network, sequences), forGradient: forGradient
    ) { layout, row, outputs in
      for prediction in layout.predictions(row) { values.base[layout.places[prediction]] = outputs[0] }
    }
    self.values = values
  }

  /// The gradient of a function of the numbers, from its derivative with respect to each.
  func backward(_ derivatives: [Double]) throws(EngineError) -> Gradient {
    guard derivatives.count == values.count else {
      throw EngineError(
        .shape, "backward", "\(derivatives.count) derivatives came for \(values.count) completion tokens")
    }
    let rowFloats = passes.policy.configuration.logitRow
    return try passes.backward { layout, row, outputs in
      let total = layout.predictions(row).reduce(0.0) { $0 + derivatives[layout.places[$1]] }
      outputs.update(repeating: 0, count: rowFloats)
      outputs[0] = Float(total)
    }
  }
}
