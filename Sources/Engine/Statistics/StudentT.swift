/// Student's t distribution.
public enum StudentT {
  /// The value below which a share `p` of the distribution lies, to about 1e-12 of its size.
  ///
  /// `p` is in (0, 1) and `degrees` above 0; infinitely many are the normal distribution. One and two degrees of
  /// freedom have closed forms.
  public static func quantile(_ p: Double, degrees: Double) -> Double {
    guard p > 0, p < 1, degrees > 0 else { return .nan }
    if p == 0.5 { return 0 }
    if p < 0.5 { return -quantile(1 - p, degrees: degrees) }
    if degrees == 1 { return tan(.pi * (p - 0.5)) }
    if degrees == 2 {
      let a = 2 * p - 1
      return a * (2 / (1 - a * a)).squareRoot()
    }
    return InverseTail.solve(1 - p) {
      tail($0, degrees: degrees)
    } density: {
      density($0, degrees: degrees)
    }
  }

  /// The share above `t`, for `t` of at least 0: half of I_x(degrees / 2, 1 / 2) at x = degrees / (degrees + t²)
  /// (Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.1).
  public static func tail(_ t: Double, degrees: Double) -> Double {
    if degrees == .infinity { return Normal.tail(t) }
    let square = t * t
    let x = degrees / (degrees + square)
    return 0.5
      * IncompleteBeta.regularized(
        x, 1 - x == 0 ? square / degrees : square / (degrees + square), degrees / 2, 0.5)
  }

  private static func density(_ t: Double, degrees: Double) -> Double {
    if degrees == .infinity { return Normal.density(t) }
    return exp(
      lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - 0.5 * log(degrees * .pi)
        - (degrees + 1) / 2 * log1p(t * t / degrees))
  }
}

/// The regularised incomplete beta function I_x(a, b).
enum IncompleteBeta {
  /// I_x(a, b) with `y` = 1 - x, given apart so that neither loses digits.
  static func regularized(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if y <= 0 { return 1 }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y))
    if x < (a + 1) / (a + b + 2) { return front * fraction(x, a, b) / a }
    return 1 - front * fraction(y, b, a) / b
  }

  /// The continued fraction of Abramowitz and Stegun 26.5.8, by the modified method of Lentz.
  ///
  /// The modification is that of Thompson and Barnett, J. Comput. Phys. 64, 1986.
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var result = d
    for m in 1...10_000 {
      let m = Double(m)
      for numerator in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 / guarded(1 + numerator * d)
        c = guarded(1 + numerator / c)
        result *= c * d
      }
      if abs(c * d - 1) < 1e-16 { break }
    }
    return result
  }
}
