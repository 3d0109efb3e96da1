/// Intervals from resamples (Efron, "Bootstrap methods: another look at the jackknife", 1979).
public enum Bootstrap {
  /// The percentiles of a statistic over resamples, between order statistics, that hold it with this confidence.
  ///
  /// `statistic` takes what it needs from the draws it is given, one resample a call. The same stream gives the same
  /// bits.
  public static func interval(
    confidence: Double = 0.95, resamples: Int = 10_000, _ random: Philox,
    _ statistic: (inout Draws) throws -> Double
  ) throws -> (low: Double, high: Double) {
    var draws = Draws(random)
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<max(1, resamples) {
      try Interrupt.check("bootstrap")
      values.append(try statistic(&draws))
    }
    return (
      Quantile.of(values, (1 - confidence) / 2), Quantile.of(values, (1 + confidence) / 2)
    )
  }

  /// The interval of the mean of independent values.
  public static func mean(_ values: [Double], confidence: Double = 0.95, _ random: Philox) throws -> (
    low: Double, high: Double
  ) {
    try interval(confidence: confidence, random) { draws in
      var sum = 0.0
      for _ in values.indices { sum += values[draws.integer(in: 0...values.count - 1)] }
      return sum / Double(values.count)
    }
  }

  /// The interval of the interquartile mean of runs in strata, resampled within each stratum.
  ///
  /// Paper: arXiv:2108.13264 (rliable): strata are tasks, their values the scores of runs.
  public static func interquartileMean(
    _ strata: [[Double]], confidence: Double = 0.95, resamples: Int = 10_000, _ random: Philox
  ) throws -> (low: Double, high: Double) {
    try interval(confidence: confidence, resamples: resamples, random) { draws in
      try InterquartileMean.of(
        strata.flatMap { runs in runs.map { _ in runs[draws.integer(in: 0...runs.count - 1)] } })
    }
  }

  /// The interval of the mean of rows that share units on several levels, such as cold starts, seeds and prompts.
  ///
  /// `nested` has for each level the unit of each row, the outermost first: units are drawn with replacement, and
  /// within each of them, each time it is drawn, those of the next level. `crossed` has levels whose units are the same
  /// in all others, such as prompts that every run was asked: they are drawn by themselves, and a row counts as often
  /// as the product says (Owen, "The pigeonhole bootstrap", 2007).
  public static func levels(
    _ values: [Double], nested: [[Int]], crossed: [[Int]] = [], confidence: Double = 0.95,
    resamples: Int = 10_000, _ random: Philox
  ) throws -> (low: Double, high: Double) {
    let tree = Unit(Array(values.indices), nested)
    let sizes = crossed.map { ($0.max() ?? 0) + 1 }
    var counts = [Double](repeating: 0, count: values.count)
    return try interval(confidence: confidence, resamples: resamples, random) { draws in
      var times: [[Double]] = []
      var (sum, total) = (0.0, 0.0)
      // A draw in which no row is left is drawn again; with crossed levels of missing cells it can happen.
      repeat {
        for i in counts.indices { counts[i] = 0 }
        tree.resample(&draws, into: &counts)
        times = sizes.map { size in
          var times = [Double](repeating: 0, count: size)
          for _ in 0..<size { times[draws.integer(in: 0...size - 1)] += 1 }
          return times
        }
        (sum, total) = (0, 0)
        for row in values.indices where counts[row] > 0 {
          var weight = counts[row]
          for (level, units) in crossed.enumerated() { weight *= times[level][units[row]] }
          sum += weight * values[row]
          total += weight
        }
      } while total == 0
      return sum / total
    }
  }

  /// A unit of a level: the units below it, or rows.
  private struct Unit {
    var rows: [Int] = []
    var below: [Unit] = []

    init(_ rows: [Int], _ levels: [[Int]]) {
      guard let level = levels.first else {
        self.rows = rows
        return
      }
      var places: [Int: Int] = [:]
      var members: [[Int]] = []
      for row in rows {
        if let place = places[level[row]] {
          members[place].append(row)
        } else {
          places[level[row]] = members.count
          members.append([row])
        }
      }
      below = members.map { Unit($0, Array(levels.dropFirst())) }
    }

    func resample(_ draws: inout Draws, into counts: inout [Double]) {
      for row in rows { counts[row] += 1 }
      for _ in below { below[draws.integer(in: 0...below.count - 1)].resample(&draws, into: &counts) }
    }
  }
}

/// The mean of the middle half.
public enum InterquartileMean {
  /// The mean without the lowest and the highest quarter, each rounded down to whole values.
  ///
  /// As scipy's `trim_mean(x, 0.25)`, which rliable takes (arXiv:2108.13264); 0 of nothing.
  public static func of(_ values: [Double]) throws -> Double {
    let cut = values.count / 4
    return Mean.of(Array(try values.sortedInterruptibly("iqm", by: <)[cut..<values.count - cut]))
  }
}
