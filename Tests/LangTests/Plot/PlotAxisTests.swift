import Testing

@testable import Lang

@Suite struct PlotAxisTests {
  private func labels(
    _ values: [Double], _ target: Int, scale: Plot.Scale = .linear
  ) -> [String] {
    PlotAxis(values, scale: scale).ticks(target).map(\.label)
  }

  @Test func `ticks are multiples of one, two or five times a power of ten`() {
    #expect(labels([0, 1], 5) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels([0.21, 0.38], 5) == ["0.25", "0.30", "0.35"])
    #expect(labels([-3, 17], 5) == ["0", "5", "10", "15"])
    #expect(labels([0, 60], 6) == ["0", "10", "20", "30", "40", "50", "60"])
    #expect(labels([0, 4e6], 4) == ["0", "1e6", "2e6", "3e6", "4e6"])
    #expect(labels([0, 3e-6], 3) == ["0", "1e-6", "2e-6", "3e-6"])
    #expect(labels([1e9, 1e9 + 2], 2) == ["1e9", "1000000001", "1000000002"])
  }

  @Test func `a tick stands where its number is`() {
    let ticks = PlotAxis([10, 20], scale: .linear).ticks(5)
    #expect(ticks.map(\.label) == ["10", "12", "14", "16", "18", "20"])
    for (tick, fraction) in zip(ticks, [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      #expect(abs(tick.fraction - fraction) < 1e-12)  // a few roundings
    }
  }

  @Test func `a logarithmic axis has decades, or steps within them`() {
    #expect(labels([1, 1000], 5, scale: .logarithmic) == ["1", "10", "100", "1000"])
    #expect(labels([1e-8, 1e8], 4, scale: .logarithmic).count <= 5)
    #expect(labels([2, 30], 5, scale: .logarithmic) == ["2", "5", "10", "20"])
    let axis = PlotAxis([1, 100], scale: .logarithmic)
    #expect(axis.fraction(10) == 0.5)
    #expect(axis.fraction(0) == nil)
    #expect(axis.fraction(-1) == nil)
    #expect(axis.clampedFraction(-1) == 0)
  }

  @Test func `what is not finite neither widens the axis nor is on it`() {
    let axis = PlotAxis([.nan, 0, .infinity, 4, -.infinity], scale: .linear)
    #expect(axis.lower == 0)
    #expect(axis.upper == 4)
    #expect(axis.fraction(1) == 0.25)
    #expect(axis.fraction(.nan) == nil)
    #expect(axis.fraction(.infinity) == nil)
  }

  @Test func `one value gets room on both sides`() {
    let axis = PlotAxis([0.3, 0.3], scale: .linear)
    #expect(axis.lower < 0.3 && axis.upper > 0.3)
    #expect(axis.fraction(0.3).map { abs($0 - 0.5) < 1e-12 } == true)
    #expect(PlotAxis([0], scale: .linear).ticks(3).map(\.label).contains("0"))
  }

  @Test func `values near zero bring zero onto the axis when asked`() {
    #expect(PlotAxis([0.1, 0.9], scale: .linear, nearZero: true).lower == 0)
    #expect(PlotAxis([0.5, 0.9], scale: .linear, nearZero: true).lower == 0.5)
    #expect(PlotAxis([0.5, 0.9], scale: .linear, fromZero: true).lower == 0)
    #expect(PlotAxis([-0.5, -0.9], scale: .linear, fromZero: true).upper == 0)
  }

  @Test(arguments: [
    [-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude], [Double.leastNonzeroMagnitude],
    [0, .leastNonzeroMagnitude], [1, 1 + .ulpOfOne], [1e300, 1.0000001e300], [-1e308, 1e308],
    [1e15, 1e15 + 3],
    [Double.nan], [],
  ])
  func `no range is too wide, too narrow or too empty`(values: [Double]) {
    for scale in [Plot.Scale.linear, .logarithmic] {
      let axis = PlotAxis(values, scale: scale, padding: 0.04, nearZero: true)
      for target in [0, 1, 5, 40] {
        let ticks = axis.ticks(target)
        #expect(ticks.count < 6 * max(target, 2))
        #expect(ticks.allSatisfy { (0...1).contains($0.fraction) })
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.fraction < $1.fraction })
      }
    }
  }

  @Test(
    arguments: [
      (0.312499, "0.3125"), (0.1, "0.1"), (2, "2"), (-1234.56, "-1235"), (1.5e-6, "1.5e-6"),
      (0.00025, "0.00025"),
      (123_456_789, "1.235e8"), (0, "0"), (.nan, "nan"), (-.infinity, "-inf"),
      (.leastNonzeroMagnitude, "4.941e-324"),
      (1.797e308, "1.797e308"), (9999.99, "10000"),
    ] as [(Double, String)])
  func `numbers are shown to four digits`(value: Double, text: String) {
    #expect(PlotNumber.short(value) == text)
  }
}
