/// Proximal Policy Optimization: the clipped surrogate on a critic's advantages, with an entropy bonus.
///
/// Shapes: logp, old, ref, H [B, T?]; A [B, T?] or [B]; J [].
/// Gradient: through `logp`, in r and in the KL term, and through the entropies.
/// Deviations: the clamp of `ImportanceRatio`; the value loss is the critic's own update (`fit_values`), which
/// differs from the paper's sum only where the two share weights.
enum PPO {
  static let card = ObjectiveCard(
    name: "ppo", title: "Proximal Policy Optimization",
    summary: "the clipped surrogate on a critic's advantages, with an optional entropy bonus",
    equation: """
      J = agg_it [ min(r A, clip(r, 1 - eps, 1 + eps) A) - beta KL_it + c_H H_it ]
      r_it = exp(logp_it - old_it),   H_it the entropy of the policy at the token
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
      "the critic has weights of its own and is fitted by fit_values, so no coefficient weighs its loss",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + [
      "entropy above 0 needs the batch's entropies, which step provides", "beta above 0 needs ref",
    ]
  ) { parameter in
    let clip = parameter.clip(
      0.2, "half width of the range in which the ratio moves freely", source: "arXiv:1707.06347")
    let dualClip = parameter.dualClip()
    let entropy = parameter(
      "entropy", 0, symbol: "c_H", "strength of the entropy bonus",
      source: "off, as in TRL, verl and OpenRLHF; arXiv:1707.06347 has 0.01 for Atari", .nonNegative)
    let shared = parameter.shared(.tokenMean, source: "TRL and verl")
    return { arguments in
      let surrogate = try GatedObjective(
        "ppo", ClipGate(low: arguments[clip], high: arguments[clip], ceiling: arguments[dualClip]),
        arguments[shared])
      let strength = try arguments[entropy]
      return strength > 0 ? EntropyBonus(surrogate, strength: strength) : surrogate
    }
  }
}

/// An objective with a reward for uncertainty.
///
///     J' = J + c agg_it H_it
///
/// The aggregation is that of J. Gradient: also through the entropies, where they are traced.
struct EntropyBonus: Objective {
  private let base: GatedObjective
  private let strength: Double

  init(_ base: GatedObjective, strength: Double) {
    self.base = base
    self.strength = strength
  }

  var gate: (any Gate)? { base.gate }

  func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    guard let entropy = batch[.entropy] else {
      throw EngineError(
        .argument, base.name, "entropy is \(strength), but the batch has no entropies",
        hint: "give the batch entropy:, or leave entropy at 0")
    }
    let output = try base.evaluate(batch)
    let bonus = try strength * base.aggregation(entropy)
    return ObjectiveOutput(
      value: try output.value + bonus, metrics: output.metrics, surrogate: output.surrogate ?? output.value)
  }
}
