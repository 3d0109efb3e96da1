/// Group Sequence Policy Optimization: one ratio, and one clip, a sequence.
///
/// Shapes: logp, old [B, T?]; s, A [B]; J []. Gradient: d s_i / d logp_it = s_i / L_i; A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum GSPO {
  static let card = ObjectiveCard(
    name: "gspo", title: "Group Sequence Policy Optimization",
    summary: "the clipped surrogate on one ratio a sequence, the geometric mean of its tokens' ratios",
    equation: """
      s_i = exp((1/L_i) sum_t (logp_it - old_it))
      J = (1/B) sum_i min(s_i A_i, clip(s_i, 1 - eps_low, 1 + eps_high) A_i)
      """,
    paper: "arXiv:2507.18071, eq. (5); s: eq. (7)",
    profile: .init(
      .sequenceLevel, granularity: "sequence", advantage: "group_norm",
      failure: "a few outlier tokens silence a whole sequence; the tiny range needs tuning"),
    conventions: [
      ObjectiveCard.clampConvention + "; here the clamp is on the sequence's mean log ratio",
      "the sequence's own ratio is differentiated (TRL); verl differentiates GSPO-token, whose gradient is the same",
      "with an aggregation by tokens a sequence's surrogate counts once for each of its tokens",
      "clip and gate are shares of tokens",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"]
  ) { parameter in
    let (clipLow, clipHigh) = GSPO.clips(parameter)
    let shared = parameter.shared(.sequenceMeanTokenMean, source: "arXiv:2507.18071, eq. (5)")
    return { arguments in
      try GatedObjective(
        "gspo", level: .sequence, ClipGate(low: arguments[clipLow], high: arguments[clipHigh]),
        arguments[shared])
    }
  }

  /// The paper's clip range for ratios of sequences.
  static func clips(_ parameter: Parameters) -> (low: Argument<Double>, high: Argument<Double>) {
    (
      parameter.clipLow(
        3e-4, "how far below 1 the sequence ratio may fall", source: "arXiv:2507.18071, section 5.1"),
      parameter.clipHigh(
        4e-4, "how far above 1 the sequence ratio may rise", source: "arXiv:2507.18071, section 5.1")
    )
  }
}

/// GSPO-token: the sequence's ratio as the value, each token's own log-probability as the path of the gradient.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: sg[s_i] A_it at a token.
/// Deviations: the clamp of `ImportanceRatio`.
enum GSPOToken {
  static let card = ObjectiveCard(
    name: "gspo_token", title: "GSPO-token",
    summary: "GSPO with advantages that may differ from token to token",
    equation: """
      s_it = sg[s_i] pi(y_it) / sg[pi(y_it)]
      J = (1/B) sum_i (1/L_i) sum_t min(s_it A_it, clip(s_it, 1 - eps_low, 1 + eps_high) A_it)
      """,
    paper: "arXiv:2507.18071, eqs. (13) and (14)",
    profile: .init(
      .sequenceLevel, granularity: "sequence, advantages by token", advantage: "group_norm",
      failure: "as GSPO"),
    conventions: [
      ObjectiveCard.clampConvention + "; here the clamp is on the sequence's mean log ratio",
      "with one advantage per sequence and seq_mean_token_mean, value and gradient are those of gspo",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let (clipLow, clipHigh) = GSPO.clips(parameter)
    let shared = parameter.shared(.sequenceMeanTokenMean, source: "arXiv:2507.18071, eq. (13)")
    return { arguments in
      try GatedObjective(
        "gspo_token", level: .sequenceToken, ClipGate(low: arguments[clipLow], high: arguments[clipHigh]),
        arguments[shared])
    }
  }
}

/// Length-Unbiased Sequence Policy Optimization: GSPO with sequences weighted by their length.
///
/// Shapes: logp, old [B, T?]; s, A [B]; J []. Gradient: s_i A_i at a token, over B.
/// Deviations: the clamp of `ImportanceRatio`.
enum LUSPO {
  static let card = ObjectiveCard(
    name: "luspo", title: "Length-Unbiased Sequence Policy Optimization",
    summary: "GSPO times the length of each sequence, so that long answers do not lose weight",
    equation: "J = (1/B) sum_i L_i min(s_i A_i, clip(s_i, 1 - eps_low, 1 + eps_high) A_i)",
    paper: "arXiv:2602.05261",
    profile: .init(
      .sequenceLevel, granularity: "sequence", advantage: "group_norm",
      failure: "long sequences dominate the update"),
    conventions: [
      ObjectiveCard.clampConvention + "; here the clamp is on the sequence's mean log ratio",
      "the length comes in through the aggregation: a sequence's surrogate counts once for each of its tokens",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"]
  ) { parameter in
    let clipLow = parameter.clipLow(
      2e-3, "how far below 1 the sequence ratio may fall", source: "arXiv:2602.05261")
    let clipHigh = parameter.clipHigh(
      2.5e-3, "how far above 1 the sequence ratio may rise", source: "arXiv:2602.05261")
    let shared = parameter.shared(.sequenceMeanTokenSum, source: "arXiv:2602.05261; L_i times gspo's")
    return { arguments in
      try GatedObjective(
        "luspo", level: .sequence, ClipGate(low: arguments[clipLow], high: arguments[clipHigh]),
        arguments[shared])
    }
  }
}
