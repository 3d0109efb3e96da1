/// DPO's margin under the hinge of SLiC: a pair that is far enough apart no longer pulls.
///
/// Shapes: as `PairObjective`. Gradient: beta at every chosen token and -beta at every rejected one while beta h < 1,
/// over P. Deviations: none.
enum HingePreference {
  static let card = ObjectiveCard(
    name: "hinge", title: "Hinge on DPO's margin (SLiC, RSO)",
    summary: "margins of log ratios are raised until they reach 1 / beta",
    equation: "J = -(1/P) sum_p max(0, 1 - beta h_p),   h as in dpo",
    paper: "arXiv:2309.06657 (hinge-norm), after arXiv:2305.10425",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "pairs beyond the margin teach nothing"),
    conventions: [
      ObjectiveCard.pairConvention,
      "SLiC itself has no reference and a supervised term; RSO normalises by a reference, as here and in TRL",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases + ["at beta h = 1 exactly the gradient is 0"],
    metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(symbol: "gamma", source: "TRL")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("hinge", .logRatioSum, scale: beta) {
        try -UnaryOperation.relu(1 - beta * ($0 - $1))
      }
    }
  }
}
