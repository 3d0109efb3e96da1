/// Direct Preference Optimization, and two readings of it for labels that may be wrong.
///
/// Shapes: as `PairObjective`. Gradient: beta sigma(-beta h) at every chosen token, minus that at every rejected one,
/// over P. Deviations: none.
enum DPO {
  static let card = ObjectiveCard(
    name: "dpo", title: "Direct Preference Optimization",
    summary:
      "the log-likelihood that the chosen completion is preferred, with rewards implied by the policy itself",
    equation: """
      J = (1/P) sum_p log sigma(beta h_p)
      h = sum_t (logp - ref)_chosen - sum_t (logp - ref)_rejected
      """,
    paper: "arXiv:2305.18290, eq. (7)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "both completions of a pair may become unlikely: only their difference counts"),
    conventions: [
      ObjectiveCard.pairConvention, "label smoothing is an objective of its own: cdpo, robust_dpo",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2305.18290, section 6")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("dpo", .logRatioSum, scale: beta) { try UnaryOperation.logSigmoid(beta * $0) }
    }
  }

  static let conservative = ObjectiveCard(
    name: "cdpo", title: "Conservative DPO",
    summary: "DPO for labels of which a share is wrong: the loss expected under the flips",
    equation: "J = (1/P) sum_p ((1 - eps) log sigma(beta h_p) + eps log sigma(-beta h_p)),   h as in dpo",
    paper: "Mitchell 2023, A note on DPO with noisy preferences and relationship to IPO; no arXiv id",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "biased when no label is wrong: the margin stops at log((1 - eps) / eps) / beta"),
    conventions: [
      ObjectiveCard.pairConvention,
      "label_smoothing in TRL's CPOTrainer, on log ratios (TRL 1.16's DPOTrainer does not smooth)",
      "with noise 0 it is dpo",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2305.18290, section 6")
    let noise = noise(parameter, 0.1, source: "the note's example")
    return { arguments in
      let (beta, noise) = try (arguments[beta], arguments[noise])
      return PairObjective("cdpo", .logRatioSum, scale: beta) { try mixed(beta * $0, 1 - noise, noise) }
    }
  }

  static let robust = ObjectiveCard(
    name: "robust_dpo", title: "Robust DPO",
    summary: "DPO for labels of which a share is wrong: an unbiased estimate of the loss under the true ones",
    equation: """
      J = (1/P) sum_p ((1 - eps) log sigma(beta h_p) - eps log sigma(-beta h_p)) / (1 - 2 eps),   h as in dpo
      """,
    paper: "arXiv:2403.00409",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "the variance grows as eps nears one half"),
    conventions: [ObjectiveCard.pairConvention, "with noise 0 it is dpo"],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2305.18290, section 6")
    let noise = noise(parameter, 0.1, source: "as cdpo; the paper takes it from the data")
    return { arguments in
      let (beta, noise) = try (arguments[beta], arguments[noise])
      let scale = 1 / (1 - 2 * noise)
      return PairObjective("robust_dpo", .logRatioSum, scale: beta) {
        try mixed(beta * $0, (1 - noise) * scale, -noise * scale)
      }
    }
  }

  private static func noise(_ parameter: Parameters, _ value: Double, source: String) -> Argument<Double> {
    parameter("noise", value, symbol: "eps", "the share of labels that is wrong", source: source, .below(0.5))
  }

  /// The two labels weighed: kept log sigma(h) + flipped log sigma(-h).
  private static func mixed(_ h: Tensor, _ kept: Double, _ flipped: Double) throws -> Tensor {
    try kept * UnaryOperation.logSigmoid(h) + flipped * UnaryOperation.logSigmoid(-h)
  }
}
