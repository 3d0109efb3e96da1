/// Tapered Off-Policy REINFORCE: good samples pull as in supervised learning, bad ones only while still likely.
///
/// Shapes: logp, old [B, T?]; w, A [B]; J []. Gradient: A_i at a token where A_i > 0, sg[min(w_i, cap)] A_i elsewhere.
/// Deviations: the clamp of `ImportanceRatio`, on the sum of log ratios.
enum TOPR {
  static let card = ObjectiveCard(
    name: "topr", title: "Tapered Off-Policy REINFORCE",
    summary: "the policy gradient with full weight on good samples and a truncated whole ratio on bad ones",
    equation: """
      J = (1/B) sum_i sg[c(w_i, A_i)] A_i sum_t log pi(y_it)
      c = 1 where A > 0, min(w, cap) elsewhere,   w_i = exp(sum_t (logp_it - old_it))
      """,
    paper: "arXiv:2503.14286, section 3",
    profile: .init(
      .offPolicy, granularity: "sequence, whole ratio", advantage: "group_center",
      failure: "good samples of a policy long gone keep their full pull"),
    conventions: [
      ObjectiveCard.clampConvention + "; so is the sequence's sum of them",
      "the paper weighs by the sign of the reward, here that of the advantage",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"]
  ) { parameter in
    let cap = parameter(
      "cap", 1, symbol: "b-", "largest weight of a bad sample", source: "arXiv:2503.14286, section 3",
      .positive)
    let shared = parameter.shared(.sequenceMeanTokenSum, source: "arXiv:2503.14286")
    return { arguments in
      try GatedObjective(
        "topr", level: .trajectory, TaperedGate(cap: arguments[cap]), form: .likelihood, arguments[shared])
    }
  }
}

/// The gate of TOPR: the coefficient is 1 for good samples and the truncated ratio for the others.
///
///     weight(r) r = 1  where A > 0,   min(r, cap)  elsewhere
struct TaperedGate: Gate {
  let cap: Double

  func gate(at point: GatePoint) throws -> Tensor {
    try Tensor.select(
      BinaryOperation.gt(point.advantage, Tensor(0)), Tensor.ones(point.ratio.shape),
      BinaryOperation.min(point.ratio, Tensor(cap)))
  }

  func weight(at point: GatePoint) throws -> Tensor { try gate(at: point) / point.ratio }
}
