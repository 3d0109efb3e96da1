/// Noise Contrastive Alignment: completions are told from samples of the reference, each by its own reward.
///
/// Shapes: as `PairObjective`. Gradient: beta (sigma(-beta u) - sigma(beta u) / 2) at every chosen token and
/// -beta sigma(beta u) / 2 at every rejected one, over P. Deviations: none.
enum NCA {
  static let card = ObjectiveCard(
    name: "nca", title: "Noise Contrastive Alignment",
    summary:
      "absolute rewards instead of their difference, so that the chosen completion's likelihood does not fall",
    equation: """
      J = (1/P) sum_p (log sigma(beta u_c) + (log sigma(-beta u_c) + log sigma(-beta u_r)) / 2),   u = sum_t (logp - ref)
      """,
    paper: "arXiv:2402.05369, section 4.1",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "the chosen reward stops at log(2) / beta, so margins stay small"),
    conventions: [ObjectiveCard.pairConvention, "TRL calls it nca_pair"],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "TRL; arXiv:2402.05369, appendix C, has 0.01")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("nca", .logRatioSum, scale: beta) {
        let (chosen, rejected) = (try beta * $0, try beta * $1)
        return
          try UnaryOperation.logSigmoid(chosen) + 0.5
          * (UnaryOperation.logSigmoid(-chosen) + UnaryOperation.logSigmoid(-rejected))
      }
    }
  }
}
