/// DeepSeek-V3.2's GRPO: bad sequences that the policy has left behind are masked, and the KL estimate is unbiased.
///
/// Shapes: logp, old, ref [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp` in r and in the KL term; A and the mask are constants.
/// Deviations: the clamp of `ImportanceRatio`; beta is 0 unless given.
enum DeepSeekV32 {
  static let card = ObjectiveCard(
    name: "deepseek_v32", title: "DeepSeek-V3.2's GRPO",
    summary: "GRPO with a mask on bad sequences that are far off-policy, and an unbiased KL estimate",
    equation: """
      J = (1/B) sum_i (1/L_i) sum_t [ M_i min(r A, clip(r, 1 - eps, 1 + eps) A) - beta r k3_it ]
      M_i = 0 where A_i < 0 and (1/L_i) sum_t log(pi_old / pi) > delta, 1 elsewhere
      """,
    paper: "arXiv:2512.02556, section 3.1",
    profile: .init(
      .offPolicy, granularity: "token, masked by sequence", advantage: "group_center",
      failure: "delta decides: a tight one throws most negatives away, a loose one does nothing"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the mask compares with the sampler's own log-probabilities where the batch has them, as in TRL",
      "masked sequences stay in the denominators; the mask does not touch the KL term",
      "use group_center: the paper does not divide by the deviation",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["beta above 0 needs ref", "delta: inf masks nothing"]
  ) { parameter in
    let clip = parameter.clip(
      0.2, "half width of the clip range", source: "as GRPO; arXiv:2512.02556 does not state it")
    let delta = parameter(
      "delta", 0.5, symbol: "delta",
      "nats a token by which a bad sequence may have become less likely before it is masked",
      source: "TRL's documentation; the paper gives none, slime has 1e-4, Trinity 0.05 to 0.2", .above(0))
    let shared = parameter.shared(
      .sequenceMeanTokenMean, source: "as GRPO", .unbiased, estimatorSource: "arXiv:2512.02556, section 3.1")
    return { arguments in
      let mask = try SequenceMask(delta: arguments[delta])
      return try GatedObjective(
        "deepseek_v32", ClipGate(low: arguments[clip], high: arguments[clip]), mask: mask, arguments[shared])
    }
  }
}
