/// Decoupled Clip and Dynamic sAmpling Policy Optimization: its objective.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: through `logp` in r; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum DAPO {
  static let card = ObjectiveCard(
    name: "dapo", title: "Decoupled Clip and Dynamic Sampling Policy Optimization",
    summary: "the clipped surrogate with more room upwards, averaged over all tokens alike",
    equation: """
      J = sum_it min(r A, clip(r, 1 - eps_low, 1 + eps_high) A) / sum_i L_i
      r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:2503.14476, eq. (8)",
    profile: .init(
      .groupRelative, granularity: "token", advantage: "group_norm",
      cost: "dynamic sampling draws up to several times the rollouts",
      failure: "dynamic sampling runs dry when every prompt is solved or none is"),
    conventions: [
      ObjectiveCard.clampConvention,
      "clip-higher and the token mean are here; dynamic_sampling, soft_overlong and overlong_filter "
        + "belong to the rollout, and each works alone",
      "at a bound exactly a token still counts",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let clipLow = parameter.clipLow(
      0.2, "how far below 1 the ratio may fall", source: "arXiv:2503.14476, section 4.1")
    let clipHigh = parameter.clipHigh(
      0.28, "how far above 1 the ratio may rise", source: "arXiv:2503.14476, section 4.1")
    let dualClip = parameter.dualClip()
    let shared = parameter.shared(.tokenMean, source: "arXiv:2503.14476, eq. (8)")
    return { arguments in
      try GatedObjective(
        "dapo", ClipGate(low: arguments[clipLow], high: arguments[clipHigh], ceiling: arguments[dualClip]),
        arguments[shared])
    }
  }
}
