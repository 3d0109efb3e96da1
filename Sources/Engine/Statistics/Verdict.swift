/// What a study says of a claim.
public enum Verdict: String, Sendable {
  /// The claimed difference shows, and what matters is not excluded.
  case supported
  /// A difference as large as what matters is excluded.
  case contradicted
  /// Neither: the study cannot tell.
  case notVisible = "not visible"
}

/// A claim's estimate with its verdict.
public struct Judgement: Sendable {
  /// The estimate, positive in the claim's favour.
  public let contrast: Contrast
  /// The smallest difference that matters.
  public let matters: Double
  /// The level at which it was tested, with the correction for several claims.
  public let level: Double
  /// The p value, adjusted for several claims.
  public let adjusted: Double
  /// What the study says.
  public let verdict: Verdict

  /// The interval at the level.
  public var interval: (low: Double, high: Double) { contrast.interval(1 - level) }

  /// The smallest difference that the study would have seen with probability 0.8.
  public var smallestVisible: Double { contrast.smallestVisible(alpha: level) }

  /// The units after which a difference of what matters is seen with probability 0.8.
  public var unitsNeeded: Int? { contrast.unitsNeeded(for: matters, alpha: level) }

  /// Judges several claims at once, with Holm's correction.
  ///
  /// By the interval at the claim's level: `contradicted` where its upper end is below what matters, else `supported`
  /// where its lower end is above 0, else `notVisible`.
  public static func judge(_ claims: [(contrast: Contrast, matters: Double)], alpha: Double = 0.05) throws
    -> [Judgement]
  {
    let pValues = claims.map(\.contrast.pValue)
    let levels = MultipleComparisons.holmLevels(pValues, alpha: alpha)
    let adjusted = try MultipleComparisons.holm.adjusted(pValues)
    return claims.indices.map { place in
      let (contrast, matters) = claims[place]
      let (low, high) = contrast.interval(1 - levels[place])
      return Judgement(
        contrast: contrast, matters: matters, level: levels[place], adjusted: adjusted[place],
        verdict: high < matters ? .contradicted : low > 0 ? .supported : .notVisible)
    }
  }
}
