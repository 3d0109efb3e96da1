/// The normal distribution of mean 0 and standard deviation 1.
public enum Normal {
  /// The share above `z`.
  public static func tail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

  /// The value below which a share `p` of the distribution lies; `p` is in (0, 1).
  public static func quantile(_ p: Double) -> Double { StudentT.quantile(p, degrees: .infinity) }

  static func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * .pi).squareRoot() }
}

/// The place above which a given share of a distribution lies.
enum InverseTail {
  /// Newton's method within a bracket, for a share below one half of a distribution around 0.
  static func solve(
    _ target: Double, tail: (Double) -> Double, density: (Double) -> Double
  ) -> Double {
    var low = 0.0
    var high = 1.0
    while tail(high) > target, high < 1e300 { (low, high) = (high, high * 2) }
    var t = (low + high) / 2
    for _ in 0..<200 {
      let error = tail(t) - target
      if error > 0 { low = t } else { high = t }
      let step = error / density(t)
      let next = t + step > low && t + step < high ? t + step : (low + high) / 2
      if abs(next - t) <= 1e-14 * next { return next }
      t = next
    }
    return t
  }
}
