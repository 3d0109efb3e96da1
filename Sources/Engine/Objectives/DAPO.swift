/// Decoupled Clip and Dynamic sAmpling Policy Optimization: its objective.
///
///     J = sum_it min(r A, clip(r, 1 - eps_low, 1 + eps_high) A) / sum_i L_i
///
/// Paper: arXiv:2503.14476, eq. (8).
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp` in r; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`. Dynamic sampling and overlong shaping belong to the rollout.
/// Edge cases: see `ObjectiveCard.sharedEdgeCases`.
public struct DAPO: GatedObjective {
  let curve: ClipGate
  let aggregation: Aggregation

  static let card = ObjectiveCard(
    name: "dapo", title: "Decoupled Clip and Dynamic Sampling Policy Optimization",
    summary: "the clipped surrogate with more room upwards, averaged over all tokens alike",
    equation: """
      J = sum_it min(r A, clip(r, 1 - eps_low, 1 + eps_high) A) / sum_i L_i
      r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:2503.14476, eq. (8)",
    parameters: [
      Parameter(
        "clip_low", .number(0.2), symbol: "eps_low", "how far below 1 the ratio may fall",
        source: "arXiv:2503.14476, section 4.1", .fraction),
      Parameter(
        "clip_high", .number(0.28), symbol: "eps_high", "how far above 1 the ratio may rise",
        source: "arXiv:2503.14476, section 4.1", .nonNegative),
    ] + Aggregation.parameters(.tokenMean, source: "arXiv:2503.14476, eq. (8)"),
    conventions: [
      ObjectiveCard.clampConvention,
      "only the objective: dynamic sampling and overlong shaping belong to the rollout",
      "at a bound exactly a token still counts",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases,
    metrics: ObjectiveCard.clipMetrics,
    source: """
      fn dapo(b, clip_low = 0.2, clip_high = 0.28) {
          clipped = clip(b.ratio, 1 - clip_low, 1 + clip_high)
          token_mean(min(b.ratio * b.advantage, clipped * b.advantage))
      }
      """,
    build: { arguments in
      DAPO(
        curve: ClipGate(low: arguments.number("clip_low"), high: arguments.number("clip_high")),
        aggregation: try Aggregation(arguments))
    })

  /// The value and the measurements; throws when the input lacks what the equation needs.
  public func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput {
    let ratio = try ImportanceRatio.token(input.logp, input.old)
    return ObjectiveOutput(
      value: try surrogate(ratio, input), metrics: try clipMetrics(ratio, input))
  }
}
