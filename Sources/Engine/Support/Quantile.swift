/// Quantiles by linear interpolation between order statistics.
public enum Quantile {
  /// The value below which a share `q`, from 0 to 1, of `values` lies; NaN where one of them is NaN or there are none.
  public static func of(_ values: [Double], _ q: Double) -> Double {
    if values.isEmpty || values.contains(where: \.isNaN) { return .nan }
    return between(values.sorted(), q)
  }

  /// The same for each of `shares` and the elements of a tensor; can be interrupted.
  public static func of(_ tensor: Tensor, _ shares: [Double]) throws -> [Double] {
    let sorted = try Storage<Double>(uninitialized: tensor.count, for: "quantile")
    return try withExtendedLifetime(sorted) {
      var isNumber = true
      try tensor.withElements { x in
        try Interrupt.stretches(tensor.count, "quantile") {
          for i in $0 {
            sorted[i] = x[i]
            isNumber = isNumber && !x[i].isNaN
          }
        }
      }
      guard isNumber, tensor.count > 0 else { return shares.map { _ in .nan } }
      // Sorting merges through a buffer of half the size.
      try Runtime.current.memory.require(4 * tensor.count, for: "quantile")
      var comparisons = 0
      var elements = sorted.elements
      try elements.sort { a, b in
        comparisons &+= 1
        if comparisons & 0xFFFF == 0 { try Interrupt.check("quantile") }
        return a < b
      }
      return shares.map { between(elements, $0) }
    }
  }

  /// The quantile of numbers in ascending order, of which there is at least one.
  private static func between<Numbers: RandomAccessCollection<Double>>(_ sorted: Numbers, _ q: Double)
    -> Double
  where Numbers.Index == Int {
    if q.isNaN { return .nan }
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
