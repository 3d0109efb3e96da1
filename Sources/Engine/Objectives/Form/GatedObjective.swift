/// An objective of the unified form: a gate in the place of the ratio, times the advantage, aggregated.
///
///     J = agg_it f(ratio_it, A_it) A_it - beta agg_it KL_it
///
/// Which ratio, which gate, how the gradient runs and how tokens are averaged is all that sets most published
/// objectives apart.
///
/// Paper: arXiv:2511.20347, eqs. (10)-(14).
public struct GatedObjective: SurrogateObjective {
  /// How the gate enters; the gradient is `weight r A` at a token in all three.
  public enum Form: String, Sendable {
    /// gate A
    case gated
    /// sg[weight] r A
    case weighted
    /// sg[gate] A log pi, where gate = weight r; the value is on the scale of log-probabilities.
    case likelihood
  }

  let name: String
  let level: ImportanceRatio.Level
  let form: Form
  let curve: any Gate
  let mask: (any SurrogateMask)?
  let aggregation: Aggregation
  let penalty: KLPenalty
  let movement: MovementPenalty?
  /// Whether the weights of a sampler correction enter the ratio, so that the gate sees them, and not the outside.
  let gatesWeights: Bool

  /// Puts the pieces together, with the aggregation and the pull that arguments name.
  init(
    _ name: String, level: ImportanceRatio.Level = .token, _ curve: any Gate, form: Form = .gated,
    mask: (any SurrogateMask)? = nil, movement: MovementPenalty? = nil, gatesWeights: Bool = false,
    _ shared: SharedTerms
  ) {
    self.name = name
    self.level = level
    self.form = form
    self.curve = curve
    self.mask = mask
    self.movement = movement
    self.gatesWeights = gatesWeights
    aggregation = shared.aggregation
    penalty = shared.penalty
  }

  /// Puts together what needs nothing but a gate.
  public init(
    _ name: String, level: ImportanceRatio.Level = .token, _ curve: any Gate, form: Form = .gated,
    aggregation: Aggregation, penalty: KLPenalty
  ) {
    self.init(
      name, level: level, curve, form: form, SharedTerms(aggregation: aggregation, penalty: penalty))
  }

  /// The gate's curves.
  public var gate: (any Gate)? { curve }

  func surrogate(_ batch: Batch) throws -> Surrogate {
    let batch = gatesWeights ? try batch.withWeightsInOld() : batch
    let ratio = try level(batch.logp, batch.old)
    let advantage =
      try ratio.shape.tokenRows == nil
      ? batch.sequenceAdvantages(for: name) : batch.advantages(for: name)
    let probability = try UnaryOperation.exp(batch.old.detached)
    func point(_ ratio: Tensor) -> GatePoint {
      GatePoint(ratio, advantage, probability: ratio.shape.tokenRows == nil ? Tensor(1) : probability)
    }
    let constant = ratio.detached
    var weight = try curve.weight(at: point(constant))
    var term: Tensor
    switch form {
    case .gated: term = try curve.gate(at: point(ratio)) * advantage
    case .weighted: term = try weight * ratio * advantage
    case .likelihood:
      let coefficient = try curve.gate(at: point(constant)) * advantage
      // A select, not only a product: a token of coefficient 0 and probability 0 has to give 0.
      term = try Tensor.select(
        BinaryOperation.eq(coefficient, Tensor(0)), Tensor(0), coefficient * batch.logp)
    }
    if let mask {
      let kept = try mask.kept(batch, weight: weight)
      term = try Tensor.select(kept, term, Tensor(0))
      weight = try weight * kept
    }
    return Surrogate(term: term, weight: weight, batch: batch)
  }
}

/// What every objective shares: how tokens are averaged, and the pull to a reference.
struct SharedTerms: Sendable {
  let aggregation: Aggregation
  let penalty: KLPenalty
}

extension Parameters {
  /// The parameters that every objective shares: the pull to a reference, and how tokens are averaged.
  func shared(
    _ mode: Aggregation.Mode, source: String, betaSource: String = "off unless given",
    _ estimator: KLEstimator = .k3, estimatorSource: String = "arXiv:2402.03300, eq. (4)"
  ) -> Argument<SharedTerms> {
    let penalty = penalty(betaSource: betaSource, estimator, source: estimatorSource)
    let aggregation = aggregation(mode, source: source)
    return Argument { SharedTerms(aggregation: try $0[aggregation], penalty: try $0[penalty]) }
  }
}

extension Batch {
  /// One advantage per sequence, as a ratio of whole sequences needs, `[B]`; throws where they differ by token.
  func sequenceAdvantages(for name: String) throws -> Tensor {
    let advantage = try advantages(for: name)
    guard advantage.shape.tokenRows == nil else {
      throw EngineError(
        .shape, name, "needs one advantage per sequence, got shape \(advantage.shape)",
        hint: "use group_norm, group_center or rloo")
    }
    return advantage
  }
}
