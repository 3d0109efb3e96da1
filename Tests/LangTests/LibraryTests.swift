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
}
