/// A place on an axis and what is written there.
struct Tick: Equatable {
  /// Where on the axis, from 0 to 1.
  var fraction: Double
  var label: String
}

/// One axis of a plot: the range that is shown and the way from a number to a place in it.
struct PlotAxis {
  let scale: Plot.Scale
  /// The ends of what is shown; logarithms in base ten on a logarithmic axis.
  let lower: Double
  let upper: Double
  /// Whether there was anything to show.
  let isEmpty: Bool
  /// Whether fractions mean nothing on it, as on an axis of steps.
  private let isWhole: Bool

  /// The axis that shows all `values` that are finite (and positive, on a logarithmic axis).
  ///
  /// `padding` is the part of the range that is added at each end. A single value gets room on both sides.
  /// With `fromZero`, or where the values come near it anyway, a linear axis begins or ends at zero.
  init(
    _ values: some Sequence<Double>, scale: Plot.Scale, padding: Double = 0, fromZero: Bool = false,
    nearZero: Bool = false, isWhole: Bool = false
  ) {
    self.scale = scale
    self.isWhole = isWhole
    var lower = Double.infinity
    var upper = -Double.infinity
    for value in values {
      guard let place = PlotAxis.place(value, scale) else { continue }
      lower = min(lower, place)
      upper = max(upper, place)
    }
    self.isEmpty = lower > upper
    if isEmpty { (lower, upper) = (0, 1) }

    // Half the values, so that a span between the ends of Double does not overflow.
    let magnitude = max(lower.magnitude, upper.magnitude)
    let least = scale == .logarithmic ? 1e-9 : max(magnitude * 1e-12, 1e-280)
    if upper / 2 - lower / 2 <= least {
      let room = scale == .logarithmic ? 0.5 : magnitude < 1e-280 ? 1 : magnitude * 0.1
      lower -= room
      upper += room
    }
    let startsAtZero = scale == .linear && lower >= 0 && (fromZero || nearZero && lower <= upper * 0.25)
    let endsAtZero = scale == .linear && upper <= 0 && (fromZero || nearZero && upper >= lower * 0.25)
    let pad = (upper / 2 - lower / 2) * (2 * padding)
    self.lower = startsAtZero ? 0 : max(lower - pad, -Double.greatestFiniteMagnitude)
    self.upper = endsAtZero ? 0 : min(upper + pad, Double.greatestFiniteMagnitude)
  }

  /// Where `value` is, from 0 to 1, or nil where it cannot be shown.
  func fraction(_ value: Double) -> Double? {
    guard let place = PlotAxis.place(value, scale) else { return nil }
    let fraction = (place / 2 - lower / 2) / (upper / 2 - lower / 2)
    return fraction >= -1e-9 && fraction <= 1 + 1e-9 ? min(max(fraction, 0), 1) : nil
  }

  /// The fraction of `value`, moved to the nearer end where it lies outside; nil where it is not a number.
  func clampedFraction(_ value: Double) -> Double? {
    if value.isNaN { return nil }
    if let fraction = fraction(value) { return fraction }
    if scale == .logarithmic { return value <= 0 ? 0 : log10(value) < lower ? 0 : 1 }
    return value < lower ? 0 : 1
  }

  /// Round numbers inside the range: about `target` of them, and two at least where that is possible.
  func ticks(_ target: Int) -> [Tick] {
    if isEmpty { return [] }
    return (0...3).lazy.map { rawTicks(target + $0) }.first { $0.count > 1 } ?? rawTicks(target)
  }

  private func rawTicks(_ target: Int) -> [Tick] {
    if scale == .logarithmic {
      let decades = upper - lower
      if decades >= 1.9 { return decadeTicks(target) }
      if decades > 0.3 { return ticksWithinDecades() }
      return linearTicks(target, from: pow(10, lower), to: pow(10, upper))
    }
    return linearTicks(target, from: lower, to: upper)
  }

  private static func place(_ value: Double, _ scale: Plot.Scale) -> Double? {
    guard value.isFinite else { return nil }
    if scale == .linear { return value }
    return value > 0 ? log10(value) : nil
  }

  /// Multiples of 1, 2 or 5 times a power of ten.
  private func linearTicks(_ target: Int, from lower: Double, to upper: Double) -> [Tick] {
    let raw = (upper / 2 - lower / 2) / (Double(max(target, 1)) / 2)
    guard raw.isFinite, raw > 0 else { return [] }
    var exponent = Int(log10(raw).rounded(.down))
    let ratio = PlotNumber.divided(raw, byPowerOfTen: exponent)
    var factor = ratio <= 1.0001 ? 1 : ratio <= 2.0001 ? 2 : ratio <= 5.0001 ? 5 : 10
    if factor == 10 { (factor, exponent) = (1, exponent + 1) }
    if isWhole, exponent < 0 { (factor, exponent) = (1, 0) }

    let step = Double(factor)
    let first = (PlotNumber.divided(lower, byPowerOfTen: exponent) / step - 1e-6).rounded(.up)
    let last = (PlotNumber.divided(upper, byPowerOfTen: exponent) / step + 1e-6).rounded(.down)
    guard let first = Int(exactly: first), let last = Int(exactly: last), first <= last,
      first.magnitude < 1 << 56, last.magnitude < 1 << 56
    else { return [] }
    let largest = max(first.magnitude, last.magnitude) * UInt(factor)
    let leading = exponent + String(largest).count - 1
    let ticks = (first...last).map { index -> (mantissa: Int, value: Double) in
      (index * factor, PlotNumber.divided(Double(index * factor), byPowerOfTen: -exponent))
    }
    return ticks.compactMap { tick in
      guard let fraction = fraction(tick.value) else { return nil }
      let plain = leading < 6 && leading >= -3 && exponent < 0
      let label =
        tick.mantissa == 0
        ? "0"
        : plain
          ? PlotNumber.fixed(tick.mantissa, decimals: -exponent)
          : PlotNumber.text(tick.mantissa, exponent: exponent)
      return Tick(fraction: fraction, label: label)
    }
  }

  /// Powers of ten, some left out where there are many.
  private func decadeTicks(_ target: Int) -> [Tick] {
    let first = Int((lower - 1e-9).rounded(.up))
    let last = Int((upper + 1e-9).rounded(.down))
    let stride = max(1, (last - first + max(target, 1)) / max(target, 1))
    return (first...max(first, last)).compactMap { exponent in
      guard exponent % stride == 0 else { return nil }
      let fraction = (Double(exponent) - lower) / (upper - lower)
      guard fraction > -1e-9, fraction < 1 + 1e-9 else { return nil }
      return Tick(fraction: min(max(fraction, 0), 1), label: PlotNumber.text(1, exponent: exponent))
    }
  }

  /// 1, 2 and 5 times powers of ten.
  private func ticksWithinDecades() -> [Tick] {
    var ticks: [Tick] = []
    for exponent in Int(lower.rounded(.down))...Int(upper.rounded(.up)) {
      for factor in [1, 2, 5] {
        let place = Double(exponent) + log10(Double(factor))
        let fraction = (place - lower) / (upper - lower)
        guard fraction > -1e-9, fraction < 1 + 1e-9 else { continue }
        ticks.append(
          Tick(fraction: min(max(fraction, 0), 1), label: PlotNumber.text(factor, exponent: exponent)))
      }
    }
    return ticks
  }
}
