// Advantages: estimators of how much better an episode or a token did than expected, a card each.

/// How much better each sequence, or each token, did than was to be expected.
///
/// Shapes: reward [B] -> advantage [B], or [B, T?] where an estimator gives each token its own. Advantages are
/// constants: nothing is differentiated through them.
/// Errors: a reward that is not finite is an `EngineError` naming the sequence.
public enum Advantage {
  /// Which standard deviation divides.
  public enum Deviation: String, Sendable, CaseIterable {
    /// Divided by G - 1.
    case sample
    /// Divided by G.
    case population

    /// The standard deviation of `values` from their mean; 0 when they are all equal or there is one.
    func callAsFunction(_ values: [Double]) -> Double { scale(Advantage.centred(values)) }

    /// The standard deviation of numbers whose mean is 0.
    func scale(_ deviations: [Double]) -> Double {
      let largest = deviations.map(\.magnitude).max() ?? 0
      if largest == 0 { return 0 }
      // Scaled by the largest, so that squares neither vanish nor overflow.
      let squares = deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
      let divisor = self == .sample ? deviations.count - 1 : deviations.count
      return largest * (squares / Double(max(divisor, 1))).squareRoot()
    }
  }

  /// `values` minus their mean; exactly 0 where all are equal.
  static func centred(_ values: [Double]) -> [Double] {
    // Equal values are tested for: the rounding error of their mean would otherwise be scaled up to order 1.
    if values.min() == values.max() { return values.map { _ in 0 } }
    let average = mean(values)
    return values.map { $0 - average }
  }

  /// The mean of `values`, also where their sum would overflow.
  static func mean(_ values: [Double]) -> Double {
    let sum = values.reduce(0, +)
    let count = Double(max(values.count, 1))
    return sum.isFinite ? sum / count : values.reduce(0) { $0 + $1 / count }
  }

  /// The mean of `values` that counts each by its weight; the plain one where no weight is above 0.
  static func weightedMean(_ values: [Double], _ weights: [Double]) -> Double {
    // Equal values are tested for, as a weighted mean of them is rounded.
    if let first = values.first, values.min() == values.max() { return first }
    let total = weights.reduce(0, +)
    return total > 0 ? zip(weights, values).reduce(0) { $0 + $1.0 / total * $1.1 } : mean(values)
  }

  /// For each trainable token the sum of what it and those after it in its episode have, discounted.
  ///
  ///     G_it = sum_{u >= t} gamma^(u - t) R_iu
  ///
  /// Other tokens keep their values.
  static func toGo(_ values: [Double], _ rows: Rows, discount gamma: Double = 1) -> [Double] {
    var sums = values
    for row in 0..<rows.count {
      var sum = 0.0
      for token in rows.trainableTokens(row).reversed() {
        sum = values[token] + gamma * sum
        sums[token] = sum
      }
    }
    return sums
  }

  /// The rewards of a batch, all of them finite.
  static func rewards(_ batch: Batch, _ operation: String) throws -> [Double] {
    try finite(batch.require(.reward, for: operation).values, "reward", operation)
  }

  /// `values`, one per sequence; throws an error that names the first that is not finite.
  static func finite(_ values: [Double], _ what: String, _ operation: String) throws -> [Double] {
    for (sequence, value) in values.enumerated() where !value.isFinite {
      throw EngineError(
        .numeric, operation, "the \(what) of sequence \(sequence) is \(value), expected a finite number")
    }
    return values
  }

  /// An estimate for each sequence made from those of its group, whose positions are `sequences`.
  static func perGroup(
    _ batch: Batch, _ operation: String, values: [Double]? = nil,
    _ estimate: (_ values: [Double], _ sequences: [Int]) throws -> [Double]
  ) throws -> [Double] {
    let values = try values ?? rewards(batch, operation)
    var estimates = [Double](repeating: 0, count: values.count)
    for sequences in batch.groups() {
      for (sequence, value) in zip(sequences, try estimate(sequences.map { values[$0] }, sequences)) {
        guard value.isFinite else {
          throw EngineError(
            .numeric, operation, "the rewards of sequence \(sequence)'s group are too far apart to be scaled")
        }
        estimates[sequence] = value
      }
    }
    return estimates
  }

  /// `batch` with one advantage per sequence.
  static func assign(_ values: [Double], to batch: Batch) throws -> Batch {
    try batch.with(.advantage, values)
  }
}
