/// p values of several comparisons, adjusted for being several.
public enum MultipleComparisons: String, Sendable, CaseIterable {
  /// Holm (1979): bounds the chance of any false finding; p'_(i) = max_{j <= i} min(1, (m - j + 1) p_(j)).
  case holm
  /// Benjamini and Hochberg (1995): bounds the share of false findings; p'_(i) = min_{j >= i} min(1, m p_(j) / j).
  case benjaminiHochberg = "bh"
  /// As they are.
  case none

  /// The adjusted p values, in the order given.
  public func adjusted(_ pValues: [Double]) throws -> [Double] {
    let order = try pValues.indices.sortedInterruptibly("adjust") { (pValues[$0], $0) < (pValues[$1], $1) }
    let count = Double(pValues.count)
    var adjusted = pValues
    switch self {
    case .none: break
    case .holm:
      var largest = 0.0
      for (rank, place) in order.enumerated() {
        largest = max(largest, min(1, (count - Double(rank)) * pValues[place]))
        adjusted[place] = largest
      }
    case .benjaminiHochberg:
      var least = 1.0
      for (rank, place) in order.enumerated().reversed() {
        least = min(least, count * pValues[place] / Double(rank + 1))
        adjusted[place] = least
      }
    }
    return adjusted
  }

  /// For each comparison the level at which Holm's procedure tests it: alpha / m for the smallest p, alpha / (m - 1)
  /// for the next, and so on up to the first that does not show, whose level the rest share.
  public static func holmLevels(_ pValues: [Double], alpha: Double) -> [Double] {
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var levels = pValues
    var left = Double(pValues.count)
    for place in order {
      levels[place] = alpha / left
      if pValues[place] <= alpha / left { left = max(1, left - 1) }
    }
    return levels
  }
}

/// The interval of a share.
public enum Share {
  /// Wilson's score interval of `successes` among `n` (1927).
  ///
  ///     (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
  ///
  /// Always within 0...1; nil for `n` of 0.
  public static func wilson(_ successes: Double, of n: Double, confidence: Double = 0.95) -> (
    low: Double, high: Double
  )? {
    guard n > 0 else { return nil }
    let z = Normal.quantile((1 + confidence) / 2)
    let share = successes / n
    let centre = share + z * z / (2 * n)
    let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return (max(0, (centre - half) / scale), min(1, (centre + half) / scale))
  }
}
