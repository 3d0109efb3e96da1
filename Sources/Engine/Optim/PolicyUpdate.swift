/// What an update gave.
public struct UpdateResult: Sendable {
  /// The policy after the update.
  public let policy: Policy
  /// The gradient's global norm before clipping.
  public let gradientNorm: Double
  /// The learning rate that was used.
  public let learningRate: Double

  /// A result of its parts.
  public init(policy: Policy, gradientNorm: Double, learningRate: Double) {
    self.policy = policy
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
  }
}

extension Policy {
  /// The policy after one update that ascends the objective whose gradient this is; uses the gradient up.
  ///
  /// Throws `.numeric` when the gradient, or a weight it would lead to, is not finite; this policy is
  /// unharmed.
  public func updated(ascending gradient: Gradient) throws(EngineError) -> UpdateResult {
    try backend.update(self, ascending: gradient)
  }
}

/// One update on this machine's processor.
///
/// The new weights take the gradient's memory, and the packed copy of the old ones is given back first. Weights,
/// moments and packed copy are blocks of one size, so that each takes what another has left.
struct PolicyUpdate {
  private let policy: Policy
  private let gradient: Storage<Float>
  private var table: ParameterTable { policy.model.table }

  private static let chunk = 1 << 14

  init(_ policy: Policy, _ gradient: Gradient) throws(EngineError) {
    self.policy = policy
    self.gradient = try gradient.take()
    guard self.gradient.count == policy.parameterCount else {
      throw EngineError(
        .shape, "update",
        "the gradient has \(self.gradient.count) numbers for \(policy.parameterCount) weights")
    }
  }

  func result() throws(EngineError) -> UpdateResult {
    let optimizer = policy.optimizer
    let norm = try sumOfSquares(gradient.view).squareRoot()
    guard norm.isFinite else { throw notFinite() }
    let rate = optimizer.learningRate * optimizer.schedule.factor(at: policy.updates)
    var factor = 1.0
    if let limit = optimizer.clipNorm, norm > limit { factor = limit / norm }

    policy.dropPackedWeights()
    let moments = try (0..<optimizer.statesPerWeight).map { _ throws(EngineError) in
      try Storage<Float>(uninitialized: table.count, for: "update")
    }
    let rule = UpdateRule(
      optimizer, updates: policy.updates, rate: rate, gradientFactor: -factor,
      before: policy.moments.map(\.view), after: moments.map(\.view))
    let chunks = chunks
    let (weights, next) = (policy.weights.view, gradient.view)
    try Parallel.run(chunks.count, "update") { index in
      rule.apply(chunks[index].range, weights, next, into: next, decays: chunks[index].decays)
    }
    try checkFinite(gradient, "weights would become infinite or NaN", hint: "lower the learning rate")
    return UpdateResult(
      policy: policy.successor(weights: gradient, moments: moments), gradientNorm: norm, learningRate: rate)
  }

  /// Pieces of the weights that lie within one tensor.
  private var chunks: [(range: Range<Int>, decays: Bool)] {
    table.tensors.flatMap { tensor in
      let decays =
        switch tensor.role {
        case .embedding, .gain: false
        case .head, .projection, .router, .residualProjection: true
        }
      return stride(from: 0, to: tensor.count, by: PolicyUpdate.chunk).map { first in
        (tensor.offset + first..<tensor.offset + min(tensor.count, first + PolicyUpdate.chunk), decays)
      }
    }
  }

  /// The sum of squares in double precision, in chunks whose order is fixed.
  private func sumOfSquares(_ values: FloatView) throws(EngineError) -> Double {
    let chunk = PolicyUpdate.chunk
    let partial = try Storage<Double>(
      uninitialized: (values.columns + chunk - 1) / chunk, for: "update")
    try Parallel.run(partial.count, "update") { index in
      partial[index] = UpdateRule.sumOfSquares(
        values, index * chunk..<min(values.columns, (index + 1) * chunk))
    }
    return withExtendedLifetime(partial) { partial.elements.reduce(0, +) }
  }

  private func notFinite() -> EngineError {
    do {
      try checkFinite(gradient, "the gradient is not finite", hint: "look at the objective and its inputs")
    } catch { return error }
    return EngineError(.numeric, "update", "the gradient is too long to measure")
  }

  /// Throws `.numeric` naming the first tensor with a number that is not finite.
  private func checkFinite(
    _ values: Storage<Float>, _ message: String, hint: String
  ) throws(EngineError) {
    let chunks = chunks
    let bad = try Storage<Bool>(uninitialized: chunks.count, for: "update")
    try Parallel.run(chunks.count, "update") { index in
      bad[index] = !UpdateRule.isFinite(values.view, chunks[index].range)
    }
    guard let index = (0..<chunks.count).first(where: { bad[$0] }) else { return }
    let tensor = table.tensors.last { $0.offset <= chunks[index].range.lowerBound }
    throw EngineError(.numeric, "update", "\(message) in \(tensor?.name ?? "")", hint: hint)
  }
}
