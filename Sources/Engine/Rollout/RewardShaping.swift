/// Rewards changed by what is known of a sequence besides its answer.
public enum RewardShaping {
  /// DAPO's soft overlong punishment (`soft_overlong`).
  ///
  ///     R'_i = R_i + 0                                    where L_i <= limit - buffer
  ///          = R_i + (limit - buffer - L_i) / buffer      where L_i <= limit
  ///          = R_i - 1                                    beyond
  ///
  /// Paper: arXiv:2503.14476, eq. (13). Edge cases: a buffer of 0 is refused.
  public static func softOverlong(_ batch: Batch, limit: Double, buffer: Double) throws -> Batch {
    guard limit > 0, limit.isFinite else {
      throw EngineError(
        .argument, "soft_overlong", "limit has to be a number above 0, got \(ParameterValue.number(limit))")
    }
    guard buffer > 0, buffer <= limit else {
      throw EngineError(
        .argument, "soft_overlong",
        "buffer has to be above 0 and at most the limit of \(ParameterValue.number(limit)), "
          + "got \(ParameterValue.number(buffer))",
        hint: "the paper has a limit of 20480 and a buffer of 4096; for a hard limit use overlong_filter")
    }
    let rewards = try Advantage.rewards(batch, "soft_overlong")
    let shaped = zip(rewards, batch.rows.trainable.lengths).map { reward, length in
      let room = limit - buffer - Double(length)
      return reward + max(-1, min(0, room / buffer))
    }
    return try batch.with(.reward, shaped)
  }

  /// Rewards less a divergence from a reference summed over each sequence (`kl_in_reward`).
  ///
  ///     R'_i = R_i - beta sum_t KL_it
  ///
  /// The estimate is taken at the policy that sampled, and is a constant; k1 gives the right gradient this way.
  /// Paper: arXiv:2402.14740. Throws without a reference.
  public static func klInReward(_ batch: Batch, beta: Double, estimator: KLEstimator) throws -> Batch {
    guard beta >= 0, beta.isFinite else {
      throw EngineError(
        .argument, "kl_in_reward", "beta has to be a number from 0, got \(ParameterValue.number(beta))")
    }
    let ref = try batch.require(.ref, for: "kl_in_reward")
    let old = batch.old.detached
    let penalty = try estimator(old, ref, old: old).sequenceSum() * beta
    let rewards = try Tensor(Advantage.rewards(batch, "kl_in_reward"), shape: .sequences(batch.rows))
    return try batch.with(.reward, rewards - penalty)
  }
}

extension Batch {
  /// The groups whose rewards differ, or nil when none do: those from which relative advantages learn.
  public func informativeGroups() throws -> Batch? {
    let rewards = try Advantage.rewards(self, "informative")
    let kept = groups().filter { sequences in
      sequences.contains { rewards[$0] != rewards[sequences[0]] }
    }
    let sequences = kept.joined().sorted()
    if sequences.count == count { return self }
    return sequences.isEmpty ? nil : try select(sequences)
  }
}
