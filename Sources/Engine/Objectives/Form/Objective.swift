/// What an objective gives: the number to be maximised, and what to watch.
public struct ObjectiveOutput: Sendable {
  /// The objective, a single number; traced when `logp` is.
  public let value: Tensor
  /// Named measurements, in the order they are to be shown.
  public let metrics: [Metric]

  /// Creates an output.
  public init(value: Tensor, metrics: [Metric]) {
    self.value = value
    self.metrics = metrics
  }

  /// One named measurement.
  public struct Metric: Sendable, Equatable {
    /// The name under which `step` reports it.
    public let name: String
    /// The measurement.
    public let value: Double

    /// Creates a measurement.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The measurement called `name`.
  public subscript(name: String) -> Double? { metrics.first { $0.name == name }?.value }
}

/// A function of a batch to be maximised; the trainer knows nothing else about an algorithm.
public protocol Objective: Sendable {
  /// The objective's value on a batch, whose `logp` may be traced, and its measurements.
  ///
  /// Throws `EngineError` where the batch lacks a column that the equation needs.
  func evaluate(_ batch: Batch) throws -> ObjectiveOutput
  /// The gate, for objectives that have one.
  var gate: (any Gate)? { get }
}

extension Batch {
  /// The advantages as constants, `[B]` or `[B, T?]`; throws where there are none.
  func advantages(for operation: String) throws -> Tensor {
    try require(.advantage, for: operation).detached
  }
}

extension ObjectiveOutput {
  /// Measurements of how far the policy has moved, the same for every objective.
  ///
  ///     kl         mean_it(exp(z) - 1 - z), the k3 estimate of KL(old || current) on tokens that old sampled
  ///     ratio_*    mean, least, largest and population standard deviation of the ratios
  ///     entropy    mean_it H_it, when entropies are given
  ///
  /// `ratio` is what the objective gates: one value per token or per sequence.
  static func drift(_ batch: Batch, ratio: Tensor) throws -> [Metric] {
    let logp = batch.logp.detached
    let ratio = ratio.detached
    if batch.rows.trainable.total == 0 {
      return ["kl", "ratio_mean", "ratio_min", "ratio_max", "ratio_std"].map {
        Metric($0, $0.hasPrefix("ratio_m") ? 1 : 0)
      }
    }
    let kl = try KLEstimator.k3(batch.old.detached, logp).tokenMean()
    var metrics = [
      Metric("kl", try kl.item()),
      Metric("ratio_mean", try ratio.mean().item()),
      Metric("ratio_min", try ratio.minimum().item()),
      Metric("ratio_max", try ratio.maximum().item()),
      Metric("ratio_std", try ratio.standardDeviation().item()),
    ]
    if let entropy = batch[.entropy] {
      metrics.append(Metric("entropy", try entropy.detached.tokenMean().item()))
    }
    return metrics
  }
}
