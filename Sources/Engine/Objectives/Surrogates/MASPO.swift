/// Mass-Adaptive Soft Policy Optimization: a Gaussian gate, wider for rare tokens and for good answers.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: weight r A at a token; the weight is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum MASPO {
  static let card = ObjectiveCard(
    name: "maspo", title: "Mass-Adaptive Soft Policy Optimization",
    summary:
      "a Gaussian gate on outward moves, wider for tokens that were rare and for answers that were good",
    equation: """
      J = sum_it sg[w_it] r_it A_it / sum_i L_i
      w = exp(-(r - 1)^2 / (2 sigma^2)) where A > 0 and r > 1, or A < 0 and r < 1;  w = 1 elsewhere
      sigma = clip(sigma_base / pi_old^alpha, sigma_base, sigma_high) risk(A)
      risk(A) = clip(1 + beta_pos A, 0.1, 10) where A > 0, clip(1 / (1 - beta_neg A), 0.1, 10) elsewhere
      """,
    paper: "arXiv:2602.17550",
    profile: .init(
      .softGates, granularity: "token", advantage: "group_norm",
      failure: "six constants; inward moves are not held at all"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the gate's own gradient is stopped, as in the authors' code: the coefficient is weight r A",
      "gate and weight depend on the size of A and on the token's old probability, their third argument",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let sigmaBase = parameter(
      "sigma_base", 1, symbol: "sigma_base", "width of the gate for a token that was certain", source: code,
      .positive)
    let sigmaHigh = parameter(
      "sigma_high", 10, symbol: "sigma_high", "largest width", source: code, .positive)
    let alpha = parameter(
      "alpha", 0.3, symbol: "alpha", "how much wider the gate is for rare tokens", source: code, .nonNegative)
    let betaPos = parameter(
      "beta_pos", 0.03, symbol: "beta_+", "how much wider for larger positive advantages", source: code,
      .nonNegative)
    let betaNeg = parameter(
      "beta_neg", 0.03, symbol: "beta_-", "how much narrower for larger negative advantages", source: code,
      .nonNegative)
    let shared = parameter.shared(.tokenMean, source: code)
    return { arguments in
      let base = try arguments[sigmaBase]
      let high = try arguments[sigmaHigh]
      guard base <= high else {
        throw EngineError(
          .argument, "maspo", "sigma_base has to be at most sigma_high, got \(base) and \(high)",
          hint: "the defaults are 1 and 10")
      }
      let gate = try GaussianGate(
        base: base, high: high, alpha: arguments[alpha], positive: arguments[betaPos],
        negative: arguments[betaNeg])
      return try GatedObjective("maspo", gate, form: .weighted, arguments[shared])
    }
  }

  private static let code = "the authors' code; arXiv:2602.17550"
}

/// The gate of MASPO: Gaussian in r - 1 on outward moves; see `MASPO.card` for the equation.
struct GaussianGate: Gate {
  let base: Double
  let high: Double
  let alpha: Double
  let positive: Double
  let negative: Double

  func gate(at point: GatePoint) throws -> Tensor { try weight(at: point) * point.ratio }

  func weight(at point: GatePoint) throws -> Tensor {
    let advantage = point.advantage
    let one = Tensor(1)
    let isGood = try BinaryOperation.gt(advantage, Tensor(0))
    // A token of probability 0 is as wide as the widest.
    let rarity = try BinaryOperation.pow(point.probability, Tensor(-alpha))
    let risk = try Tensor.select(
      isGood, (positive * advantage + 1).clipped(0.1, 10), (1 / (1 - negative * advantage)).clipped(0.1, 10))
    let sigma = try (base * rarity).clipped(base, high) * risk
    let distance = try UnaryOperation.square((point.ratio - 1) / sigma)
    let isOutward = try Tensor.select(
      isGood, BinaryOperation.gt(point.ratio, one),
      BinaryOperation.and(BinaryOperation.lt(advantage, Tensor(0)), BinaryOperation.lt(point.ratio, one)))
    return try Tensor.select(isOutward, UnaryOperation.exp(distance * -0.5), one)
  }
}
