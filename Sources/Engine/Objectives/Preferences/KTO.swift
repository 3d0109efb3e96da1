/// Kahneman-Tversky Optimization: every completion by itself is good or bad, against a reference point.
///
/// Shapes: as `LabelObjective`. Gradient: lambda beta sigma'(beta (u - z)) at a token of a chosen completion, minus
/// that at one of a rejected one, over B; z is a constant. Deviations: none.
enum KTO {
  /// Where the reference point comes from.
  enum Point: String, CaseIterable {
    /// Log ratios of completions after other prompts, `Column.mismatched`.
    case mismatched
    /// Log ratios of the batch's own completions.
    case batch
    /// None: 0.
    case zero
  }

  static let card = ObjectiveCard(
    name: "kto", title: "Kahneman-Tversky Optimization",
    summary:
      "each completion is desirable or not by itself; its value saturates on both sides of a reference point",
    equation: """
      J = (1/B) sum_i v_i
      v = w_c (sigma(beta (u - z)) - 1)  of a chosen completion,   w_r (sigma(beta (z - u)) - 1)  of a rejected one
      u = sum_t (logp - ref),   z = max(0, mean over completions after other prompts of their u)
      """,
    paper: "arXiv:2402.01306, eq. (7)",
    profile: .init(
      .preference, granularity: "sequence", advantage: "pairs", models: "policy, reference",
      cost: "a forward pass of policy and reference on mismatched completions, unless point says otherwise",
      failure: "a poor reference point silences one side"),
    conventions: [
      "needs no pairs: the column `chosen` says of each completion whether it is desirable",
      "the reference point is the mean of the column `mismatched` (with_mismatched), as in TRL; point: \"batch\" takes "
        + "the batch's own completions, \"zero\" takes 0 (TRL's apo_zero_unpaired)",
      "the paper's constant terms w are kept out of v, so that the best value is 0",
    ],
    edgeCases: ObjectiveCard.labelEdgeCases, metrics: ObjectiveCard.labelMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "arXiv:2402.01306, eq. (7)")
    let weightChosen = parameter(
      "weight_chosen", 1, symbol: "lambda_D", "weight of desirable completions",
      source: "arXiv:2402.01306, eq. (7)", .nonNegative)
    let weightRejected = parameter(
      "weight_rejected", 1, symbol: "lambda_U", "weight of undesirable completions",
      source: "arXiv:2402.01306, eq. (7)", .nonNegative)
    let point = parameter(
      "point", Point.mismatched, symbol: "z_0", "where the reference point comes from",
      source: "arXiv:2402.01306, eq. (7)", .choice)
    return { arguments in
      let (beta, point) = (try arguments[beta], try arguments[point])
      let (good, bad) = (try arguments[weightChosen], try arguments[weightRejected])
      return LabelObjective(
        name: "kto", beta: beta,
        point: { batch, rewards, _ in
          switch point {
          case .zero: 0
          case .batch: max(0, try rewards.mean().item())
          case .mismatched: max(0, beta * (try batch.require(.mismatched, for: "kto").mean().item()))
          }
        },
        gain: {
          (
            try good * (UnaryOperation.sigmoid($0) - 1), try bad * (UnaryOperation.sigmoid(-$0) - 1)
          )
        })
    }
  }
}
