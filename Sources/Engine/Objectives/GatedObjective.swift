/// An objective of the unified form: a gate in the place of the ratio, times the advantage, aggregated.
///
///     J = agg_it gate(ratio_it, A_it) A_it
///
/// Paper: arXiv:2511.20347, eqs. (10)-(14).
protocol GatedObjective: Objective {
  associatedtype ObjectiveGate: Gate
  var curve: ObjectiveGate { get }
  var aggregation: Aggregation { get }
}

extension GatedObjective {
  /// The gate's curves.
  public var gate: (any Gate)? { curve }

  /// The aggregated surrogate of `ratio`, one value a token or a sequence.
  func surrogate(_ ratio: Tensor, _ input: ObjectiveInput) throws -> Tensor {
    try aggregation(curve.gate(ratio, input.advantage) * input.advantage, counts: input.counts)
  }

  /// The drift of the policy and `gate`, the mean of the gate's weight over tokens.
  func gateMetrics(_ ratio: Tensor, _ input: ObjectiveInput) throws -> [ObjectiveOutput.Metric] {
    let ratio = ratio.detached
    let weight = try curve.weight(ratio, input.advantage)
    return try ObjectiveOutput.drift(input, ratio: ratio)
      + [ObjectiveOutput.Metric("gate", weight.tokenMean().item())]
  }
}

extension GatedObjective where ObjectiveGate == ClipGate {
  /// As `gateMetrics`, and `clip`, the share of tokens that the clip silences.
  func clipMetrics(_ ratio: Tensor, _ input: ObjectiveInput) throws -> [ObjectiveOutput.Metric] {
    let share = try curve.clipped(ratio.detached, input.advantage).tokenMean().item()
    return try gateMetrics(ratio, input) + [ObjectiveOutput.Metric("clip", share)]
  }
}

extension ObjectiveCard {
  /// Measurements of objectives with a gate.
  static let gateMetrics: [(name: String, meaning: String)] =
    driftMetrics + [("gate", "mean weight of the gate over tokens: 1 when nothing is held back")]

  /// Measurements of objectives with a hard clip.
  static let clipMetrics: [(name: String, meaning: String)] =
    gateMetrics + [("clip", "share of tokens whose gradient the clip silences (active clips only)")]
}
