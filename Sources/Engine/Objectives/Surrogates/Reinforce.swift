/// The plain policy gradient: every token pulls by its advantage, however far it has moved.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: agg's share of A_it at every token.
/// Deviations: none.
enum Reinforce {
  static let card = ObjectiveCard(
    name: "reinforce", title: "REINFORCE",
    summary: "the plain policy gradient: log-probabilities weighted by advantages",
    equation: "J = (1/B) sum_i sum_t A_it log pi(y_it)",
    paper: "Williams 1992 (Machine Learning 8), eq. (4); no arXiv id",
    profile: .init(
      .policyGradient, granularity: "token", advantage: "rloo",
      failure: "biased after the first update on a rollout: nothing corrects for the ratio"),
    conventions: [
      "the ratio plays no part, so several updates on one rollout are biased",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
      "with rloo it is RLOO (arXiv:2402.14740), with gpg and token_mean GPG (arXiv:2504.02546), "
        + "with remax ReMax (arXiv:2310.10505)",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let shared = parameter.shared(
      .sequenceMeanTokenSum, source: "the gradient of the expected return")
    return { arguments in
      try GatedObjective("reinforce", ConstantCoefficient(), form: .likelihood, arguments[shared])
    }
  }
}

/// The gate of an objective that ignores the ratio: its coefficient is 1 everywhere.
///
///     weight(r) r = 1
struct ConstantCoefficient: Gate {
  func gate(at point: GatePoint) throws -> Tensor { try Tensor.ones(point.ratio.shape) }
  func weight(at point: GatePoint) throws -> Tensor { try 1 / point.ratio }
}
