import Testing

@testable import Lang

@Suite struct PlotFileTests {
  @Test func `every SVG is well-formed and has only finite numbers`() throws {
    for plot in PlotSamples.all {
      for (width, height) in [(720, 432), (Int.min, Int.min), (Int.max, Int.max)] {
        let svg = plot.renderSVG(width: width, height: height)
        #expect(wellFormedness(svg) == nil, "\(plot.title)")
        #expect(
          !svg.contains("nan\"") && !svg.contains("inf\"") && !svg.contains("nan,") && !svg.contains("inf,"))
      }
    }
  }

  @Test func `a long smooth series is thinned, but ends where it ends`() {
    let x = (0..<100_000).map(Double.init)
    let svg = Plot(series: [.init(label: "", x: x, y: x)]).renderSVG()
    #expect(svg.utf8.count < 100_000)
    // With a tick of five digits and no names the drawing ends 24 pixels before the right edge.
    #expect(svg.contains(" 696,"))
  }

  @Test func `words are escaped wherever they stand`() {
    let nasty = "<a & \"b\" 'c'>\u{1}\u{FFFE}"
    let svg = Plot(
      title: nasty, xLabel: nasty, yLabel: nasty, series: [.init(label: nasty, x: [0, 1], y: [0, 1])],
      xNames: [nasty]
    ).renderSVG()
    #expect(wellFormedness(svg) == nil)
    #expect(!svg.contains("<a "))
    // The title twice (once for screen readers), both axes, the series and the tick.
    #expect(svg.split(separator: "&lt;a &amp; &quot;b&quot; &#39;c&#39;&gt;").count == 7)
  }

  @Test func `a line goes where its numbers are`() throws {
    let svg = Plot(series: [.init(label: "", x: [0, 1, 2], y: [-1, 0, 1])]).renderSVG(width: 720, height: 432)
    let points = try #require(svg.split(separator: "points=\"").last?.prefix { $0 != "\"" })
    let places = points.split(separator: " ").map { $0.split(separator: ",").compactMap { Double($0) } }
    try #require(places.count == 3 && places.allSatisfy { $0.count == 2 })
    // The middle point lies half way between the others, to a hundredth of a pixel.
    #expect(abs(places[1][0] - (places[0][0] + places[2][0]) / 2) <= 0.011)
    #expect(abs(places[1][1] - (places[0][1] + places[2][1]) / 2) <= 0.011)
    #expect(places[0][0] < places[2][0] && places[0][1] > places[2][1])
  }

  @Test func `a band is one translucent polygon, a gap makes two of it`() {
    let whole = Plot.Series(
      label: "a", x: [0, 1, 2, 3], y: [1, 1, 1, 1], low: [0, 0, 0, 0], high: [2, 2, 2, 2])
    var broken = whole
    broken.x = [0, 1, 2, 3, 4]
    broken.y = [1, 1, .nan, 1, 1]
    broken.low = [0, 0, .nan, 0, 0]
    broken.high = [2, 2, .nan, 2, 2]
    func polygons(_ series: Plot.Series) -> Int {
      Plot(series: [series]).renderSVG().split(separator: "<polygon class=\"band").count - 1
    }
    #expect(polygons(whole) == 1)
    #expect(polygons(broken) == 2)
  }

  @Test func `the document is readable on dark pages too`() {
    let svg = Plot(series: [.init(label: "a", x: [0, 1], y: [0, 1])]).renderSVG()
    #expect(svg.contains("@media (prefers-color-scheme: dark)"))
    #expect(!svg.contains("href") && !svg.contains("<script") && !svg.contains("url("))
  }

  @Test func `the data are written as CSV`() {
    let plot = Plot(series: [
      .init(label: "tau, \"neg\"", x: [0, 0.1], y: [1.0 / 3, .nan], low: [0, 0], high: [1, 1]),
      .init(label: "plain", x: [1e-7], y: [2]),
    ])
    #expect(
      plot.renderCSV() == """
        series,x,y,low,high
        "tau, ""neg""\",0.0,0.3333333333333333,0.0,1.0
        "tau, ""neg""\",0.1,nan,0.0,1.0
        plain,1e-07,2.0,,

        """)
  }
}

/// Why `document` is not a well-formed XML element, or nil.
///
/// Looks at what can go wrong here: tags match, quotes close, `&` and `<` are escaped.
func wellFormedness(_ document: String) -> String? {
  var open: [Substring] = []
  var rest = document[...]
  var elements = 0
  while let start = rest.firstIndex(of: "<") {
    if let complaint = badReference(rest[..<start]) { return complaint }
    guard let end = rest[start...].firstIndex(of: ">") else { return "a tag does not end" }
    let tag = rest[rest.index(after: start)..<end]
    rest = rest[rest.index(after: end)...]
    let name = tag.drop { $0 == "/" }.prefix { $0.isLetter }
    if name.isEmpty { return "a tag without a name: \(tag)" }
    if tag.hasPrefix("/") {
      if open.popLast() != name { return "\(name) closes nothing" }
      continue
    }
    if open.isEmpty && elements > 0 { return "two roots" }
    elements += 1
    if !tag.filter({ $0 == "\"" }).count.isMultiple(of: 2) || tag.contains("<") { return "quotes in \(tag)" }
    if let complaint = badReference(tag) { return complaint }
    if !tag.hasSuffix("/") { open.append(name) }
  }
  if document.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" }) { return "a control character" }
  return open.isEmpty ? nil : "\(open) stay open"
}

private func badReference(_ text: Substring) -> String? {
  for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
    let name = part.prefix { $0 != ";" }
    if !["amp", "lt", "gt", "quot", "#39"].contains(name) || name.count == part.count {
      return "reference &\(part)"
    }
  }
  return nil
}
