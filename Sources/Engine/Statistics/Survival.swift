/// How long runs last: each has a time, at which it either ended (an event) or was still going (censored).
public enum Survival {
  /// A step of the survival curve, at a time with an event.
  public struct Step: Sendable, Equatable {
    /// The time.
    public let time: Double
    /// The runs that were going until then.
    public let atRisk: Int
    /// Those that ended then.
    public let events: Int
    /// The share that lasts beyond.
    public let share: Double
    /// The interval of that share.
    public let low: Double
    /// The interval of that share.
    public let high: Double
  }

  /// The curve of Kaplan and Meier (1958), with a step for each time with an event.
  ///
  ///     S(t) = prod_{t_j <= t} (1 - d_j / n_j)
  ///
  /// Intervals: log(-log S) +- z sqrt(sum d / (n (n - d))) / |log S|, Greenwood's variance on the complementary log-log
  /// scale, as in lifelines; at S = 0 there is none.
  public static func curve(_ times: [Double], ended: [Bool], confidence: Double = 0.95) throws -> [Step] {
    let z = Normal.quantile((1 + confidence) / 2)
    var share = 1.0
    var variance = 0.0
    return try ends([(times, ended)]).mapInterruptibly("survival") { end in
      let (atRisk, events) = (end.atRisk[0], end.ended[0])
      share *= 1 - Double(events) / Double(atRisk)
      variance += Double(events) / (Double(atRisk) * Double(atRisk - events))
      var bounds = (low: 0.0, high: 0.0)
      if share > 0 {
        let spread = z * variance.squareRoot() / abs(log(share))
        bounds = (exp(log(share) * exp(spread)), exp(log(share) * exp(-spread)))
      }
      return Step(
        time: end.time, atRisk: atRisk, events: events, share: share, low: bounds.low, high: bounds.high)
    }
  }

  /// The log-rank test of whether the first group lasts as long as the second (Mantel 1966).
  ///
  ///     O = sum d_1j,   E = sum n_1j d_j / n_j,   V = sum n_1j n_2j d_j (n_j - d_j) / (n_j^2 (n_j - 1))
  ///
  /// The contrast is Peto's estimate of the logarithm of the ratio of hazards, first to second, (O - E) / V with error
  /// 1 / sqrt(V); its p value is that of (O - E)^2 / V under chi-square with one degree of freedom. nil where V is 0:
  /// no events.
  public static func logRank(
    _ first: (times: [Double], ended: [Bool]), _ second: (times: [Double], ended: [Bool])
  ) throws -> Contrast? {
    var (difference, variance) = (0.0, 0.0)
    for end in try ends([first, second]) {
      let (n1, n2, d1) = (Double(end.atRisk[0]), Double(end.atRisk[1]), Double(end.ended[0]))
      let events = d1 + Double(end.ended[1])
      let n = n1 + n2
      difference += d1 - n1 * events / n
      if n > 1 { variance += n1 * n2 * events * (n - events) / (n * n * (n - 1)) }
    }
    guard variance > 0 else { return nil }
    return Contrast(
      estimate: difference / variance, error: 1 / variance.squareRoot(), degrees: .infinity,
      units: first.times.count + second.times.count)
  }

  /// The row at which a curve has collapsed, from 0; nil where it does not.
  ///
  /// Collapsed means that the mean of the last `window` rows is below `share` of the highest such mean before. The
  /// first `window` rows have no mean yet.
  public static func collapse(_ values: [Double], share: Double, window: Int) throws -> Int? {
    var highest = -Double.infinity
    for (end, mean) in try movingAverage(values, window: window).enumerated().dropFirst(window - 1) {
      if mean < share * highest { return end }
      highest = max(highest, mean)
    }
    return nil
  }

  /// The mean of each value and the up to `window` - 1 before it.
  public static func movingAverage(_ values: [Double], window: Int) throws -> [Double] {
    let often = max(1, 65536 / max(1, window))
    return try values.indices.map {
      if $0 % often == often - 1 { try Interrupt.check("moving_average") }
      return Mean.of(Array(values[max(0, $0 - window + 1)...$0]))
    }
  }

  /// The times at which a life ended, in order: how many of each group were alive until then, and how many ended.
  private static func ends(
    _ groups: [(times: [Double], ended: [Bool])]
  ) throws -> [(time: Double, atRisk: [Int], ended: [Int])] {
    let lives = groups.enumerated().flatMap { group, lives in
      zip(lives.times, lives.ended).map { (time: $0, ended: $1, group: group) }
    }
    var found: [(time: Double, atRisk: [Int], ended: [Int])] = []
    var left = groups.map(\.times.count)
    var now: (time: Double, atRisk: [Int], ended: [Int]) = (-.infinity, left, groups.map { _ in 0 })
    for life in try lives.sortedInterruptibly("survival", by: { $0.time < $1.time }) {
      if life.time != now.time {
        found.append(now)
        now = (life.time, left, groups.map { _ in 0 })
      }
      left[life.group] -= 1
      if life.ended { now.ended[life.group] += 1 }
    }
    return (found + [now]).filter { $0.ended.contains { $0 > 0 } }
  }
}
