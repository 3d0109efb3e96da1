/// The plain policy gradient.
///
///     J = (1/B) sum_i sum_t A_it log pi(y_it)
///
/// Paper: Williams, "Simple statistical gradient-following algorithms" (1992), eq. (4), as an objective.
/// Shapes: logp [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: A_it / B at every token. `old` is not used: on batches sampled by an older policy it is biased.
/// Deviations: none. Edge cases: see `ObjectiveCard.sharedEdgeCases`.
public struct Reinforce: Objective {
  let aggregation: Aggregation

  /// There is none.
  public var gate: (any Gate)? { nil }

  static let card = ObjectiveCard(
    name: "reinforce", title: "REINFORCE",
    summary: "the plain policy gradient: log-probabilities weighted by advantages",
    equation: "J = (1/B) sum_i sum_t A_it log pi(y_it)",
    paper: "Williams 1992 (Machine Learning 8), eq. (4); no arXiv id",
    parameters: Aggregation.parameters(.sequenceMeanTokenSum, source: "the gradient of the expected return"),
    conventions: [
      "the ratio plays no part, so several updates on one rollout are biased",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases,
    metrics: ObjectiveCard.driftMetrics,
    source: """
      fn reinforce(b) = seq_mean_token_sum(b.logp * b.advantage)
      """,
    build: { Reinforce(aggregation: try Aggregation($0)) })

  /// The value and the measurements; throws when the input lacks what the equation needs.
  public func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput {
    // A select, not only a product: a token of advantage 0 and probability 0 has to give 0.
    let silent = try BinaryOperation.eq(input.advantage, Tensor(0))
    let term = try Tensor.select(silent, Tensor(0), input.logp * input.advantage)
    let value = try aggregation(term, counts: input.counts)
    let ratio = try ImportanceRatio.token(input.logp.detached, input.old)
    return ObjectiveOutput(value: value, metrics: try ObjectiveOutput.drift(input, ratio: ratio))
  }
}
