/// Weights for a sampler whose probabilities differ from those the trainer computes.
///
///     rho = exp(old - sampler), at one of three levels:
///       token      rho_it                               [B, T?]
///       sequence   exp(sum_t (old_it - sampler_it))     [B]
///       geometric  exp((1/L_i) sum_t (old_it - sampler_it))   [B]
///
/// Shapes: old, sampler [B, T?]. Weights are constants. The batch's weights are multiplied by what comes out; they
/// act on an objective's surrogate and not on what it divides by.
/// Deviations: log ratios are clamped to -20...20.
public enum SamplerCorrection {
  /// What a ratio is taken of.
  public enum Level: String, Sendable, CaseIterable {
    /// Each token.
    case token
    /// The product over a sequence's tokens.
    case sequence
    /// The geometric mean over a sequence's tokens.
    case geometric
  }

  /// What becomes of a ratio outside its range.
  public enum Rule: String, Sendable, CaseIterable {
    /// min(rho, high): truncated importance sampling.
    case truncate
    /// rho within [low, high], else 0: masked importance sampling, IcePop.
    case mask
    /// 1 within [low, high], else 0.
    case reject
  }

  /// The batch with its weights multiplied by those of `rule` at `level`.
  ///
  /// Throws `EngineError` when the batch has no log-probabilities of a sampler, or there is nothing in the range.
  public static func apply(
    _ rule: Rule, _ level: Level, low: Double = 0, high: Double, to batch: Batch, for operation: String
  ) throws -> Batch {
    guard low >= 0, low < high else {
      let (from, to) = (ParameterValue.number(low), ParameterValue.number(high))
      throw EngineError(
        .argument, operation,
        rule == .truncate
          ? "cap has to be a number above 0, got \(to)"
          : "low has to be a number from 0 and below high, got low: \(from) and high: \(to)")
    }
    let rho = try ratio(batch, level, for: operation)
    let inside = try BinaryOperation.and(
      BinaryOperation.ge(rho, Tensor(low)), BinaryOperation.le(rho, Tensor(high)))
    switch rule {
    case .truncate: return try batch.weighted(by: BinaryOperation.min(rho, Tensor(high)))
    case .mask: return try batch.weighted(by: rho * inside)
    case .reject: return try batch.weighted(by: inside)
    }
  }

  /// The ratios of the trainer's probabilities to the sampler's.
  public static func ratio(_ batch: Batch, _ level: Level, for operation: String) throws -> Tensor {
    let sampler = try batch.require(.sampler, for: operation)
    let z = try batch.old.detached - sampler
    let log =
      switch level {
      case .token: z
      case .sequence: try z.sequenceSum()
      case .geometric: try z.sequenceMean()
      }
    return try UnaryOperation.exp(log.clipped(-ImportanceRatio.limit, ImportanceRatio.limit))
  }
}
