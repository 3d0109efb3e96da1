/// Two-sided GRPO clipping, which bounds the pull of a bad token that became much likelier.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: through `logp` in r; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum TwoSidedClip {
  static let card = ObjectiveCard(
    name: "two_sided", title: "Two-sided GRPO clipping",
    summary: "the clipped surrogate with a ceiling on the ratio of negative advantages",
    equation: """
      J = sum_it min(min(r, delta) A, clip(r, 1 - eps, 1 + eps) A) / sum_i L_i
      """,
    paper: "arXiv:2505.07291",
    profile: .init(
      .groupRelative, granularity: "token", advantage: "group_norm",
      failure: "as GRPO; the ceiling only keeps single tokens from blowing up an update"),
    conventions: [
      ObjectiveCard.clampConvention,
      "a delta below 1 + eps counts as 1 + eps for negative advantages, as the outer min has it",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let clip = parameter.clip(0.2, "half width of the clip range", source: "arXiv:2505.07291")
    let delta = parameter(
      "delta", 4, symbol: "delta", "the ratio above which a negative advantage stops pulling",
      source: "arXiv:2505.07291; TRL calls it delta as well", .above(1))
    let shared = parameter.shared(.tokenMean, source: "arXiv:2505.07291")
    return { arguments in
      let clip = try arguments[clip]
      let delta = try arguments[delta]
      let gate = ClipGate(lower: 1 - clip, upper: min(1 + clip, delta), ceiling: max(1 + clip, delta))
      return try GatedObjective("two_sided", gate, arguments[shared])
    }
  }
}
