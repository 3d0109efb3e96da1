import Testing

@testable import Engine

/// Against scipy, statsmodels, lifelines and rliable; `scripts/golden/study_statistics.py` writes their values.
@Suite struct StatisticsTests {
  let golden: JSON

  init() throws { golden = try GoldenFile.contents("statistics.json") }

  private func number(_ json: JSON?) throws -> Double { try #require(json?.number) }

  /// Double precision on both sides; the sums have other orders.
  private func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(b))
  }

  @Test func `a clustered error is that of statsmodels`() throws {
    let stored = try #require(golden["clustered"])
    let values = try #require(stored["values"]).numbers
    let clusters = try #require(stored["clusters"]).numbers
    #expect(near(Mean.clusteredError(values, clusters: clusters), try number(stored["se"])))
    #expect(near(Mean.clusteredError(values, clusters: Array(values.indices)), Mean.error(values)))
    #expect(Mean.clusteredError([1, 2], clusters: [0, 0]) == 0)
  }

  @Test func `a paired t test is scipy's`() throws {
    let stored = try #require(golden["paired"])
    let differences = try #require(stored["differences"]).numbers
    let contrast = try #require(Contrast(differences: differences))
    #expect(near(contrast.pValue, try number(stored["p"])))
    #expect(near(contrast.interval().low, try number(stored["low"])))
    #expect(near(contrast.interval().high, try number(stored["high"])))
    #expect(Contrast(differences: [1]) == nil)
    #expect(try #require(Contrast(differences: [1, 1])).pValue == 0)
    #expect(try #require(Contrast(differences: [0, 0])).pValue == 1)
  }

  @Test func `adjusted p values are those of statsmodels`() throws {
    let stored = try #require(golden["adjusted"])
    let p = try #require(stored["p"]).numbers
    for (method, name) in [(MultipleComparisons.holm, "holm"), (.benjaminiHochberg, "bh")] {
      let expected = try #require(stored[name]).numbers
      #expect(try zip(method.adjusted(p), expected).allSatisfy { near($0, $1) })
    }
    #expect(try MultipleComparisons.none.adjusted(p) == p)
    // 0.005 is tested at 0.05 / 6 and shows, 0.01 at 0.05 / 5 and shows, 0.03 at 0.05 / 4 and does not.
    let levels = MultipleComparisons.holmLevels(p, alpha: 0.05)
    #expect(near(levels[3], 0.05 / 6) && near(levels[0], 0.05 / 5) && near(levels[1], 0.05 / 4))
  }

  @Test func `Wilson's interval is that of statsmodels`() throws {
    for stored in try #require(golden["wilson"]).items {
      let bounds = try #require(stored["bounds"]).numbers
      let own = try #require(Share.wilson(number(stored["successes"]), of: number(stored["n"])))
      #expect(abs(own.low - bounds[0]) < 1e-12 && abs(own.high - bounds[1]) < 1e-12)
    }
    #expect(Share.wilson(0, of: 0) == nil)
  }

  /// Simpson's rule has 4000 intervals; statsmodels solves to about 1e-7.
  @Test func `power is that of statsmodels`() throws {
    for stored in try #require(golden["power"]).items {
      let n = Int(try number(stored["n"]))
      #expect(
        near(
          Power.test(n, difference: try number(stored["effect"]), deviation: 1), try number(stored["power"]),
          1e-8))
      let visible = try number(stored["visible"])
      #expect(near(Power.smallestVisible(n, deviation: 1), visible, 1e-6))
      #expect(Power.unitsNeeded(visible * 1.0001, deviation: 1) == n)
    }
    #expect(Power.unitsNeeded(0, deviation: 1) == nil)
    #expect(near(Power.test(2, difference: 0, deviation: 1), 0.05, 1e-8))
  }

  /// rliable's interval is of 50000 resamples of its own: both leave about a hundredth of the width to chance.
  @Test func `the interquartile mean and its interval are those of rliable`() throws {
    let stored = try #require(golden["iqm"])
    let strata = try #require(stored["strata"]).items.map(\.numbers)
    #expect(near(try InterquartileMean.of(strata.flatMap { $0 }), try number(stored["iqm"])))
    let (low, high) = try Bootstrap.interquartileMean(strata, Philox(seed: 1, .script))
    let width = try number(stored["high"]) - number(stored["low"])
    #expect(abs(low - (try number(stored["low"]))) < 0.05 * width)
    #expect(abs(high - (try number(stored["high"]))) < 0.05 * width)
    for trimmed in try #require(golden["trimmed"]).items {
      #expect(
        near(try InterquartileMean.of(#require(trimmed["values"]).numbers), try number(trimmed["mean"])))
    }
  }

  @Test func `survival curves and the log-rank test are those of lifelines`() throws {
    let stored = try #require(golden["survival"])
    var groups: [(times: [Double], ended: [Bool])] = []
    for curve in try #require(stored["curves"]).items {
      let times = try #require(curve["times"]).numbers
      let ended = try #require(curve["ended"]).items.map { $0 == .bool(true) }
      groups.append((times, ended))
      let steps = try Survival.curve(times, ended: ended)
      let expected = try #require(curve["steps"]).items.map(\.numbers)
      #expect(steps.map(\.time) == expected.map { $0[0] })
      for (step, row) in zip(steps, expected) where step.share > 0 {
        #expect(near(step.share, row[1]) && near(step.low, row[2]) && near(step.high, row[3]))
      }
    }
    let contrast = try #require(try Survival.logRank(groups[0], groups[1]))
    let statistic = contrast.estimate / contrast.error
    #expect(near(statistic * statistic, try number(stored["statistic"])))
    #expect(near(contrast.pValue, try number(stored["p"])))
    #expect(contrast.estimate > 0)
    #expect(try Survival.logRank(([5], [false]), ([5], [false])) == nil)
  }

  /// Two starts that differ and no spread within: the variance is that of starts, which rows alone would halve.
  @Test func `a bootstrap over levels counts units and not rows`() throws {
    let values = [0.0, 0, 0, 0, 1, 1, 1, 1]
    let starts = [0, 0, 0, 0, 1, 1, 1, 1]
    let (low, high) = try Bootstrap.levels(values, nested: [starts], Philox(seed: 1, .script))
    #expect(low == 0 && high == 1)
    let rows = try Bootstrap.levels(values, nested: [Array(values.indices)], Philox(seed: 1, .script))
    #expect(rows.low > 0.1 && rows.high < 0.9)
    let crossed = try Bootstrap.levels(values, nested: [], crossed: [starts], Philox(seed: 1, .script))
    #expect(crossed.low == 0 && crossed.high == 1)
    let again = try Bootstrap.levels(values, nested: [Array(values.indices)], Philox(seed: 1, .script))
    #expect(again == rows)
  }

  @Test func `a collapse is the first step below a share of the peak`() throws {
    #expect(try Survival.collapse([1, 2, 4, 4, 1, 1], share: 0.5, window: 2) == 5)
    #expect(try Survival.collapse([4, 1, 4, 4], share: 0.5, window: 1) == 1)
    #expect(try Survival.collapse([1, 2, 3], share: 0.5, window: 2) == nil)
    #expect(try Survival.collapse([1], share: 0.5, window: 10) == nil)
  }

  @Test func `a verdict reads the interval against nothing and against what matters`() throws {
    func verdict(_ estimate: Double, _ error: Double, matters: Double) throws -> Verdict {
      try Judgement.judge([
        (Contrast(estimate: estimate, error: error, degrees: 7, units: 8), matters)
      ])[0].verdict
    }
    // t(0.975, 7) = 2.3646.
    #expect(try verdict(0.03, 0.01, matters: 0.02) == .supported)
    #expect(try verdict(0.03, 0.02, matters: 0.02) == .notVisible)
    #expect(try verdict(-0.03, 0.01, matters: 0.02) == .contradicted)
    #expect(try verdict(0.005, 0.001, matters: 0.02) == .contradicted)
    #expect(try verdict(-0.01, 0.01, matters: 0) == .notVisible)
    // Three claims of the same strength: p = 0.021 shows alone, and not among three.
    let contrast = Contrast(estimate: 0.03, error: 0.01, degrees: 7, units: 8)
    let several = try Judgement.judge(Array(repeating: (contrast, 0.02), count: 3))
    #expect(several.allSatisfy { $0.verdict == .notVisible && near($0.adjusted, 3 * contrast.pValue) })
  }
}
