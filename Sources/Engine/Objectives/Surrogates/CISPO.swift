/// Clipped IS-weight Policy Optimization: the clipped ratio as a constant weight of the plain policy gradient.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: sg[clip(r)] A at a token; none is ever silenced.
/// Deviations: the clamp of `ImportanceRatio`.
enum CISPO {
  static let card = ObjectiveCard(
    name: "cispo", title: "Clipped IS-weight Policy Optimization",
    summary: "the policy gradient weighted by a capped ratio, so that no token is ever silenced",
    equation: "J = sum_it sg[clip(r_it, 1 - eps_low, 1 + eps_high)] A_it log pi(y_it) / sum_i L_i",
    paper: "arXiv:2506.13585",
    profile: .init(
      .softGates, granularity: "token", advantage: "group_norm",
      failure: "nothing stops a token that keeps moving; the trust region is soft at best"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the cap is 1 + clip_high, as in the paper and verl; TRL's epsilon_high is the cap itself",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
      "with clip_low: 1 it is truncated importance sampling",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let clipLow = parameter(
      "clip_low", 1, symbol: "eps_low", "how far below 1 the weight may fall; 1 leaves it free",
      source: "arXiv:2506.13585 does not bound it below; verl and slime do", .share)
    let clipHigh = parameter.clipHigh(
      4, "how far above 1 the weight may rise",
      source: "arXiv:2510.13786 (ScaleRL) caps at 5; arXiv:2506.13585 does not state its cap")
    let shared = parameter.shared(.tokenMean, source: "arXiv:2506.13585")
    return { arguments in
      let gate = try CappedCoefficient(
        lower: 1 - arguments[clipLow], upper: 1 + arguments[clipHigh])
      return try GatedObjective("cispo", gate, form: .likelihood, arguments[shared])
    }
  }
}

/// The gate of CISPO: the coefficient is the ratio within bounds.
///
///     weight(r) r = clip(r, lower, upper)
struct CappedCoefficient: Gate {
  let lower: Double
  let upper: Double

  func gate(at point: GatePoint) throws -> Tensor { try point.ratio.clipped(lower, upper) }
  func weight(at point: GatePoint) throws -> Tensor { try gate(at: point) / point.ratio }
}
