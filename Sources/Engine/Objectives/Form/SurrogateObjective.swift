/// What an objective has for every token or sequence, before anything is summed.
struct Surrogate {
  /// What is aggregated, `[B]` or `[B, T?]`; traced when the log-probabilities are.
  let term: Tensor
  /// The share of the unclipped policy gradient that is left, `[B]` or `[B, T?]`.
  let weight: Tensor
  /// The batch whose weights act on the term.
  let batch: Batch
}

/// An objective that aggregates a term per token or sequence, with optional pulls to a reference and to where it
/// sampled.
///
///     J = agg_it rho_it term_it - beta agg_it KL_it - c agg_it rho_it D_it
///
/// `rho` are the batch's own weights (`Column.weight`), 1 unless something set them. They act on the
/// surrogate alone and do not change what the aggregation divides by.
protocol SurrogateObjective: Objective {
  /// The name under which errors are reported.
  var name: String { get }
  var aggregation: Aggregation { get }
  var penalty: KLPenalty { get }
  /// The price on having moved since sampling, if there is one.
  var movement: MovementPenalty? { get }
  /// The terms; throws when the batch lacks what the equation needs.
  func surrogate(_ batch: Batch) throws -> Surrogate
}

extension SurrogateObjective {
  var movement: MovementPenalty? { nil }

  /// The value and the measurements; throws when the batch lacks what the equation needs.
  public func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    let surrogate = try surrogate(batch)
    let value = try aggregation(surrogate.batch.weighted(surrogate.term))
    let advantage = try batch.advantages(for: name)
    let zero = Tensor(0)
    var metrics = [ObjectiveOutput.Metric("gate", try surrogate.weight.tokenMean().item())]
    for (name, side) in [
      ("gate_pos", try BinaryOperation.gt(advantage, zero)),
      ("gate_neg", try BinaryOperation.lt(advantage, zero)),
    ] {
      let share = try side.tokenMean().item()
      let weight = try (surrogate.weight * side).tokenMean().item()
      metrics.append(ObjectiveOutput.Metric(name, share > 0 ? weight / share : 1))
    }
    var total = value
    if let divergence = try penalty.divergence(batch, for: name) {
      metrics.append(ObjectiveOutput.Metric("ref_kl", try divergence.detached.tokenMean().item()))
      total = try total - penalty.beta * aggregation(divergence)
    }
    if let movement {
      total = try total - aggregation(surrogate.batch.weighted(movement.cost(surrogate.batch, for: name)))
    }
    return ObjectiveOutput(
      value: total, metrics: metrics, surrogate: penalty.beta > 0 || movement != nil ? value : nil)
  }
}

extension Batch {
  /// `term` times the batch's weights; exactly 0, gradient and all, where a weight is 0.
  func weighted(_ term: Tensor) throws -> Tensor {
    guard let weight = self[.weight]?.detached else { return term }
    return try Tensor.select(BinaryOperation.eq(weight, Tensor(0)), Tensor(0), term * weight)
  }
}

extension ObjectiveCard {
  /// Measurements of objectives that aggregate a surrogate.
  static let surrogateMetrics: [(name: String, meaning: String)] =
    sharedMetrics + [
      ("gate", "mean weight of the gate over tokens: 1 when nothing is held back"),
      ("gate_pos", "the same over tokens with an advantage above 0; 1 where there are none"),
      ("gate_neg", "the same over tokens with an advantage below 0; 1 where there are none"),
      ("ref_kl", "mean over tokens of the KL estimate to the reference, when beta is above 0"),
    ]
}
