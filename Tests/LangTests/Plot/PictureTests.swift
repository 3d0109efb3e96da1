import Testing

@testable import Lang

/// Histograms, heat maps and panels, as `plot` makes them.
@Suite struct PictureTests {
  private func picture(_ program: String) throws -> Picture {
    let (session, _) = Session.collecting()
    try session.run("p = \(program)", name: "test", echoes: false)
    return try #require(session.globals["p"]?.as(PlotObject.self)).picture
  }

  @Test func `a histogram's bars stand over intervals that its series share`() throws {
    let program = "plot([[1, 2, 2, 5], [9, 9]], kind: \"hist\", bins: 4, labels: [\"a\", \"b\"])"
    #expect(
      try picture(program).csv == """
        series,x,y,low,high
        a,2.0,3.0,,
        a,4.0,0.0,,
        a,6.0,1.0,,
        a,8.0,0.0,,
        b,2.0,0.0,,
        b,4.0,0.0,,
        b,6.0,0.0,,
        b,8.0,2.0,,

        """)
    let grouped = "plot(table({a: [1, 1, 2], r: [0, 1, 1]}), x: \"r\", by: \"a\", kind: \"hist\", bins: 2)"
    guard case .plot(let plot) = try picture(grouped) else {
      Issue.record("no plot")
      return
    }
    #expect(plot.series.map(\.label) == ["a 1", "a 2"])
    #expect(plot.series.map(\.y) == [[1, 1], [0, 1]])
  }

  @Test func `a heat map has the means of each pair, in order, and blanks where there are none`() throws {
    let program =
      "plot(table({a: [2, 1, 1], b: [5, 4, 4], v: [7, 1, 2]}), x: \"a\", y: \"b\", z: \"v\", kind: \"heat\")"
    let map = try picture(program)
    #expect(map.csv == "b,1,2\n4,1.5,nan\n5,nan,7.0\n")
    #expect(
      map.text(width: 40, unicode: false, colour: false)
        == """
        4 |..??|
        5 |??@@|
           1 2 
        b by a   @ 7
        """)
  }

  @Test func `what was not measured leaves no gap in a line, and no line is no error`() throws {
    let table = "table({x: 1..4, a: [1, none, 3, nan], b: [none, none, none, none]})"
    let picture = try picture("plot(\(table), x: \"x\", y: [\"a\", \"b\"])")
    guard case .plot(let plot) = picture else {
      Issue.record("no plot")
      return
    }
    #expect(plot.series.map(\.x) == [[1, 3, 4], []])
    #expect(picture.svg.hasPrefix("<svg") && !picture.text(width: 60, unicode: true, colour: false).isEmpty)
  }

  @Test func `smoothing draws the moving average`() throws {
    guard case .plot(let plot) = try picture("plot([1, 2, 3], smooth: 0.5)") else {
      Issue.record("no plot")
      return
    }
    #expect(plot.series[0].y == [1, 1.5, 2.25])
  }

  @Test func `every picture's SVG is well formed, whatever its words and numbers`() throws {
    for program in [
      "plot([[1, nan], [-inf, 2]], kind: \"heat\", title: \"<a & b>\", labels: [\"<\", \"&\"])",
      "plot([], kind: \"hist\")", "plot([nan], kind: \"hist\", title: \"<\")", "plot([[]], kind: \"heat\")",
      "plot([1, 1, 2], kind: \"hist\", logy: true)",
      "panels([plot([1, 2], draw: false), plot([[1]], kind: \"heat\", draw: false)], title: \"<&>\")",
      "panels([panels([plot(sin, draw: false)])], columns: 3)",
    ] {
      let picture = try picture(program)
      #expect(wellFormedness(picture.svg) == nil, "\(program)")
      #expect(!picture.svg.contains("nan\"") && !picture.svg.contains("inf\""), "\(program)")
      #expect(!picture.text(width: 60, unicode: true, colour: true).isEmpty)
    }
  }

  @Test func `panels stand beside each other where they fit`() throws {
    let panels = try picture(
      "panels([plot([1, 2], draw: false, title: \"A\"), plot([2, 1], draw: false, title: \"B\")])")
    let wide = panels.text(width: 120, unicode: true, colour: true).split(separator: "\n")
    #expect(wide.contains { $0.contains("A") && $0.contains("B") })
    #expect(wide.allSatisfy { ColouredText.width(String($0)) <= 120 })
    let narrow = panels.text(width: 80, unicode: true, colour: true).split(separator: "\n")
    #expect(!narrow.contains { $0.contains("A") && $0.contains("B") })
  }

  @Test func `an axis of whole numbers has no ticks between them`() throws {
    let text = try picture("plot([1, 2, 3], [5, 6, 5], draw: false)").text(
      width: 80, unicode: false, colour: false)
    let labels = text.split(separator: "\n").last?.split(separator: " ").map(String.init)
    #expect(labels == ["1", "2", "3"])
  }

  @Test func `what cannot be drawn is refused`() {
    for (program, message) in [
      ("plot([1, 2], kind: \"heat\")", "a heat map is drawn of a matrix or a table"),
      ("plot([[1, 2], [3]], kind: \"heat\")", "a heat map is drawn of a matrix or a table"),
      ("plot(table({a: [1]}), x: \"a\", kind: \"heat\")", "`z` must be the name of a column"),
      ("plot([1], smooth: 2)", "`smooth` must be above 0"), ("panels([1])", "`plots` must be plots"),
      ("panels([])", "`plots` is empty"),
      ("save plot([1], draw: false), \"/tmp/x.gif\"", "saved as .svg, .png, .csv or .txt"),
    ] {
      #expect(
        Session.message(program)?.contains(message) == true, "\(program): \(Session.message(program) ?? "")")
    }
  }
}
