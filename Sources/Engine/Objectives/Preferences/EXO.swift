/// Efficient Exact Optimization: the divergence from what labels say to what the policy says, the reverse of DPO's.
///
/// Shapes: as `PairObjective`. Gradient: beta q (1 - q) (log((1 - eps) / eps) - beta h) at every chosen token, minus
/// that at every rejected one, over P. Deviations: none.
enum EXO {
  static let card = ObjectiveCard(
    name: "exo", title: "Efficient Exact Optimization of preferences",
    summary: "the policy's own probabilities of the two completions seek the mode of the labels' ones",
    equation: """
      J = -(1/P) sum_p (q log(q / (1 - eps)) + (1 - q) log((1 - q) / eps)),   q = sigma(beta h_p),   h as in dpo
      """,
    paper: "arXiv:2402.00856, eq. (16)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "a pair that the policy has firmly the wrong way round hardly pulls, since q (1 - q) is small"),
    conventions: [ObjectiveCard.pairConvention, "TRL calls it exo_pair and eps label_smoothing"],
    edgeCases: ObjectiveCard.pairEdgeCases + [
      "noise has to be above 0: certain labels leave no finite value"
    ],
    metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "TRL")
    let noise = parameter(
      "noise", 0.001, symbol: "eps", "the probability that a label is wrong",
      source: "arXiv:2402.00856, as TRL cites it", .below(0.5))
    return { arguments in
      let (beta, noise) = try (arguments[beta], arguments[noise])
      guard noise > 0 else {
        throw EngineError(
          .argument, "exo", "noise has to be above 0, got 0", hint: "give a small one, such as 0.001")
      }
      let (right, wrong) = (libmLog(1 - noise), libmLog(noise))
      return PairObjective("exo", .logRatioSum, scale: beta) {
        let h = try beta * ($0 - $1)
        return try -UnaryOperation.sigmoid(h) * (UnaryOperation.logSigmoid(h) - right)
          - UnaryOperation.sigmoid(-h)
          * (UnaryOperation.logSigmoid(-h) - wrong)
      }
    }
  }
}
