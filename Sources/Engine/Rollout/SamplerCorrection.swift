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
  /// With `normalized` they are divided by their mean: over tokens where there is one each, else over sequences that
  /// have tokens. A mean of 0 is left. Throws `EngineError` when the batch has no log-probabilities of a sampler, or
  /// there is nothing in the range.
  public static func apply(
    _ rule: Rule, _ level: Level, low: Double = 0, high: Double, normalized: Bool = false, to batch: Batch,
    for operation: String
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
    var weight: Tensor
    switch rule {
    case .truncate: weight = try BinaryOperation.min(rho, Tensor(high))
    case .mask: weight = try rho * inside
    case .reject: weight = inside
    }
    if normalized {
      let mean = try level == .token ? weight.tokenMean().item() : weight.sequenceMeanTokenMean().item()
      if mean > 0 { weight = try weight / mean }
    }
    return try batch.weighted(by: weight)
  }

  /// Estimates of KL(sampler || old) at a token; with z = old - sampler they are -z, z^2 / 2 and exp(z) - 1 - z.
  public enum Divergence: String, Sendable, CaseIterable {
    case k1, k2, k3

    fileprivate var estimator: KLEstimator {
      switch self {
      case .k1: .k1
      case .k2: .k2
      case .k3: .k3
      }
    }
  }

  /// What a divergence between sampler and trainer is taken of.
  public enum Reach: String, Sendable, CaseIterable {
    /// Each token.
    case token
    /// A sequence: the sum over its tokens.
    case sum
    /// A sequence: the mean over its tokens.
    case mean
    /// A sequence: the largest of its tokens.
    case max
  }

  /// The batch with a weight of 0 where an estimate of KL(sampler || old) is outside a range.
  ///
  /// Throws `EngineError` when the batch has no log-probabilities of a sampler, or there is nothing in the range.
  public static func reject(
    _ divergence: Divergence, _ reach: Reach, low: Double, high: Double, from batch: Batch,
    for operation: String
  ) throws -> Batch {
    guard low < high else {
      let (from, to) = (ParameterValue.number(low), ParameterValue.number(high))
      throw EngineError(.argument, operation, "high has to be above low, got low: \(from) and high: \(to)")
    }
    let tokens = try divergence.estimator(
      batch.require(.sampler, for: operation).detached, batch.old.detached)
    let statistic =
      switch reach {
      case .token: tokens
      case .sum: try tokens.sequenceSum()
      case .mean: try tokens.sequenceMean()
      case .max:
        try Tensor(
          (0..<batch.rows.count).map { row in
            batch.rows.trainableTokens(row).reduce(-.infinity) { Swift.max($0, tokens.values[$1]) }
          }, shape: .sequences(batch.rows))
      }
    return try batch.weighted(
      by: BinaryOperation.and(
        BinaryOperation.ge(statistic, Tensor(low)), BinaryOperation.le(statistic, Tensor(high))))
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
