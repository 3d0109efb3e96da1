import Testing

@testable import Lang

@Suite struct InputOutlineTests {
  @Test(
    arguments: [
      ("x = 1", ["x"]), ("a, b = f(c)", ["a", "b"]), ("for k, v in xs {", ["k", "v"]),
      ("fn f(p, q = 2) { r = p }", ["f", "p", "q", "r"]), ("map(xs, y => y)", ["y"]),
      ("map(xs, (y, z) => y)", ["y", "z"]), ("try { } catch e {", ["e"]),
      ("sweep t in [1], u in ts {", ["t", "u"]), ("x in xs", []), ("f(a, b)", []), ("fn (a) = a", ["a"]),
      ("fn f(a, b", ["f"]), ("import \"a.rls\" as m", ["m"]),
      ("sweep s in [x], [t, u] in ts {", ["s", "t", "u"]), ("if x in xs { y = 1", ["y"]),
    ] as [(String, Set<String>)])
  func `the names that an input gives a meaning to`(text: String, names: Set<String>) {
    #expect(InputOutline(text).boundNames == names)
  }

  @Test(arguments: [
    ("fn f() {", 4), ("    x = [1,", 8), ("    x = 1", 4), ("x = \"{\"", 0), ("f(1) # {", 0), ("f({", 4),
    ("fn f() {\n    if x {", 8), ("    }", 4), ("} else {", 4),
  ])
  func `a line is indented as the one before, and further where that opens a bracket`(
    text: String, spaces: Int
  ) {
    #expect(InputOutline.indentation(after: text) == spaces)
  }

  @Test func `no text makes it trap, and stretches are in order and apart`() {
    let (session, _) = Session.collecting()
    let text = "f(\"\\(a[{)]}\" # é\n:.x..y.\\\"\\ fn (,) => catch for in sweep é = 1.5e"
    for length in 0...text.utf8.count {
      let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
      let outline = InputOutline(part)
      var last = 0
      for stretch in outline.highlights(cursor: length, in: session) {
        #expect(stretch.start >= last && stretch.end > stretch.start && stretch.end <= part.utf8.count)
        last = stretch.end
      }
      for cursor in 0...length { _ = outline.bracketPair(at: cursor) }
    }
  }

  @Test func `a text is read once, whether it is complete or not`() throws {
    let (session, host) = Session.collecting()
    let reading = session.read("x = 2\nx * 21", name: "in[1]")
    #expect(!reading.isIncomplete)
    try session.run(reading, echoes: true)
    #expect(host.output == ["42"])
    #expect(session.read("fn f(x) {", name: "in[2]").isIncomplete)
    #expect(!session.read("fn f(x) }", name: "in[2]").isIncomplete)
  }
}
