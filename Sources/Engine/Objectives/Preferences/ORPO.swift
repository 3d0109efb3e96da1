/// Odds Ratio Preference Optimization: supervised learning on chosen completions and a ratio of odds, without a
/// reference.
///
/// Shapes: as `PairObjective`. Gradient: through a in both terms.
/// Deviations: a is clamped to at most -1e-7, beyond which the odds term has no gradient.
enum ORPO {
  static let card = ObjectiveCard(
    name: "orpo", title: "Odds Ratio Preference Optimization",
    summary:
      "likelihood of the chosen completion, and the odds of the chosen against those of the rejected one",
    equation: """
      J = (1/P) sum_p (a_c + lambda log sigma(o_c - o_r))
      a = (1/L) sum_t logp,   o = a - log(1 - exp(a))
      """,
    paper: "arXiv:2403.07691, eqs. (6) and (7)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy",
      failure: "the supervised term rules: on its own samples it sharpens whatever is chosen"),
    conventions: [
      ObjectiveCard.pairConvention,
      "TRL calls lambda beta, and averages the supervised term over the tokens of the batch, prompts included",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases + ["a completion of probability 1 has finite odds by the clamp"],
    metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let lambda = parameter(
      "lambda", 0.1, symbol: "lambda", "weight of the odds term", source: "arXiv:2403.07691, section 5",
      .positive)
    return { arguments in
      let lambda = try arguments[lambda]
      return PairObjective("orpo", .logOdds, scale: lambda, likelihood: 1) {
        try lambda * UnaryOperation.logSigmoid($0 - $1)
      }
    }
  }
}
