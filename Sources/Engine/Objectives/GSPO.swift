/// Group Sequence Policy Optimization.
///
///     s_i = exp((1/L_i) sum_t (logp_it - old_it))
///     J = (1/B) sum_i min(s_i A_i, clip(s_i, 1 - eps_low, 1 + eps_high) A_i)
///
/// Paper: arXiv:2507.18071, eqs. (5) and (7).
/// Shapes: logp, old [B, T?]; s, A [B]; J [].
/// Gradient: d s_i / d logp_it = s_i / L_i; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
/// Edge cases: s = 1 for an empty sequence, which is not counted; see `ObjectiveCard.sharedEdgeCases`.
public struct GSPO: GatedObjective {
  let curve: ClipGate
  let aggregation: Aggregation

  static let card = ObjectiveCard(
    name: "gspo", title: "Group Sequence Policy Optimization",
    summary: "the clipped surrogate on one ratio a sequence, the geometric mean of its tokens' ratios",
    equation: """
      s_i = exp((1/L_i) sum_t (logp_it - old_it))
      J = (1/B) sum_i min(s_i A_i, clip(s_i, 1 - eps_low, 1 + eps_high) A_i)
      """,
    paper: "arXiv:2507.18071, eq. (5); s: eq. (7)",
    parameters: [
      Parameter(
        "clip_low", .number(3e-4), symbol: "eps_low", "how far below 1 the sequence ratio may fall",
        source: "arXiv:2507.18071, section 5.1", .fraction),
      Parameter(
        "clip_high", .number(4e-4), symbol: "eps_high", "how far above 1 the sequence ratio may rise",
        source: "arXiv:2507.18071, section 5.1", .nonNegative),
    ] + Aggregation.parameters(.sequenceMeanTokenMean, source: "arXiv:2507.18071, eq. (5)"),
    conventions: [
      ObjectiveCard.clampConvention + "; here the clamp is on the sequence's mean log ratio",
      "the sequence's own ratio is differentiated (TRL); verl differentiates GSPO-token, whose gradient is the same",
      "with an aggregation by tokens a sequence's surrogate counts once for each of its tokens",
      "clip and gate are shares of tokens",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"],
    metrics: ObjectiveCard.clipMetrics,
    source: """
      fn gspo(b, clip_low = 3e-4, clip_high = 4e-4) {
          s = exp(seq_mean(b.logp - b.old))
          clipped = clip(s, 1 - clip_low, 1 + clip_high)
          seq_mean_token_mean(min(s * b.advantage, clipped * b.advantage))
      }
      """,
    build: { arguments in
      GSPO(
        curve: ClipGate(low: arguments.number("clip_low"), high: arguments.number("clip_high")),
        aggregation: try Aggregation(arguments))
    })

  /// The value and the measurements; throws when the input lacks what the equation needs.
  public func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput {
    guard input.advantage.shape.tokenRows == nil else {
      throw EngineError(
        .shape, "gspo", "needs one advantage a sequence, got shape \(input.advantage.shape)",
        hint: "use group_norm, group_center or rloo")
    }
    let ratio = try ImportanceRatio.sequence(input.logp, input.old)
    return ObjectiveOutput(
      value: try surrogate(ratio, input), metrics: try clipMetrics(ratio, input))
  }
}
