// Statistics: what several runs say together. Pure functions.

/// An estimate with its standard error: a mean difference, or the logarithm of a hazard ratio.
public struct Contrast: Sendable, Equatable {
  /// The estimate.
  public let estimate: Double
  /// Its standard error; 0 where nothing varies.
  public let error: Double
  /// Degrees of freedom of the error; infinite for a normal approximation.
  public let degrees: Double
  /// Independent units behind it: pairs, clusters, runs.
  public let units: Int

  /// An estimate with its error.
  public init(estimate: Double, error: Double, degrees: Double, units: Int) {
    self.estimate = estimate
    self.error = error
    self.degrees = degrees
    self.units = units
  }

  /// The mean of independent differences.
  ///
  ///     m +- t_(1 - alpha / 2, n - 1) s / sqrt(n)
  ///
  /// nil for fewer than two.
  public init?(differences: [Double]) {
    guard differences.count > 1 else { return nil }
    self.init(
      estimate: Mean.of(differences), error: Mean.error(differences), degrees: Double(differences.count - 1),
      units: differences.count)
  }

  /// The two-sided p value of a difference of 0.
  public var pValue: Double {
    guard error > 0 else { return estimate == 0 ? 1 : 0 }
    return min(1, 2 * StudentT.tail(abs(estimate) / error, degrees: degrees))
  }

  /// The interval that holds the difference with this confidence.
  public func interval(_ confidence: Double = 0.95) -> (low: Double, high: Double) {
    let half = error > 0 ? StudentT.quantile((1 + confidence) / 2, degrees: degrees) * error : 0
    return (estimate - half, estimate + half)
  }

  /// The smallest difference that a test at `alpha` sees with probability `power`, with as many units that vary as
  /// much.
  public func smallestVisible(alpha: Double = 0.05, power: Double = 0.8) -> Double {
    guard degrees.isFinite else {
      return (Normal.quantile(1 - alpha / 2) + Normal.quantile(power)) * error
    }
    return Power.smallestVisible(
      units, deviation: error * Double(units).squareRoot(), alpha: alpha, power: power)
  }

  /// The units after which a test at `alpha` sees a difference with probability `power`; nil beyond a million.
  public func unitsNeeded(for difference: Double, alpha: Double = 0.05, power: Double = 0.8) -> Int? {
    guard difference != 0 else { return nil }
    guard degrees.isFinite else {
      let ratio = smallestVisible(alpha: alpha, power: power) / difference
      let count = ratio * ratio * Double(units)
      return count < 1e6 ? Int(count.rounded(.up)) : nil
    }
    return Power.unitsNeeded(
      difference, deviation: error * Double(units).squareRoot(), alpha: alpha, power: power)
  }
}

/// The power of a two-sided t test of the mean of independent differences.
public enum Power {
  /// The probability that `n` differences of mean `difference` and standard deviation `deviation` show at `alpha`.
  ///
  ///     P(|T| > t_(1 - alpha / 2, n - 1)),  T noncentral t with n - 1 degrees and noncentrality sqrt(n) difference / deviation
  ///
  /// By Simpson's rule over the distribution of the sample's standard deviation; to about 1e-9.
  public static func test(_ n: Int, difference: Double, deviation: Double, alpha: Double = 0.05) -> Double {
    guard n > 1 else { return 0 }
    guard deviation > 0 else { return difference == 0 ? alpha : 1 }
    let degrees = Double(n - 1)
    let shift = abs(difference) / deviation * Double(n).squareRoot()
    let critical = StudentT.quantile(1 - alpha / 2, degrees: degrees)
    // w = s / sigma has the density 2 (v / 2)^(v / 2) / Gamma(v / 2) w^(v - 1) exp(-v w^2 / 2).
    let scale = log(2) + degrees / 2 * log(degrees / 2) - lgamma(degrees / 2)
    let reach = 12 / (2 * degrees).squareRoot()
    let low = max(0, 1 - reach)
    let width = (1 + reach - low) / 4000
    var sum = 0.0
    for i in 0...4000 {
      let w = low + Double(i) * width
      let density =
        w > 0
        ? exp(scale + (degrees - 1) * log(w) - degrees * w * w / 2)
        : degrees == 1 ? exp(scale) : 0
      let shown = Normal.tail(critical * w - shift) + Normal.tail(critical * w + shift)
      sum += density * shown * (i == 0 || i == 4000 ? 1 : i % 2 == 1 ? 4 : 2)
    }
    return sum * width / 3
  }

  /// The smallest difference that `n` units show with probability `power`; infinite for fewer than two.
  public static func smallestVisible(
    _ n: Int, deviation: Double, alpha: Double = 0.05, power: Double = 0.8
  ) -> Double {
    guard n > 1 else { return .infinity }
    guard deviation > 0 else { return 0 }
    var (low, high) = (0.0, 1.0)
    while test(n, difference: high, deviation: 1, alpha: alpha) < power, high < 1e9 {
      (low, high) = (high, high * 2)
    }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if test(n, difference: middle, deviation: 1, alpha: alpha) < power {
        low = middle
      } else {
        high = middle
      }
    }
    return high * deviation
  }

  /// The least number of units that shows `difference` with probability `power`; nil beyond a million.
  public static func unitsNeeded(
    _ difference: Double, deviation: Double, alpha: Double = 0.05, power: Double = 0.8
  ) -> Int? {
    func shows(_ n: Int) -> Bool {
      test(n, difference: difference, deviation: deviation, alpha: alpha) >= power
    }
    var (low, high) = (1, 2)
    while !shows(high) {
      (low, high) = (high, high * 2)
      if high > 1 << 20 { return nil }
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if shows(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
