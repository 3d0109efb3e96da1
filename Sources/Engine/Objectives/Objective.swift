/// What an objective is computed from; the same struct for every objective.
public struct ObjectiveInput: Sendable {
  /// Log-probabilities under the current policy, `[B, T?]`; the only thing that is differentiated.
  public let logp: Tensor
  /// Log-probabilities under the policy that sampled, `[B, T?]`, as the trainer computes them.
  public let old: Tensor
  /// Log-probabilities that the sampler itself reported, `[B, T?]`, where they differ from `old`.
  public let sampler: Tensor?
  /// Log-probabilities under the reference policy, `[B, T?]`.
  public let ref: Tensor?
  /// Advantages, `[B]` or `[B, T?]`.
  public let advantage: Tensor
  /// Weights of the surrogate, `[B]` or `[B, T?]`; 1 where there are none.
  public let weight: Tensor?
  /// Entropies of the current policy, `[B, T?]`.
  public let entropy: Tensor?
  /// The counts of the whole batch where this is a part of one.
  public let counts: BatchCounts?
  /// The layout of the sequences.
  public let rows: Rows

  /// Collects the inputs; throws when they do not belong to the same sequences.
  public init(
    logp: Tensor, old: Tensor, sampler: Tensor? = nil, ref: Tensor? = nil, advantage: Tensor,
    weight: Tensor? = nil, entropy: Tensor? = nil, counts: BatchCounts? = nil
  ) throws {
    guard let rows = logp.shape.tokenRows else {
      throw EngineError(.shape, "objective", "logp needs one value a token, got shape \(logp.shape)")
    }
    for (name, tensor) in [("old", old), ("sampler", sampler), ("ref", ref), ("entropy", entropy)] {
      guard let tensor else { continue }
      guard tensor.shape.tokenRows == rows else {
        throw EngineError(.shape, "objective", "\(name) has shape \(tensor.shape), logp has \(logp.shape)")
      }
    }
    for (name, tensor) in [("advantage", advantage), ("weight", weight)] {
      guard let tensor else { continue }
      guard try Broadcast.shape(logp.shape, tensor.shape, for: name) == logp.shape else {
        throw EngineError(.shape, "objective", "\(name) has shape \(tensor.shape), logp has \(logp.shape)")
      }
    }
    self.logp = logp
    self.old = old
    self.sampler = sampler
    self.ref = ref
    self.advantage = advantage.detached
    self.weight = weight?.detached
    self.entropy = entropy
    self.counts = counts
    self.rows = rows
  }

  /// The same input with other log-probabilities of the current policy.
  func with(logp: Tensor) throws -> ObjectiveInput {
    try ObjectiveInput(
      logp: logp, old: old, sampler: sampler, ref: ref, advantage: advantage, weight: weight,
      entropy: entropy, counts: counts)
  }
}

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
  /// The objective's value and its measurements.
  func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput
  /// The gate, for objectives that have one.
  var gate: (any Gate)? { get }
  /// The objective with what it reads off a whole batch held fixed, to be evaluated on parts of that batch.
  func fitted(to whole: ObjectiveInput) throws -> any Objective
}

extension Objective {
  /// Most objectives read nothing off a batch but what its tokens say.
  public func fitted(to whole: ObjectiveInput) throws -> any Objective { self }
}

extension Objective {
  /// The value on `input` and its gradient with respect to `logp`, `[B, T?]`.
  public func valueAndGradient(
    _ input: ObjectiveInput
  ) throws -> (output: ObjectiveOutput, gradient: Tensor) {
    let tape = Tape()
    defer { tape.close() }
    let logp = tape.watch(input.logp)
    let output = try evaluate(input.with(logp: logp))
    let gradient = try tape.gradient(of: output.value, with: [logp])[0]
    return (ObjectiveOutput(value: tape.constant(output.value), metrics: output.metrics), gradient)
  }
}

extension ObjectiveOutput {
  /// Measurements of how far the policy has moved, the same for every objective.
  ///
  ///     kl         mean_it(exp(z) - 1 - z), the k3 estimate of KL(old || current) on tokens that old sampled
  ///     ratio_*    mean, least, largest and population standard deviation of the ratios
  ///     entropy    mean_it H_it, when entropies are given
  ///
  /// `ratio` is what the objective gates: one value a token, or a sequence.
  static func drift(_ input: ObjectiveInput, ratio: Tensor) throws -> [Metric] {
    let logp = input.logp.detached
    let ratio = ratio.detached
    if input.rows.total == 0 {
      return ["kl", "ratio_mean", "ratio_min", "ratio_max", "ratio_std"].map {
        Metric($0, $0.hasPrefix("ratio_m") ? 1 : 0)
      }
    }
    let kl = try KLEstimator.k3(input.old.detached, logp).tokenMean()
    var metrics = [
      Metric("kl", try kl.item()),
      Metric("ratio_mean", try ratio.mean().item()),
      Metric("ratio_min", try ratio.minimum().item()),
      Metric("ratio_max", try ratio.maximum().item()),
      Metric("ratio_std", try ratio.standardDeviation().item()),
    ]
    if let entropy = input.entropy {
      metrics.append(Metric("entropy", try entropy.detached.tokenMean().item()))
    }
    return metrics
  }
}
