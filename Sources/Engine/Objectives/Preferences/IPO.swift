/// Identity Preference Optimization: margins are pulled to a target instead of driven to infinity.
///
/// Shapes: as `PairObjective`. Gradient: -2 (h - 1 / (2 beta)) at every chosen token and its opposite at every rejected
/// one, over P (and over the sequence's length with `length: "mean"`). Deviations: none.
enum IPO {
  static let card = ObjectiveCard(
    name: "ipo", title: "Identity Preference Optimization",
    summary: "squared distance of each pair's margin from a target that beta sets",
    equation: """
      J = -(1/P) sum_p (h_p - 1 / (2 beta))^2
      h = sum_t (logp - ref)_chosen - sum_t (logp - ref)_rejected, or the difference of the means over tokens
      """,
    paper: "arXiv:2310.12036, eq. (17)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "pairs beyond the target are pulled back, however clear they are"),
    conventions: [
      ObjectiveCard.pairConvention, "TRL and AReaL average over tokens (length: \"mean\"); OpenRLHF sums",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(
      symbol: "tau", "strength of the pull to the reference; the target is 1 / (2 beta)",
      source: "TRL; the paper leaves it open")
    let length = parameter(
      "length", "sum", symbol: "h", "whether log ratios are summed over tokens or averaged",
      source: "arXiv:2310.12036, eq. (17)", .oneOf(["sum", "mean"]))
    return { arguments in
      let beta = try arguments[beta]
      let score: PairObjective.Score = try arguments[length] == "mean" ? .logRatioMean : .logRatioSum
      return PairObjective("ipo", score, scale: beta) { try -UnaryOperation.square($0 - $1 - 1 / (2 * beta)) }
    }
  }
}
