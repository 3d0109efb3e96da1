/// Quantiles by linear interpolation between order statistics.
public enum Quantile {
  /// The value below which a share `q`, from 0 to 1, of `values` lies; NaN where one of them is NaN or there are none.
  public static func of(_ values: [Double], _ q: Double) -> Double {
    if values.isEmpty || q.isNaN || values.contains(where: \.isNaN) { return .nan }
    let sorted = values.sorted()
    let place = min(max(q, 0), 1) * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    if low == high || sorted[low] == sorted[high] { return sorted[low] }
    let share = place - Double(low)
    let gap = sorted[high] - sorted[low]
    // The gap between two finite numbers may be too large for a number.
    return gap.isFinite || !sorted[low].isFinite || !sorted[high].isFinite
      ? sorted[low] + share * gap : (1 - share) * sorted[low] + share * sorted[high]
  }
}
