import Testing

@testable import Lang

/// Small plots, drawn once, looked at, and kept.
@Suite struct PlotTextTests {
  @Test func `a curve with a title and names on its axes`() {
    let plot = Plot(
      title: "square", xLabel: "x", yLabel: "y",
      series: [.init(label: "", x: [0, 1, 2, 3, 4], y: [0, 1, 4, 9, 16])])
    #expect(
      plot.renderBraille(width: 30, height: 6) == """
                      square
           y
           │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣀⠔
           │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⠤⠊
        10 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⡠⠒⠁
           │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⡠⠔⠊⠁
           │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣀⡠⠔⠊⠁
         0 ┤⣀⣀⣀⡠⠤⠤⠤⠔⠊⠉
           └┬────────────┬───────────┬
            0            2           4
                        x
        """)
    #expect(
      plot.renderASCII(width: 30, height: 6) == """
                      square
           y
           |                        **
           |                     ***
        10 +                  ***
           |               ***
           |          *****
         0 +**********
           ++------------+-----------+
            0            2           4
                        x
        """)
  }

  @Test func `two lines carry marks and names at their ends`() {
    let plot = Plot(
      series: [.init(label: "up", x: [0, 4], y: [0, 4]), .init(label: "down", x: [0, 4], y: [4, 0])])
    #expect(
      plot.renderBraille(width: 30, height: 6) == """
        4 ┤⠢⢄⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢀⡠⠔ ● up
          │⠀⠀⠈▲⠤⣀⠀⠀⠀⠀⠀⠀⠀⠀⣀⠤●⠁
          │⠀⠀⠀⠀⠀⠀⠉⠒▲⡀⢀●⠒⠉
        2 ┤⠀⠀⠀⠀⠀⠀⠀⣀⠔⠊⠑⠢⣀
          │⠀⠀⠀⢀⠤⠒●⠀⠀⠀⠀⠀⠀▲⠒⠤⡀
        0 ┤⡠●⠊⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠑▲⢄ ▲ down
          └┬─────────┬────────┬
           0         2        4
        """)
    #expect(
      plot.renderASCII(width: 30, height: 6) == """
        4 +oo                ** * up
          |  oooo        ****
          |      oooo****
        2 +      ****oooo
          |  ****        oooo
        0 +**                oo o down
          ++---------+--------+
           0         2        4
        """)
  }

  @Test func `a band is shade under the line, its last interval is in the legend`() {
    let plot = Plot(series: [.init(label: "m", x: [0, 10], y: [1, 2], low: [0.5, 1.5], high: [1.5, 2.5])])
    #expect(
      plot.renderBraille(width: 30, height: 6) == """
          │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀░░░░░░░░
        2 ┤⠀⠀⠀⠀⠀⠀░░░░░░░░░░░░⣀⣀⡠⠤⠤⠔⠒ m
          │░░░░░░░⣀⣀⣀⠤⠤⠔⠒⠒⠉⠉⠉░░░░░░░
          │⠤⠔⠒⠒⠊⠉⠉░░░░░░░░░░░░
          │░░░░░░░░░
        0 ┤
          └┬───────────┬───────────┬
           0           5           10
           m 2 [1.5, 2.5]
        """)
    #expect(
      plot.renderASCII(width: 30, height: 6) == """
          |                    .....
        2 +        ..........******* m
          |......************.......
          |******.............
          |.......
        0 +
          ++-----------+-----------+
           0           5           10
           m 2 [1.5, 2.5]
        """)
  }

  @Test func `what is not finite is a gap, a lone point is a mark`() {
    let plot = Plot(series: [
      .init(label: "", x: [0, 1, 2, 3, 4, 5, 6], y: [1, 1, .nan, 2, .infinity, 1, 1])
    ])
    #expect(
      plot.renderBraille(width: 30, height: 6) == """
        2 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀●
          │
          │
          │
          │
        1 ┤⠤⠤⠤⠤⠤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠤⠤⠤⠤⠤
          └┬────────┬───────┬────────┬
           0        2       4        6
        """)
    #expect(
      plot.renderASCII(width: 30, height: 6) == """
        2 +             *
          |
          |
          |
          |
        1 +*****                 *****
          ++--------+-------+--------+
           0        2       4        6
        """)
  }

  @Test func `bars stand on zero, with names below`() {
    let plot = Plot(
      series: [.init(label: "", x: [0, 1, 2], y: [1, -1, 2], kind: .bars)], xNames: ["a", "b", "c"])
    #expect(
      plot.renderBraille(width: 30, height: 6) == """
        2 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢰⣶⣶⣶⣶⣶⣶⡆
          │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⣿⣿⣿⣿⣿⣿⡇
          │⠀⣿⣿⣿⣿⣿⣿⣿⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⣿⣿⣿⣿⣿⣿⡇
        0 ┤⠀⣿⣿⣿⣿⣿⣿⣿⠀⢀⣀⣀⣀⣀⣀⣀⣀⠀⢸⣿⣿⣿⣿⣿⣿⡇
          │⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⣿⣿⣿⣿⣿⣿⣿
          │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠸⠿⠿⠿⠿⠿⠿⠿
          └────┬────────┬────────┬────
               a        b        c
        """)
    #expect(
      plot.renderASCII(width: 30, height: 6) == """
        2 +                  *******
          |                  *******
          | *******          *******
        0 + *******  ******  *******
          |          ******
          |          ******
          +----+--------+--------+----
               a        b        c
        """)
  }

  @Test func `colours switch only where they change and are switched off at the end of a line`() {
    let plot = Plot(
      series: [.init(label: "up", x: [0, 4], y: [0, 4]), .init(label: "down", x: [0, 4], y: [4, 0])])
    let coloured = plot.renderBraille(width: 30, height: 6, colour: true)
    for line in coloured.split(separator: "\n") where line.contains("\u{1B}") {
      #expect(line.hasSuffix("\u{1B}[39m"))
      #expect(line.split(separator: "\u{1B}", omittingEmptySubsequences: false).count <= 6)
    }
    #expect(withoutColours(coloured) == plot.renderBraille(width: 30, height: 6))
  }

  @Test func `overlapping bands become error bars in the colour of their line`() {
    func series(_ label: String, _ y: Double) -> Plot.Series {
      let steps = (0..<20).map(Double.init)
      return .init(
        label: label, x: steps, y: steps.map { _ in y }, low: steps.map { _ in y - 1 },
        high: steps.map { _ in y + 1 })
    }
    let overlapping = Plot(series: [series("a", 1), series("b", 2)]).renderBraille()
    #expect(overlapping.contains("┬") && overlapping.contains("┴") && !overlapping.contains("░"))
    let apart = Plot(series: [series("a", 1), series("b", 9)]).renderBraille()
    #expect(apart.contains("░"))
    #expect(apart.contains("● a 1 [0, 2]   ▲ b 9 [8, 10]"))
  }

  @Test func `no data is said`() {
    for plot in [Plot(series: []), Plot(series: [.init(label: "x", x: [.nan], y: [1])])] {
      #expect(plot.renderBraille().contains("no data"))
      #expect(plot.renderASCII().contains("no data"))
    }
  }

  @Test func `plain characters stay plain`() {
    for plot in PlotSamples.all {
      #expect(plot.renderASCII().allSatisfy { $0.isASCII })
    }
  }

  @Test(arguments: [(Int.min, Int.min), (1, 1), (24, 4), (40, 10), (72, 15), (200, 60), (Int.max, Int.max)])
  func `every plot keeps to its width`(width: Int, height: Int) {
    for plot in PlotSamples.all {
      for text in [
        plot.renderBraille(width: width, height: height), plot.renderASCII(width: width, height: height),
        withoutColours(plot.renderBraille(width: width, height: height, colour: true)),
      ] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= min(max(width, 24), 500) }, "\(plot.title) at \(width)")
        #expect(lines.count >= min(max(height, 4), 200) + 1)
      }
    }
  }

  @Test func `labels cannot reach the terminal`() {
    let plot = Plot(
      title: "a\u{1B}[2Jb\nc", series: [.init(label: "x\ry\u{9B}", x: [1, 2], y: [1, 2])],
      xNames: ["\u{7}", "\t"])
    let text = plot.renderBraille()
    #expect(
      text.unicodeScalars.allSatisfy {
        $0 == "\n" || !(0..<32).contains($0.value) && !(127..<160).contains($0.value)
      })
    #expect(text.contains("a [2Jb c"))
  }

  @Test func `labels at the ends of lines keep their order and do not touch`() {
    #expect(TextPlot.spread([3, 3, 3], rows: 10) == [2, 3, 4])
    #expect(TextPlot.spread([0, 0, 9, 9], rows: 10) == [0, 1, 8, 9])
    #expect(TextPlot.spread([1, 5, 8], rows: 10) == [1, 5, 8])
    #expect(TextPlot.spread([5, 5, 6], rows: 10) == [4, 5, 6])
    #expect(TextPlot.spread([], rows: 10) == [])
  }

  @Test func `a sparkline goes from the lowest to the highest level`() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([1, 1]) == "▄▄")
    #expect(Sparkline.text([.nan, 0, 1]) == " ▁█")
    #expect(Sparkline.text([0, 0, 8, 8], width: 2) == "▁█")
    #expect(Sparkline.text([]) == "")
    #expect(Sparkline.text([-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude]) == "▁█")
  }
}

/// `text` without the escape sequences that set colours.
private func withoutColours(_ text: String) -> String {
  text.split(separator: "\u{1B}", omittingEmptySubsequences: false).enumerated()
    .map { $0.offset == 0 ? String($0.element) : String($0.element.drop { $0 != "m" }.dropFirst()) }
    .joined()
}
