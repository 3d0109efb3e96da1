/// Simple Preference Optimization: mean log-probabilities as rewards and a margin between them, without a reference.
///
/// Shapes: as `PairObjective`. Gradient: beta sigma(gamma - beta h) / L at a chosen token, minus that at a rejected
/// one, over P. Deviations: none.
enum SimPO {
  static let card = ObjectiveCard(
    name: "simpo", title: "Simple Preference Optimization",
    summary:
      "the mean log-probability of the chosen completion is raised a margin above that of the rejected one",
    equation: """
      J = (1/P) sum_p log sigma(beta (a_c - a_r) - gamma),   a = (1/L) sum_t logp
      """,
    paper: "arXiv:2405.14734, eq. (6)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy",
      failure: "nothing holds the policy near where it began: it drifts at large learning rates"),
    conventions: [
      ObjectiveCard.pairConvention,
      "TRL's defaults are beta 0.1 and gamma 0.5, far outside the paper's range",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(
      2, "scale of the rewards", source: "arXiv:2405.14734, its range is 2 to 2.5")
    let gamma = parameter(
      "gamma", 1, symbol: "gamma", "margin that rewards should keep",
      source: "arXiv:2405.14734, its range is 0.3 to 1.6", .nonNegative)
    return { arguments in
      let (beta, gamma) = try (arguments[beta], arguments[gamma])
      return PairObjective("simpo", .meanLogProb, scale: beta) {
        try UnaryOperation.logSigmoid(beta * ($0 - $1) - gamma)
      }
    }
  }
}
