/// Numbers as a plot shows them: short, and exactly the decimal they stand for.
enum PlotNumber {
  /// `mantissa` times ten to the `exponent`, plain where that is short and as `1.5e-6` elsewhere.
  static func text(_ mantissa: Int, exponent: Int) -> String {
    if mantissa == 0 { return "0" }
    let (mantissa, exponent) = withoutTrailingZeros(mantissa, exponent)
    let digits = String(mantissa.magnitude)
    let sign = mantissa < 0 ? "-" : ""
    let leading = exponent + digits.count - 1
    if leading >= 6 && exponent >= 3 || leading < -4 {
      let rest = digits.dropFirst()
      return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(leading)"
    }
    if exponent >= 0 { return sign + digits + String(repeating: "0", count: exponent) }
    return sign + pointed(digits, decimals: -exponent)
  }

  /// `mantissa` times ten to the minus `decimals`, with all its decimals.
  static func fixed(_ mantissa: Int, decimals: Int) -> String {
    if decimals <= 0 { return text(mantissa, exponent: -decimals) }
    return (mantissa < 0 ? "-" : "") + pointed(String(mantissa.magnitude), decimals: decimals)
  }

  /// `value` to `digits` significant digits: `0.3125`, `1.5e-6`, `inf`.
  static func short(_ value: Double, digits: Int = 4) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return "0" }
    let exponent = Int(log10(value.magnitude).rounded(.down)) - digits + 1
    let scaled = divided(value, byPowerOfTen: exponent).rounded()
    guard let mantissa = Int(exactly: scaled) else { return "\(value)" }
    return text(mantissa, exponent: exponent)
  }

  /// `value / 10^exponent`, through two factors where one would overflow or be subnormal.
  static func divided(_ value: Double, byPowerOfTen exponent: Int) -> Double {
    if exponent.magnitude > 300 {
      let half = exponent / 2
      return divided(divided(value, byPowerOfTen: half), byPowerOfTen: exponent - half)
    }
    return exponent < 0 ? value * pow(10, Double(-exponent)) : value / pow(10, Double(exponent))
  }

  private static func pointed(_ digits: String, decimals: Int) -> String {
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  private static func withoutTrailingZeros(_ mantissa: Int, _ exponent: Int) -> (Int, Int) {
    var (mantissa, exponent) = (mantissa, exponent)
    while mantissa != 0, mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    return (mantissa, exponent)
  }
}
