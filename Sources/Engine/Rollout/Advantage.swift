/// How much better each sequence did than the others of its group.
///
/// Shapes: reward [B] -> advantage [B]. Advantages are constants: nothing is differentiated through them.
/// Errors: a reward that is not finite is an `EngineError` naming the sequence.
public enum Advantage {
  /// Which standard deviation divides.
  public enum Deviation: String, Sendable, CaseIterable {
    /// Divided by G - 1.
    case sample
    /// Divided by G.
    case population
  }

  /// Rewards centred and scaled within each group (`group_norm`).
  ///
  ///     A_i = (R_i - mean_g) / (std_g + eps)
  ///
  /// Paper: arXiv:2402.03300, section 4.1.2, which leaves the kind of standard deviation open and has no eps.
  /// Conventions: sample deviation and eps = 1e-6, as verl, ROLL and slime have; TRL adds 1e-4, OpenRLHF 1e-9.
  /// Edge cases: a group whose rewards are all equal, and a group of one, get exactly 0.
  public static func groupNorm(
    _ batch: Batch, deviation: Deviation = .sample, epsilon: Double = 1e-6
  ) throws -> Batch {
    guard epsilon >= 0, epsilon.isFinite else {
      throw EngineError(.argument, "group_norm", "eps has to be a number from 0, got \(epsilon)")
    }
    return try perGroup(batch, "group_norm") { rewards in
      let deviations = centred(rewards)
      let scale = deviations.map(\.magnitude).max() ?? 0
      if scale == 0 { return deviations }
      // Scaled by the largest deviation, so that squares neither vanish nor overflow.
      let squares = deviations.reduce(0) { $0 + ($1 / scale) * ($1 / scale) }
      let divisor = deviation == .sample ? rewards.count - 1 : rewards.count
      let std = scale * (squares / Double(max(divisor, 1))).squareRoot()
      return deviations.map { $0 / (std + epsilon) }
    }
  }

  /// Rewards centred within each group (`group_center`).
  ///
  ///     A_i = R_i - mean_g
  ///
  /// Paper: arXiv:2503.20783, Dr. GRPO, section 3.2.
  /// Edge cases: a group whose rewards are all equal, and a group of one, get exactly 0.
  public static func groupCenter(_ batch: Batch) throws -> Batch {
    try perGroup(batch, "group_center", centred)
  }

  /// Rewards above the mean of the others of the group (`rloo`).
  ///
  ///     A_i = R_i - (1 / (G - 1)) sum_{j != i} R_j = G / (G - 1) (R_i - mean_g)
  ///
  /// Paper: arXiv:2402.14740, section 2.2.
  /// Edge cases: a group whose rewards are all equal gets exactly 0; a group of one is an error.
  public static func leaveOneOut(_ batch: Batch) throws -> Batch {
    try perGroup(batch, "rloo") { rewards in
      let size = Double(rewards.count)
      guard rewards.count > 1 else {
        throw EngineError(
          .argument, "rloo", "a group of one has no others to be compared with",
          hint: "sample at least two completions a prompt, or use group_norm")
      }
      return centred(rewards).map { $0 * (size / (size - 1)) }
    }
  }

  private static func centred(_ rewards: [Double]) -> [Double] {
    // Equal rewards are tested for: the rounding error of their mean would otherwise be scaled up to order 1.
    if rewards.min() == rewards.max() { return rewards.map { _ in 0 } }
    let size = Double(rewards.count)
    let sum = rewards.reduce(0, +)
    let mean = sum.isFinite ? sum / size : rewards.reduce(0) { $0 + $1 / size }
    return rewards.map { $0 - mean }
  }

  private static func perGroup(
    _ batch: Batch, _ operation: String, _ estimate: ([Double]) throws -> [Double]
  ) throws -> Batch {
    guard let reward = batch.reward else {
      throw EngineError(.argument, operation, "the batch has no rewards", hint: "give batch(...) reward:")
    }
    let rewards = reward.values
    for (sequence, value) in rewards.enumerated() where !value.isFinite {
      throw EngineError(
        .numeric, operation, "the reward of sequence \(sequence) is \(value), expected a finite number")
    }
    var members = [[Int]](repeating: [], count: (batch.group.max() ?? -1) + 1)
    for (sequence, group) in batch.group.enumerated() { members[group].append(sequence) }
    var advantages = [Double](repeating: 0, count: rewards.count)
    for sequences in members {
      for (sequence, value) in zip(sequences, try estimate(sequences.map { rewards[$0] })) {
        guard value.isFinite else {
          throw EngineError(
            .numeric, operation, "the rewards of sequence \(sequence)'s group are too far apart to be scaled")
        }
        advantages[sequence] = value
      }
    }
    return try batch.with(advantage: Tensor(advantages, shape: .sequences(batch.rows)))
  }
}
