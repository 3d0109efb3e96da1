@testable import Lang

/// Plots of every sort, ordinary and absurd, that every renderer has to bear.
enum PlotSamples {
  static var all: [Plot] {
    let many = (0..<12).map { index in
      Plot.Series(
        label: "series number \(index)", x: [0, 1, 2], y: [0, Double(index), Double(index * index)])
    }
    let steps = (1...3000).map(Double.init)
    return [
      Plot(title: "empty", series: []),
      Plot(title: "no points", series: [.init(label: "a", x: [], y: [])]),
      Plot(title: "one point", series: [.init(label: "a", x: [5], y: [2])]),
      Plot(title: "constant", series: [.init(label: "a", x: [0, 1], y: [3, 3])]),
      Plot(title: "nothing finite", series: [.init(label: "a", x: [0, 1], y: [.nan, .infinity])]),
      Plot(
        title: "lengths differ", series: [.init(label: "a", x: [0, 1, 2], y: [1], low: [], high: [2, 3])]),
      Plot(title: "extremes", series: [.init(label: "a", x: [-1e308, 1.7e308], y: [-1.7e308, 1.7e308])]),
      Plot(
        title: "tiny",
        series: [.init(label: "a", x: [0, .leastNonzeroMagnitude], y: [.leastNonzeroMagnitude, 0])]),
      Plot(title: "many", xLabel: "x", yLabel: "y", series: many),
      Plot(
        title: String(repeating: "long ", count: 60), xLabel: String(repeating: "x", count: 300), series: many
      ),
      Plot(
        title: "long names",
        series: [.init(label: String(repeating: "n", count: 300), x: [0, 1], y: [0, 1])]),
      Plot(
        title: "logarithmic", series: [.init(label: "a", x: steps, y: steps.map { $0 - 2 })],
        xScale: .logarithmic,
        yScale: .logarithmic),
      Plot(
        title: "nothing positive",
        series: [.init(label: "a", x: [1, 2], y: [-1, 0], low: [-2, -2], high: [0, 0])],
        yScale: .logarithmic),
      Plot(
        title: "points", series: [.init(label: "a", x: steps, y: steps, kind: .points)]),
      Plot(
        title: "bars",
        series: [
          .init(label: "a", x: [0, 1], y: [1, -2], low: [0.5, -3], high: [1.5, -1], kind: .bars),
          .init(label: "b", x: [0, 1], y: [.nan, 2], kind: .bars),
        ], xNames: ["first", String(repeating: "second", count: 20)]),
      Plot(title: "bars at one place", series: [.init(label: "", x: [3, 3], y: [1, 2], kind: .bars)]),
      Plot(
        title: "band", series: [.init(label: "a", x: [2, 1], y: [1, 2], low: [3, .nan], high: [0, 1])]),
    ]
  }
}
