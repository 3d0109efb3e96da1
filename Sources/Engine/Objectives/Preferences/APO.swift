/// Anchored Preference Optimization: where each completion of a pair is to go, relative to the reference, is said
/// outright.
///
/// Shapes: as `PairObjective`. Gradient: through u; with s(x) = sigma(x) sigma(-x), of apo_zero beta s(beta u) at every
/// chosen token and minus that at every rejected one, over P; of apo_down beta (s(beta h) - s(beta u_c)) at every
/// chosen token and -beta s(beta h) at every rejected one. Deviations: none.
enum APO {
  static let zero = ObjectiveCard(
    name: "apo_zero", title: "Anchored Preference Optimization, zero",
    summary: "chosen completions become likelier and rejected ones less likely than under the reference",
    equation: "J = (1/P) sum_p (sigma(beta u_c) - 1 - sigma(beta u_r)),   u = sum_t (logp - ref)",
    paper: "arXiv:2408.06266, eq. (7)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "raises chosen completions that are worse than what the policy writes by itself"),
    conventions: [
      ObjectiveCard.pairConvention, "for chosen completions better than the policy's own",
      "of completions without a partner it is kto with point: \"zero\"",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2408.06266, section 5.2")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("apo_zero", .logRatioSum, scale: beta) {
        try UnaryOperation.sigmoid(beta * $0) - 1 - UnaryOperation.sigmoid(beta * $1)
      }
    }
  }

  static let down = ObjectiveCard(
    name: "apo_down", title: "Anchored Preference Optimization, down",
    summary: "both completions become less likely than under the reference, the rejected one more so",
    equation: """
      J = (1/P) sum_p (sigma(beta h_p) - 1 - sigma(beta u_c)),   u = sum_t (logp - ref),   h = u_c - u_r
      """,
    paper: "arXiv:2408.06266, eq. (8)",
    profile: .init(
      .preference, granularity: "pair", advantage: "pairs", models: "policy, reference",
      failure: "lowers chosen completions that are better than what the policy writes by itself"),
    conventions: [ObjectiveCard.pairConvention, "for chosen completions worse than the policy's own"],
    edgeCases: ObjectiveCard.pairEdgeCases, metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2408.06266, section 5.2")
    return { arguments in
      let beta = try arguments[beta]
      return PairObjective("apo_down", .logRatioSum, scale: beta) {
        try UnaryOperation.sigmoid(beta * ($0 - $1)) - 1 - UnaryOperation.sigmoid(beta * $0)
      }
    }
  }
}
