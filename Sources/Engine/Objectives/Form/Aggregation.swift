/// How one number is made of the numbers of all tokens.
///
///     token_mean               sum_it x_it / sum_i L_i
///     token_sum                sum_it x_it
///     seq_mean_token_mean      (1/B) sum_i (1/L_i) sum_t x_it
///     seq_mean_token_sum       (1/B) sum_i sum_t x_it
///     seq_mean_token_sum_norm  (1/B) sum_i (1/C) sum_t x_it,  C a constant length budget
///
/// The trainable tokens alone count. A sequence without any contributes 0 and is not counted in B; with no tokens at
/// all the result is 0.
public struct Aggregation: Sendable, Equatable {
  /// The five ways, under the field's names.
  public enum Mode: String, Sendable, CaseIterable {
    /// Every token weighs the same.
    case tokenMean = "token_mean"
    /// No division.
    case tokenSum = "token_sum"
    /// Every sequence weighs the same.
    case sequenceMeanTokenMean = "seq_mean_token_mean"
    /// Sums of sequences, averaged.
    case sequenceMeanTokenSum = "seq_mean_token_sum"
    /// Sums of sequences over a constant budget, averaged.
    case sequenceMeanTokenSumNorm = "seq_mean_token_sum_norm"
  }

  /// Which of the five.
  public let mode: Mode
  /// The length budget C of `seq_mean_token_sum_norm`.
  public let budget: Double

  /// An aggregation; throws when the budget is not positive.
  public init(_ mode: Mode, budget: Double = 1) throws(EngineError) {
    guard budget > 0, budget.isFinite else {
      throw EngineError(.argument, mode.rawValue, "the length budget has to be positive, got \(budget)")
    }
    self.mode = mode
    self.budget = budget
  }

  /// The aggregate of `x` (`[B, T?]`, or `[B]` spread over tokens).
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    switch mode {
    case .tokenMean: try x.tokenMean()
    case .tokenSum: try x.tokenSum()
    case .sequenceMeanTokenMean: try x.sequenceMeanTokenMean()
    case .sequenceMeanTokenSum: try x.sequenceMeanTokenSum()
    case .sequenceMeanTokenSumNorm: try x.sequenceMeanTokenSumNorm(budget)
    }
  }
}

extension Parameters {
  /// An objective's aggregation.
  func aggregation(_ mode: Aggregation.Mode, source: String) -> Argument<Aggregation> {
    let mode = self(
      "aggregate", mode, symbol: "agg", "how tokens are averaged", source: source, .choice)
    let budget = self(
      "budget", 1024, symbol: "C", "length budget of seq_mean_token_sum_norm; unused otherwise",
      source: "arXiv:2503.20783 takes the longest allowed completion", .positive)
    return Argument { try Aggregation($0[mode], budget: $0[budget]) }
  }
}
