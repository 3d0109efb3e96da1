/// Kahneman-Tversky Optimization: every completion by itself is good or bad, against a reference point.
///
/// Shapes: logp, ref [B, T?]; chosen, mismatched, u [B]; z [], J []. Gradient: through u; z is a constant.
/// Deviations: none.
struct KTO: Objective {
  /// Where the reference point comes from.
  enum Point: String, CaseIterable {
    /// Log ratios of completions after other prompts, `Column.mismatched`.
    case mismatched
    /// Log ratios of the batch's own completions.
    case batch
    /// None: 0.
    case zero
  }

  let beta: Double
  let weights: (chosen: Double, rejected: Double)
  let point: Point

  init(beta: Double, weights: (chosen: Double, rejected: Double), point: Point) {
    self.beta = beta
    self.weights = weights
    self.point = point
  }

  var gate: (any Gate)? { nil }

  /// max(0, mean log ratio): an estimate of the divergence from the reference.
  private func referencePoint(_ batch: Batch) throws -> Double {
    switch point {
    case .zero: return 0
    case .batch:
      return max(0, try PairObjective.Score.logRatioSum(batch, for: "kto").detached.mean().item())
    case .mismatched:
      return max(0, try batch.require(.mismatched, for: "kto").mean().item())
    }
  }

  func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    try batch.requireTokens(for: "kto")
    let scores = try PairObjective.Score.logRatioSum(batch, for: "kto")
    let z = try referencePoint(batch)
    let centred = try beta * (scores - z)
    let labels = try batch.labels(for: "kto")
    let isChosen = try Tensor(labels.map { $0 ? 1 : 0 }, shape: .sequences(batch.rows))
    let isRejected = try 1 - isChosen
    let gain = try Tensor.select(
      isChosen, weights.chosen * (UnaryOperation.sigmoid(centred) - 1),
      weights.rejected * (UnaryOperation.sigmoid(-centred) - 1))
    // Each sequence's one number spread over its tokens, so that weights may be of either.
    let value = try Aggregation(.sequenceMeanTokenMean)(batch.weighted(gain))
    let rewards = try beta * scores.detached
    let (chosen, rejected) = try (KTO.mean(rewards, where: isChosen), KTO.mean(rewards, where: isRejected))
    return ObjectiveOutput(
      value: value,
      metrics: [
        .init("margin", chosen - rejected), .init("reward_chosen", chosen),
        .init("reward_rejected", rejected), .init("reference_point", z),
      ])
  }

  /// The mean of `x` where `condition` is 1; 0 where it nowhere is.
  private static func mean(_ x: Tensor, where condition: Tensor) throws -> Double {
    try (x * condition).sum().item() / max(1, condition.sum().item())
  }
}

extension KTO {
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
    edgeCases: [
      "a `chosen` that is neither 1 nor 0, and a sequence without tokens, are refused"
    ],
    metrics: ObjectiveCard.preferenceMetrics.filter { $0.name != "accuracy" } + [
      ("reference_point", "the reference point z, in nats")
    ]
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
      KTO(
        beta: try arguments[beta], weights: (try arguments[weightChosen], try arguments[weightRejected]),
        point: try arguments[point])
    }
  }
}
