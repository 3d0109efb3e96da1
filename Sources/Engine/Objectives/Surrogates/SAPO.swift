/// Soft Adaptive Policy Optimization: a smooth gate in the place of the clip.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: sech^2(tau (r - 1) / 2) r A at a token, arXiv:2511.20347, eqs. (7) and (8); A is a constant.
/// Deviations: the clamp of `ImportanceRatio`.
enum SAPO {
  static let card = ObjectiveCard(
    name: "sapo", title: "Soft Adaptive Policy Optimization",
    summary: "a smooth gate with its own temperature for each sign of the advantage, in place of the clip",
    equation: """
      J = (1/B) sum_i (1/L_i) sum_t (4 / tau) sigmoid(tau (r_it - 1)) A_it
      tau = tau_pos where A > 0, tau_neg elsewhere;  r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:2511.20347, eq. (5); gate: eq. (6)",
    profile: .init(
      .softGates, granularity: "token, close to sequence when ratios agree", advantage: "group_norm",
      failure: "the gate never closes below r = 1; the paper sees every method drift in the end"),
    conventions: [
      ObjectiveCard.clampConvention,
      "tau_neg may be below tau_pos, as in the paper's ablation",
      "the value carries the constant (2 / tau) A, so on-policy it is not zero when the temperatures differ",
      "AReaL and Trinity-RFT average over tokens; TRL, verl and ms-swift as the paper does",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["A = 0 takes tau_neg; its product is 0 either way"]
  ) { parameter in
    let tauPos = parameter(
      "tau_pos", 1, symbol: "tau_pos", "temperature of the gate for positive advantages",
      source: "arXiv:2511.20347, all main runs", .positive)
    let tauNeg = parameter(
      "tau_neg", 1.05, symbol: "tau_neg", "temperature of the gate for the others",
      source: "arXiv:2511.20347, all main runs", .positive)
    let shared = parameter.shared(.sequenceMeanTokenMean, source: "arXiv:2511.20347, eq. (5)")
    return { arguments in
      let gate = try SoftGate(
        tauPositive: arguments[tauPos], tauNegative: arguments[tauNeg])
      return try GatedObjective("sapo", gate, arguments[shared])
    }
  }
}
