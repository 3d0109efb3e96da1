/// Proximal Policy Optimization: the clipped surrogate on a critic's advantages.
///
/// Shapes: logp, old, ref [B, T?]; A [B, T?] or [B]; J [].
/// Gradient: through `logp`, in r and in the KL term.
/// Deviations: the clamp of `ImportanceRatio`; the value loss is the critic's own update (`fit_values`), which
/// differs from the paper's sum only where the two share weights.
enum PPO {
  static let card = ObjectiveCard(
    name: "ppo", title: "Proximal Policy Optimization",
    summary: "the clipped surrogate on a critic's advantages",
    equation: """
      J = agg_it [ min(r A, clip(r, 1 - eps, 1 + eps) A) - beta KL_it ],   r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:1707.06347, eqs. (7) and (9)",
    profile: .init(
      .trustRegion, granularity: "token", advantage: "gae",
      models: "policy, critic; reference with beta, here or in gae",
      cost: "the critic's forward and backward pass",
      failure: "a critic that lags misleads every token; its size and learning rate are further knobs"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the mean is over tokens; with seq_mean_token_mean it is the loss of grpo",
      "a penalty on KL may stand in the objective (beta) or in the rewards (beta of gae, kl_in_reward)",
      "the paper's entropy bonus is entropy_bonus(ppo(), 0.01), as for any objective",
      "the critic has weights of its own and is fitted by fit_values, so no coefficient weighs its loss",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + [
      "beta above 0 needs ref"
    ]
  ) { parameter in
    let clip = parameter.clip(
      0.2, "half width of the range in which the ratio moves freely", source: "arXiv:1707.06347")
    let dualClip = parameter.dualClip()
    let shared = parameter.shared(.tokenMean, source: "TRL and verl")
    return { arguments in
      try GatedObjective(
        "ppo", ClipGate(low: arguments[clip], high: arguments[clip], ceiling: arguments[dualClip]),
        arguments[shared])
    }
  }
}
