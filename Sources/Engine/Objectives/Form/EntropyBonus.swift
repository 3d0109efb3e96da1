/// A reward for uncertainty beside any objective.
///
///     J' = J + c sum_it H_it / sum_i L_i
///
/// H is the entropy of the policy's next-token distribution, in nats. The mean is over the trainable tokens whatever J
/// averages, so c means the same for every objective.
/// Shapes: H [B, T?]. Gradient: that of J, and through the entropies where they are traced, as in a step.
/// Source: arXiv:1602.01783, section 4; the mean over tokens is TRL's.
public struct EntropyBonus: Sendable {
  /// The strength c.
  public let coefficient: Double

  /// A bonus; throws for a coefficient that is no finite number from 0.
  public init(coefficient: Double) throws(EngineError) {
    guard coefficient >= 0, coefficient.isFinite else {
      throw EngineError(
        .argument, "entropy_bonus",
        "coefficient has to be a number from 0, got \(ParameterValue.number(coefficient))")
    }
    self.coefficient = coefficient
  }

  /// What an objective gave on `batch`, with the bonus; throws when the batch has no entropies.
  public func added(to output: ObjectiveOutput, on batch: Batch) throws -> ObjectiveOutput {
    let entropy = try batch.require(.entropy, for: "entropy_bonus")
    return ObjectiveOutput(
      value: try output.value + coefficient * entropy.tokenMean(), metrics: output.metrics,
      surrogate: output.surrogate ?? output.value)
  }
}
