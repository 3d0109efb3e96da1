/// Direct Preference Optimization, and two readings of it for labels that may be wrong.
///
/// Shapes: as `PairObjective`. Gradient: beta sigma(-beta h) w f''(w) at every chosen token, minus that at every
/// rejected one, over P; w f''(w) is 1 for the reverse KL. Deviations: the bound on powers of w.
enum DPO {
  static let card = ObjectiveCard(
    name: "dpo", title: "Direct Preference Optimization",
    summary:
      "the log-likelihood that the chosen completion is preferred, with rewards implied by the policy itself",
    equation: """
      J = (1/P) sum_p log sigma(beta h_p),   h = f'(w_chosen) - f'(w_rejected),   w = exp(sum_t (logp - ref))
      f'(w) = log w ("reverse_kl"), 1 - 1 / w ("forward_kl"), log(2 w / (1 + w)) ("js"), (1 - w^-alpha) / alpha ("alpha")
      """,
    paper: "arXiv:2305.18290, eq. (7); other divergences: arXiv:2309.16240",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "both completions of a pair may become unlikely: only their difference counts"),
    conventions: [
      ObjectiveCard.pairConvention, "label smoothing is an objective of its own: cdpo, robust_dpo",
      "\"alpha\" runs from reverse_kl at 0 to forward_kl at 1; TRL's f_alpha_divergence_coef is 1 - alpha",
      "powers of w are held at exp(80), the bound of TRL's alpha in single precision; beyond it the gradient is 0",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2305.18290, section 6")
    let divergence = parameter(
      "divergence", DivergenceLink.Kind.reverseKL, symbol: "f",
      "the divergence that holds the policy near the reference",
      source: "arXiv:2305.18290", .choice)
    let alpha = parameter(
      "alpha", 0.5, symbol: "alpha", "the power of \"alpha\"; unused otherwise",
      source: "the middle of the range of arXiv:2309.16240, and TRL's", .share)
    return { arguments in
      let beta = try arguments[beta]
      let link = try DivergenceLink(kind: arguments[divergence], alpha: arguments[alpha])
      return PairObjective("dpo", .link(link), scale: beta) {
        try UnaryOperation.logSigmoid(beta * ($0 - $1))
      }
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
      return PairObjective("cdpo", .logRatioSum, scale: beta) {
        try mixed(beta * ($0 - $1), 1 - noise, noise)
      }
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
        try mixed(beta * ($0 - $1), (1 - noise) * scale, -noise * scale)
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

/// What a divergence from the reference makes of a probability ratio to be an implicit reward: the slope of its
/// generator.
///
///     f'(w) of u = log w:  u,  1 - exp(-u),  log 2 + log sigma(u),  (1 - exp(-alpha u)) / alpha
///
/// Paper: arXiv:2309.16240. Deviations: exponents are held at 80 at most.
struct DivergenceLink: Sendable {
  enum Kind: String, CaseIterable {
    case reverseKL = "reverse_kl"
    case forwardKL = "forward_kl"
    case jensenShannon = "js"
    case alpha
  }

  let kind: Kind
  let alpha: Double

  /// f' at ratios whose logarithms are `u`.
  func callAsFunction(_ u: Tensor) throws -> Tensor {
    switch kind {
    case .reverseKL: u
    case .forwardKL: try DivergenceLink.power(u, 1)
    case .jensenShannon: try 0.693147180559945309 + UnaryOperation.logSigmoid(u)
    case .alpha: try DivergenceLink.power(u, alpha)
    }
  }

  private static func power(_ u: Tensor, _ alpha: Double) throws -> Tensor {
    if alpha == 0 { return u }
    return try -UnaryOperation.expm1((-alpha * u).clipped(-.infinity, 80)) / alpha
  }
}
