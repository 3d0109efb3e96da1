/// A policy's transformer whose head gives one number per position, with its optimiser: a critic, a reward model or
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
    configuration.head = .scalar
    let model = Model(configuration)
    let weights = try Storage<Float>(repeating: 0, count: model.table.count, for: "critic")
    for (tensor, original) in zip(model.table.tensors, policy.tensors) where tensor.role != .head {
      tensor.view(weights).copy(0, from: original.view(policy.weights), 0)
    }
    self.init(Policy(model, weights: weights, optimizer: optimizer, tokenizer: policy.tokenizer))
  }

  /// The sizes of the transformer.
  public var configuration: PolicyConfiguration { network.configuration }
  /// How gradients become updates.
  public var optimizer: OptimizerConfiguration { network.optimizer }
  /// The number of updates made.
  public var updates: Int { network.updates }
  /// The number of weights.
  public var parameterCount: Int { network.parameterCount }
  /// As `Policy.identity`.
  public var identity: String { network.identity }

  /// The fingerprint of weights and optimiser state, as sixteen hexadecimal digits.
  public var fingerprintDigits: String { network.fingerprintDigits }
}

/// The numbers a model gives at completion tokens, and the backward pass to its weights.
///
/// The number at a token is read where the token is predicted, so it knows the tokens before and not the token.
final class ScalarPass {
  /// One number for each completion token, packed in their order.
  var values: Storage<Float> { pass.readings.values }
  private let pass: any BackendPass

  init(_ model: ScalarModel, _ sequences: TokenSequences, forGradient: Bool) throws(EngineError) {
    try sequences.validate(model.network, "scores")
    pass = try model.network.backend.forward(
      model.network, SequenceLayout.spans(model.network, sequences), ScalarEnd(),
      predictions: sequences.tokenCount, forGradient: forGradient)
  }

  /// The gradient of a function of the numbers, from its derivative with respect to each.
  func backward(_ derivatives: [Double]) throws(EngineError) -> Gradient {
    try pass.backward(TokenDerivatives(logProbs: derivatives))
  }
}
