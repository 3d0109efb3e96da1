import Testing

@testable import Lang

/// The part of the library that is written in the language.
@Suite struct LibraryTests {
  @Test func `the library that is built in has every function that a card names`() throws {
    try Session.prepare()
    let session = Session(host: CollectingHost())
    for name in Library.functions.keys { _ = try session.library(name) }
    for card in BuiltinCatalog.shared.builtins where card.source == nil {
      #expect(Library.functions[card.name] == nil, "\(card.name) has a card without its source")
    }
  }

  @Test(arguments: [
    ("fn a(x) = x\nfn b(x) { x +* 2 }\n", 2), ("fn a(x) {\n  x", 1), ("fn a(x) = x\n\nprint 1\n", 3),
  ])
  func `a library that does not parse is an error with its place`(text: String, line: Int) throws {
    let rejection = try #require(throws: Rejection.self) {
      try Library.read(Source(name: "prelude.rls", text: text))
    }
    let diagnostic = try #require(rejection.diagnostics.first)
    #expect(DiagnosticRendering.text(diagnostic).contains("prelude.rls:\(line):"))
  }

  @Test func `an error in the library is shown where the user's program called it`() throws {
    let start = "task = addition(digits: 1)\npi = policy(task, layers: 1, width: 16, heads: 2)\n"
    let session = Session(host: CollectingHost())
    let error = try #require(throws: RuntimeError.self) {
      try session.run(start + "train(pi, task, sapo(), steps: 1, group: 0)", name: "mine", echoes: false)
    }
    let lines = error.text().split(separator: "\n")
    #expect(lines[0].hasPrefix("error: rollout: `group` must be from 1"))
    #expect(lines[1] == " --> mine:3:1" && lines[2] == "3 | train(pi, task, sapo(), steps: 1, group: 0)")
    #expect(lines[4].hasPrefix("  inside, at prelude.rls:") && lines.last?.hasSuffix("in sample") == true)
    #expect(
      Session.message(start + "try { train(pi, task, sapo(), group: 0) } catch e { expect e.line == 3 }")
        == nil)
  }
}
