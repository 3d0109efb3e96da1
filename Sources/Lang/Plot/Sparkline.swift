/// A curve in one line of text: `▁▂▄▆█`.
public enum Sparkline {
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// `values` from the smallest to the largest level, averaged down to at most `width` characters.
  ///
  /// What is not finite is a blank; equal values are all at the middle level.
  public static func text(_ values: [Double], width: Int = 20) -> String {
    let columns = min(values.count, max(width, 1))
    guard columns > 0 else { return "" }
    let means = (0..<columns).map { column -> Double in
      let part = values[(column * values.count / columns)..<((column + 1) * values.count / columns)]
      let finite = part.filter(\.isFinite)
      return finite.isEmpty ? .nan : finite.reduce(0) { $0 + $1 / Double(finite.count) }
    }
    guard let low = means.filter(\.isFinite).min(), let high = means.filter(\.isFinite).max() else {
      return String(repeating: " ", count: columns)
    }
    return String(
      means.map { mean -> Character in
        guard mean.isFinite else { return " " }
        guard high > low else { return levels[3] }
        let fraction = (mean / 2 - low / 2) / (high / 2 - low / 2)
        return levels[min(Int(fraction * 8), 7)]
      })
  }
}
