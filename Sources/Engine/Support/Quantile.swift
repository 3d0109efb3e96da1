/// Quantiles by linear interpolation between order statistics.
public enum Quantile {
  /// The value below which a share `q`, from 0 to 1, of `values` lies; NaN where one of them is NaN or there are none.
  public static func of(_ values: [Double], _ q: Double) -> Double {
    if values.isEmpty || q.isNaN || values.contains(where: \.isNaN) { return .nan }
    let sorted = values.sorted()
    let place = min(max(q, 0), 1) * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return low == high || sorted[low] == sorted[high]
      ? sorted[low] : sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }
}
