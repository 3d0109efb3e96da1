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

  @Test(arguments: [
    (["fn f() {", "  x = [1,", "2]"], true), (["fn f() {", "  x = [1,", "2]", "}"], false),
    (["f(\"\"\"", "  }", "  \"\"\""], true), (["f(\"\"\"", "  }", "  \"\"\", \"(\")"], false),
    (["fn f() { # }"], true), (["f([1, 2)"], false), (["}"], false), (["x = \"\"\""], true),
    (["\"\\(f(\"{\"))\""], false),
  ])
  func `lines leave brackets open`(lines: [String], needMore: Bool) {
    var brackets = OpenBrackets()
    for line in lines { brackets.read(line) }
    #expect(brackets.needMore == needMore)
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

  @Test func `wherever a program ends, the places of its errors are within it`() {
    let text =
      "if \"t\\(a)\" { {a: [\"t\\(f(\"u\\u{3c4}\\\\\\(x)\"))\\n\", \"\"\"\n  v\\(\"w\")\n  \"\"\"]} }"
    for length in 0...text.utf8.count {
      let source = Source(name: "test", text: String(decoding: text.utf8.prefix(length), as: UTF8.self))
      for diagnostic in Reading(source, commands: []).rejection?.diagnostics ?? [] {
        #expect(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= length)
        _ = DiagnosticRendering.text(diagnostic)
      }
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

  @Test(arguments: [
    // The name, the line in which it is asked after, and the line that defines it.
    ("x", 2, 1), ("x", 4, 3), ("x", 5, 3), ("x", 7, 1), ("y", 5, 4), ("f", 7, 3), ("i", 8, 8), ("x", 9, 9),
  ])
  func `a name means its innermost definition, and the latest above`(name: String, line: Int, defined: Int)
    throws
  {
    let program = """
      x = 1
      z = x
      fn f(x) {
          y = x
          y + x
      }
      f(x)
      for i in 1..3 { print i }
      g = x => x + 1
      """
    let source = Source(name: "test", text: program)
    // Asked at the end of the line.
    let found = InputOutline(program).definition(of: name, at: source.range(ofLine: line).upperBound - 1)
    #expect(found.map { source.line(of: $0.range.lowerBound) } == defined)
  }

  @Test func `a function is described by its parameters and its comment`() {
    let outline = InputOutline("# Half of it.\nfn half(x, by = 2) = x / by\nhalf(")
    #expect(outline.described.contains(Described("half", "half(x, by = 2): Half of it.")))
    #expect(outline.parameters(of: "half").map(\.name) == ["x", "by"])
  }

  @Test func `what stands at a byte is a name with what it is a field of, a file, or code in a text`() {
    let outline = InputOutline("include \"a.rls\"\nb.logp + \"\\(c)\"")
    #expect(outline.subject(at: 10) == .file("a.rls", 8..<15))
    #expect(outline.subject(at: 20) == .name("b.logp", 18..<22))
    #expect(outline.subject(at: 28) == .name("c", 28..<29))
    #expect(outline.subject(at: 23) == nil)
  }
}
