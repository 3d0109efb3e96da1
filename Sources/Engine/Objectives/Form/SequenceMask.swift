/// What takes tokens out of a surrogate beyond its gate, by looking at more of the batch than one token.
protocol SurrogateMask: Sendable {
  /// 1 where a token counts, 0 where it is masked; `weight` is what the gate has left of each.
  func kept(_ batch: Batch, weight: Tensor) throws -> Tensor
}

/// DeepSeek-V3.2's mask of sequences that are bad and that the policy has moved away from already.
///
///     M_i = 0  where A_i < 0 and (1/L_i) sum_t log(pi_old(y_it) / pi(y_it)) > delta,   1  elsewhere
///
/// Paper: arXiv:2512.02556, section 3.1, which gives no delta.
/// Shapes: A, M [B] or [B, T?]. Nothing is differentiated.
/// Conventions: pi_old is the sampler's own report where the batch has one (TRL), else `old`; masked sequences stay
/// in the denominators.
struct SequenceMask: SurrogateMask {
  /// How far, in nats a token, a bad sequence may have moved; infinity masks nothing.
  let delta: Double

  func kept(_ batch: Batch, weight: Tensor) throws -> Tensor {
    let distance = try (batch[.sampler] ?? batch.old).detached - batch.logp.detached
    let far = try BinaryOperation.gt(distance.sequenceMean(), Tensor(delta))
    return try 1 - BinaryOperation.and(BinaryOperation.lt(batch.advantages(for: "objective"), Tensor(0)), far)
  }
}
