/// Self-Play Preference Optimization: the log ratio of each completion is fitted to how often it wins.
///
/// Shapes: as `PairObjective`. Gradient: -2 (u - 1 / (2 beta)) at every chosen token and -2 (u + 1 / (2 beta)) at every
/// rejected one, over P. Deviations: a win is certain: P = 1 for the chosen and 0 for the rejected completion.
enum SPPO {
  static let card = ObjectiveCard(
    name: "sppo", title: "Self-Play Preference Optimization",
    summary: "squared distance of each completion's log ratio from a target that its rate of wins sets",
    equation: """
      J = -(1/P) sum_p ((u_c - 1 / (2 beta))^2 + (u_r + 1 / (2 beta))^2),   u = sum_t (logp - ref)
      """,
    paper: "arXiv:2405.00675, eq. (4.7)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "sums over long completions are pulled back hard: the square knows no saturation"),
    conventions: [
      ObjectiveCard.pairConvention,
      "the paper's eta is 1 / beta; it estimates rates of wins with a judge, and TRL's sppo_hard takes 1 and 0, as here",
      "the paper's reference is the policy of the last round: take ref from it",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "TRL; the paper has an eta of 1000, a beta of 0.001")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("sppo", .logRatioSum, scale: beta) {
        try -(UnaryOperation.square($0 - 0.5 / beta) + UnaryOperation.square($1 + 0.5 / beta))
      }
    }
  }
}
