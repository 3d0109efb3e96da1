/// An objective on completions that are good or bad one by one: a gain in the reward beyond a reference point.
///
///     J = (1/B) sum_i rho_i gain(beta u_i - z),   u = sum_t (logp - ref)
///
/// The gain depends on the label, the column `chosen`; no completion needs a partner. rho are the batch's weights, 1
/// unless something set them.
///
/// Shapes: logp, ref [B, T?]; chosen, u [B]; z [], J []. Gradient: through u; z is a constant.
struct LabelObjective: Objective {
  let name: String
  /// What a log ratio is multiplied by to be a reward.
  let beta: Double
  /// The reference point z, from rewards without gradient and from where they are of chosen completions, `[B]` each.
  let point: @Sendable (_ batch: Batch, _ rewards: Tensor, _ isChosen: Tensor) throws -> Double
  /// What chosen and what rejected completions gain, `[B]` each.
  let gain: @Sendable (_ centred: Tensor) throws -> (chosen: Tensor, rejected: Tensor)

  var gate: (any Gate)? { nil }

  func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    try batch.requireTokens(for: name)
    let rewards = try beta * PairObjective.Score.logRatioSum(batch, for: name)
    let labels = try batch.labels(for: name)
    let isChosen = try Tensor(labels.map { $0 ? 1 : 0 }, shape: .sequences(batch.rows))
    let known = rewards.detached
    let z = try point(batch, known, isChosen)
    let gains = try gain(rewards - z)
    // Each sequence's one number spread over its tokens, so that weights may be of either.
    let value = try Aggregation(.sequenceMeanTokenMean)(
      batch.weighted(Tensor.select(isChosen, gains.chosen, gains.rejected)))
    let chosen = try LabelObjective.mean(known, where: isChosen)
    let rejected = try LabelObjective.mean(known, where: 1 - isChosen)
    return ObjectiveOutput(
      value: value,
      metrics: [
        .init("margin", chosen - rejected), .init("reward_chosen", chosen),
        .init("reward_rejected", rejected), .init("reference_point", z / beta),
      ])
  }

  /// The mean of `x` where `condition` is 1; 0 where it nowhere is.
  static func mean(_ x: Tensor, where condition: Tensor) throws -> Double {
    try (x * condition).sum().item() / max(1, condition.sum().item())
  }
}

extension ObjectiveCard {
  /// Measurements of objectives on labels.
  static let labelMetrics =
    preferenceMetrics.filter { $0.name != "accuracy" } + [("reference_point", "the reference point, in nats")]

  /// What every objective on labels does at the edges.
  static let labelEdgeCases = [
    "a `chosen` that is neither 1 nor 0, and a sequence without tokens, are refused"
  ]
}
