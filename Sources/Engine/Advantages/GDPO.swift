extension Advantage {
  /// Several rewards, each scaled within its group, then added and whitened (`gdpo`).
  ///
  ///     A_i = whiten(sum_n w_n (R_in - mean_g(R_n)) / (std_g(R_n) + eps))
  ///
  /// Paper: arXiv:2601.05242. Shapes: each reward and the result [B].
  /// Conventions: sample deviations, eps 1e-4 as in the authors' GRPO code; whitened over sequences (verl: over
  /// tokens). Edge cases: a reward without differences in a group adds exactly 0 there.
  public static func decoupled(
    _ batch: Batch, rewards: [Tensor], weights: [Double], epsilon: Double = 1e-4, overTokens: Bool = false
  ) throws -> Batch {
    guard rewards.count == weights.count, !rewards.isEmpty else {
      throw EngineError(
        .argument, "gdpo", "\(rewards.count) rewards and \(weights.count) weights do not go together",
        hint: "give a weight for each reward")
    }
    var sum = [Double](repeating: 0, count: batch.count)
    for (reward, weight) in zip(rewards, weights) {
      guard reward.count == batch.count else {
        throw EngineError(
          .shape, "gdpo", "a reward has \(reward.count) numbers, the batch \(batch.count) sequences")
      }
      guard weight.isFinite else {
        throw EngineError(.argument, "gdpo", "a weight has to be a finite number, got \(weight)")
      }
      let scaled = try perGroup(batch, "gdpo", values: finite(reward.values, "reward", "gdpo")) { values, _ in
        normalised(values, .sample, epsilon)
      }
      for i in sum.indices { sum[i] += weight * scaled[i] }
    }
    return try whitened(assign(sum, to: batch), overTokens: overTokens, "gdpo")
  }
}
