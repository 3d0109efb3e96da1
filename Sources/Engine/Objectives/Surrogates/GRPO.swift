/// Group Relative Policy Optimization: PPO's clipped surrogate on group-relative advantages.
///
/// Shapes: logp, old, ref [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp`, in r and in the KL term; A and `ref` are constants.
/// Deviations: the clamp of `ImportanceRatio`; beta is 0 unless given (the paper: 0.04).
enum GRPO {
  static let card = ObjectiveCard(
    name: "grpo", title: "Group Relative Policy Optimization",
    summary: "PPO's clipped surrogate on group-relative advantages, with an optional pull to a reference",
    equation: """
      J = (1/B) sum_i (1/L_i) sum_t [ min(r A, clip(r, 1 - eps, 1 + eps) A) - beta KL_it ]
      r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:2402.03300, eq. (3); KL: eq. (4)",
    profile: .init(
      .groupRelative, granularity: "token", advantage: "group_norm",
      failure: "noisy token ratios: long answers and mixtures of experts drift until it collapses"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the mean is over sequences of sequence means, as in the paper; TRL, verl and OpenRLHF default to token_mean",
      "at r = 1 + eps or r = 1 - eps exactly a token still counts",
      "with advantages of gae and aggregate: \"token_mean\" it is PPO's policy loss (arXiv:1707.06347, eq. (7))",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["beta above 0 needs ref"]
  ) { parameter in
    let clip = parameter.clip(
      0.2, "half width of the range in which the ratio moves freely",
      source: "arXiv:1707.06347 and TRL; arXiv:2402.03300 does not state it")
    let dualClip = parameter.dualClip()
    let shared = parameter.shared(
      .sequenceMeanTokenMean, source: "arXiv:2402.03300, eq. (3)",
      betaSource: "TRL; arXiv:2402.03300 has 0.04")
    let low = parameter(
      "clip_low", .infinity, symbol: "eps_low", "the room below 1 in the place of clip; inf for clip",
      source: "off; arXiv:2507.18071 has 0.2 for its GRPO", .above(0))
    let high = parameter(
      "clip_high", .infinity, symbol: "eps_high", "the room above 1 in the place of clip; inf for clip",
      source: "off; arXiv:2507.18071 has 0.27 for its GRPO", .above(0))
    return { arguments in
      let (below, above, clip) = (try arguments[low], try arguments[high], try arguments[clip])
      return try GatedObjective(
        "grpo",
        ClipGate(
          low: below.isFinite ? below : clip, high: above.isFinite ? above : clip,
          ceiling: arguments[dualClip]),
        arguments[shared])
    }
  }
}
