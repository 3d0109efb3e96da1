/// Divergence PPO: a token is silenced when its probability, not its ratio, has moved too far.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: sg[M min(r, cap)] A at a token; the mask M is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum DPPO {
  static let card = ObjectiveCard(
    name: "dppo", title: "Divergence Proximal Policy Optimization",
    summary: "tokens are silenced by how far their probability moved, so that rare tokens keep learning",
    equation: """
      J = sum_it sg[M_it min(r_it, cap)] A_it log pi(y_it) / sum_i L_i
      M_it = 0 where the token moves outwards and D(pi_old, pi) > eps, 1 elsewhere
      D = |pi - pi_old| ("tv") or KL of the two-outcome distributions ("kl")
      """,
    paper: "arXiv:2602.04879",
    profile: .init(
      .softGates, granularity: "token", advantage: "group_norm",
      failure: "likely tokens are held tightly, so a confident mistake is unlearnt slowly"),
    conventions: [
      ObjectiveCard.clampConvention,
      "only outward moves are stopped: up for a positive advantage, down for the others",
      "gate and weight depend on the token's old probability, their third argument",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let clipLow = parameter.clipLow(
      0.2, "divergence that stops a falling token of negative advantage",
      source: "prime-rl; verl reads its clip_ratio, 0.2")
    let clipHigh = parameter.clipHigh(
      0.2, "divergence that stops a rising token of positive advantage",
      source: "prime-rl; verl reads its clip_ratio, 0.2")
    let divergence = parameter(
      "divergence", "tv", symbol: "D", "how the distance is measured",
      source: "arXiv:2602.04879 has both; prime-rl has tv", .oneOf(["tv", "kl"]))
    let cap = parameter(
      "cap", 20, symbol: "C", "largest weight of a token", source: "verl's clip_ratio_c for dppo", .above(0))
    let shared = parameter.shared(.tokenMean, source: "verl")
    return { arguments in
      let gate = try DivergenceGate(
        low: arguments[clipLow], high: arguments[clipHigh],
        usesKL: arguments[divergence] == "kl", cap: arguments[cap])
      return try GatedObjective("dppo", gate, form: .likelihood, arguments[shared])
    }
  }
}

/// The gate of DPPO: the capped ratio as long as the token's probability is near where it was.
///
///     weight(r) r = M min(r, cap)
///     D_tv = |p r - p|,   D_kl = p log(1 / r) + (1 - p) log((1 - p + 1e-8) / (1 - p r + 1e-8)),   p = pi_old
///
/// The 1e-8 are verl's. A probability p r above 1, which no policy has, counts as 1.
struct DivergenceGate: Gate {
  let low: Double
  let high: Double
  let usesKL: Bool
  let cap: Double

  func gate(at point: GatePoint) throws -> Tensor {
    try within(point) * BinaryOperation.min(point.ratio, Tensor(cap))
  }

  func weight(at point: GatePoint) throws -> Tensor { try gate(at: point) / point.ratio }

  /// 1 where the token still pulls.
  private func within(_ point: GatePoint) throws -> Tensor {
    let old = point.probability
    let new = try BinaryOperation.min(old * point.ratio, Tensor(1))
    let rise = try usesKL ? divergence(old, new) * UnaryOperation.sign(new - old) : new - old
    return try Tensor.select(
      BinaryOperation.gt(point.advantage, Tensor(0)), BinaryOperation.le(rise, Tensor(high)),
      BinaryOperation.ge(rise, Tensor(-low)))
  }

  private func divergence(_ old: Tensor, _ new: Tensor) throws -> Tensor {
    let rest = try (1 - old) * UnaryOperation.log((1 - old + 1e-8) / (1 - new + 1e-8))
    let own = try old * UnaryOperation.log(old / new)
    return try Tensor.select(BinaryOperation.gt(old, Tensor(0)), own, Tensor(0)) + rest
  }
}
