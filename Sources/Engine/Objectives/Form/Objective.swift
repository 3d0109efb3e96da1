/// What an objective gives: the number to be maximised, and what to watch.
public struct ObjectiveOutput: Sendable {
  /// The objective, a single number; traced when `logp` is.
  public let value: Tensor
  /// What the objective measures itself, in the order it is to be shown.
  public let metrics: [Metric]
  /// The part of the value that the advantages drive, where there is another one, such as a penalty.
  public let surrogate: Tensor?

  /// Creates an output.
  public init(value: Tensor, metrics: [Metric] = [], surrogate: Tensor? = nil) {
    self.value = value
    self.metrics = metrics
    self.surrogate = surrogate
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
