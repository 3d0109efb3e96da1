/// What an objective has for every token or sequence, before anything is summed.
struct Surrogate {
  /// What is aggregated, `[B]` or `[B, T?]`; traced when the log-probabilities are.
  let term: Tensor
  /// The importance ratio that the objective looks at, `[B]` or `[B, T?]`.
  let ratio: Tensor
  /// The share of the unclipped policy gradient that is left, `[B]` or `[B, T?]`.
  let weight: Tensor
}

/// An objective that aggregates a term a token or a sequence, with an optional pull to a reference.
///
///     J = agg_it rho_it term_it - beta agg_it KL_it
///
/// `rho` are the batch's own weights (`Column.weight`), 1 unless something set them. They act on the
/// surrogate alone and do not change what the aggregation divides by.
protocol SurrogateObjective: Objective {
  /// The name under which errors are reported.
  var name: String { get }
  var aggregation: Aggregation { get }
  var penalty: KLPenalty { get }
  /// The terms; throws when the batch lacks what the equation needs.
  func surrogate(_ batch: Batch) throws -> Surrogate
}

extension SurrogateObjective {
  /// The value and the measurements; throws when the batch lacks what the equation needs.
  public func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    let surrogate = try surrogate(batch)
    var value = try aggregation(batch.weighted(surrogate.term))
    let zero = Tensor(0)
    let silenced = try BinaryOperation.and(
      BinaryOperation.eq(surrogate.weight, zero), BinaryOperation.ne(batch.advantages(for: name), zero))
    var metrics = try ObjectiveOutput.drift(batch, ratio: surrogate.ratio)
    metrics.append(ObjectiveOutput.Metric("gate", try surrogate.weight.tokenMean().item()))
    metrics.append(ObjectiveOutput.Metric("clip", try silenced.tokenMean().item()))
    if let divergence = try penalty.divergence(batch, for: name) {
      value = try value - penalty.beta * aggregation(divergence)
      metrics.append(ObjectiveOutput.Metric("ref_kl", try divergence.detached.tokenMean().item()))
    }
    return ObjectiveOutput(value: value, metrics: metrics)
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
    driftMetrics + [
      ("gate", "mean weight of the gate over tokens: 1 when nothing is held back"),
      ("clip", "share of tokens whose gradient the gate silences (active clips only)"),
      ("ref_kl", "mean over tokens of the KL estimate to the reference, when beta is above 0"),
    ]
}
