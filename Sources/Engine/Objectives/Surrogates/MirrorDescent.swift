/// Regression of log ratios on advantages: the plain policy gradient, and a square that pulls back to where was
/// sampled.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: A_it - tau sum_u z_iu at a token (mirror_descent), A_it
/// - beta z_it (dro), with z = logp - old, over what is averaged. Deviations: none.
enum MirrorDescent {
  static let card = ObjectiveCard(
    name: "mirror_descent", title: "Online policy mirror descent (Kimi k1.5)",
    summary:
      "log-probabilities weighted by advantages, and a square that pulls each sequence back to where it was sampled",
    equation: "J = (1/B) sum_i (A_i sum_t logp_it - (tau / 2) (sum_t (logp_it - old_it))^2)",
    paper: "arXiv:2501.12599, section 2.3.2",
    profile: .init(
      .offPolicy, granularity: "sequence", advantage: "group_center",
      failure: "the square of a long sequence's sum outweighs its advantage after little movement"),
    conventions: [
      "it fits tau sum_t (logp - old) to R - mean_g, which stands for R - tau log Z: use group_center",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
      "the paper starts every round from the policy that sampled, with a new optimiser",
    ],
    edgeCases: [ObjectiveCard.sharedEdgeCases[0], "an advantage of 0 leaves the pull back"]
  ) { parameter in
    let tau = parameter(
      "tau", 0.1, symbol: "tau", "strength of the pull back", source: "ROLL; arXiv:2501.12599 gives none",
      .nonNegative)
    let shared = parameter.shared(.sequenceMeanTokenSum, source: "arXiv:2501.12599, section 2.3.2")
    return { arguments in
      try GatedObjective(
        "mirror_descent", ConstantCoefficient(), form: .likelihood,
        movement: MovementPenalty(strength: arguments[tau], distance: .sequence), arguments[shared])
    }
  }

  static let dro = ObjectiveCard(
    name: "dro", title: "Direct Reward Optimisation",
    summary:
      "log-probabilities weighted by advantages, and a square that pulls each token back to where it was sampled",
    equation: "J = sum_it (A_it logp_it - (beta / 2) (logp_it - old_it)^2) / sum_i L_i",
    paper: "arXiv:2405.19107, section 3, token by token as in verl",
    profile: .init(
      .offPolicy, granularity: "token", advantage: "group_center",
      failure: "nothing corrects for the ratio: old samples keep their full pull"),
    conventions: [
      "the paper squares whole sequences and learns their value too; verl and Tinker take tokens and advantages",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
    ],
    edgeCases: [ObjectiveCard.sharedEdgeCases[0], "an advantage of 0 leaves the pull back"]
  ) { parameter in
    let strength = parameter(
      "strength", 0.05, symbol: "beta", "strength of the pull back",
      source: "Tinker's example; verl has no default",
      .nonNegative)
    let shared = parameter.shared(.tokenMean, source: "verl")
    return { arguments in
      try GatedObjective(
        "dro", ConstantCoefficient(), form: .likelihood,
        movement: MovementPenalty(strength: arguments[strength], distance: .token), arguments[shared])
    }
  }
}
