/// GRPO done right: without the two normalisations that bias it, by length and by the group's deviation.
///
/// Shapes: logp, old [B, T?]; A [B]; J []. Gradient: through `logp` in r; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum DrGRPO {
  static let card = ObjectiveCard(
    name: "dr_grpo", title: "GRPO Done Right",
    summary:
      "the clipped surrogate summed over tokens and divided by a constant, for advantages that are only centred",
    equation: """
      J = (1/B) sum_i (1/C) sum_t min(r A, clip(r, 1 - eps, 1 + eps) A)
      C a constant length budget; A_i = R_i - mean_g
      """,
    paper: "arXiv:2503.20783, section 3.2",
    profile: .init(
      .groupRelative, granularity: "token", advantage: "group_center",
      failure: "the step depends on C and on the scale of the rewards: the learning rate must follow"),
    conventions: [
      ObjectiveCard.clampConvention,
      "use group_center: dividing by the group's deviation is the other bias the paper removes",
      "C is TRL's max_completion_length; verl's loss_scale_factor defaults to the padded width, which differs",
      "the objective does not depend on C but for its scale, which AdamW takes out again",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let clip = parameter.clip(0.2, "half width of the clip range", source: "arXiv:2503.20783")
    let shared = parameter.shared(.sequenceMeanTokenSumNorm, source: "arXiv:2503.20783, section 3.2")
    return { arguments in
      try GatedObjective("dr_grpo", ClipGate(low: arguments[clip], high: arguments[clip]), arguments[shared])
    }
  }
}
