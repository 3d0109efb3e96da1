import Engine
import Testing

@testable import Lang

@Suite struct FormattingTests {
  /// The programs of the repository, and the blocks of its pages.
  static let programs: [(name: String, text: String)] = {
    let files = ["Sources", "Tests", "scripts"].flatMap { SourceTree.programs(under: $0) }
    let texts = files.map {
      (name: $0, text: (try? FileContents.text("\(SourceTree.root)/\($0)", for: "test")) ?? "")
    }
    let pages = SourceTree.files(in: "docs", ending: ".md").flatMap {
      page -> [(name: String, text: String)] in
      let lines = (try? readLines("docs/\(page)")) ?? []
      let blocks = lines.split(separator: "```rls").dropFirst().map { $0.prefix { $0 != "```" } }
      return blocks.enumerated().map { ("\(page), block \($0)", $1.joined(separator: "\n") + "\n") }
    }
    return texts + pages
  }()

  private static func tree(_ text: String) throws(Rejection) -> String {
    let source = Source(name: "test", text: text)
    return describe(try Parser.parse(source, commands: BuiltinCatalog.shared.commands))
  }

  /// A syntax tree without its places.
  private static func describe(_ value: Any) -> String {
    if value is Span { return "" }
    let mirror = Mirror(reflecting: value)
    if mirror.children.isEmpty { return "\(value)" }
    let parts = mirror.children.map { "\($0.label ?? "")=\(describe($0.value))" }
    return "\(mirror.subjectType)(\(parts.joined(separator: ",")))"
  }

  @Test
  func `formatting keeps the tree and the comments of every program here, and done twice changes nothing`()
    throws
  {
    var parsed = 0
    for (name, text) in FormattingTests.programs {
      // Some programs are there to be rejected.
      guard let before = try? FormattingTests.tree(text) else { continue }
      parsed += 1
      let once = try Formatting.formatted(text, name: name)
      #expect(try FormattingTests.tree(once) == before, "\(name)")
      #expect(try Formatting.formatted(once, name: name) == once, "\(name)")
      let comments = { (text: String) in text.split(separator: "\n").count { $0.contains("#") } }
      #expect(comments(once) == comments(text), "\(name)")
    }
    #expect(parsed > 90, "\(parsed) programs")
  }

  @Test func `programs that people read are formatted`() throws {
    for (name, text) in FormattingTests.programs
    where name.hasPrefix("scripts/") || name.hasPrefix("Sources/") {
      let formatted = try Formatting.formatted(text, name: name)
      #expect(formatted == text, "\(name): run `rls fmt \(name)`")
    }
  }

  static let cases: [(before: String, after: String)] = [
    ("a=1+2*-x ^2", "a = 1 + 2 * -x ^ 2\n"),
    ("f( a,b :1,c... )", "f(a, b: 1, c...)\n"),
    ("xs [ 1 .. ]; r . b??xs[ ..3 ]", "xs[1..]; r.b ?? xs[..3]\n"),
    ("r = { a : 1 ,b:{ } }", "r = {a: 1, b: {}}\n"),
    ("if x{y}else   {z}", "if x { y } else { z }\n"),
    ("if x {\n1 }\nelse { 2\n}", "if x {\n    1\n} else {\n    2\n}\n"),
    (
      "print -1\nprint - 1\nprint (1)\nprint(1)\nprint [1]",
      "print -1\nprint - 1\nprint (1)\nprint(1)\nprint [1]\n"
    ),
    ("fn f(x,y=2)=x\nfn g( ){ }\nh = fn(x)=x", "fn f(x, y = 2) = x\nfn g() { }\nh = fn (x) = x\n"),
    ("x=>{a:1}\n(x,y)=>{x}", "x => {a: 1}\n(x, y) => { x }\n"),
    ("xs\n|map(f)\n|sum", "xs\n    | map(f)\n    | sum\n"),
    ("\n\n# one\n\n\n\nx=1   # two\n\n", "# one\n\nx = 1  # two\n"),
    ("f(1, # one\n2 # two\n)", "f(1,  # one\n    2  # two\n)\n"),
    ("a = 1      # x\nbcdefghijk = 22  # y", "a = 1      # x\nbcdefghijk = 22  # y\n"),
    ("f(a,\n   b)\nf(a,\n      b)\nlong(a,\n     b)", "f(a,\n    b)\nf(a,\n    b)\nlong(a,\n     b)\n"),
    ("f(\n  a:   1,\n  bcd: 2)", "f(\n    a:   1,\n    bcd: 2)\n"),
    ("f(\n  a:  1,\n  bcd: 2)", "f(\n    a: 1,\n    bcd: 2)\n"),
    (
      "fn f() {\n  t = \"\"\"\n    a\n      b\n    \"\"\"\n}",
      "fn f() {\n    t = \"\"\"\n      a\n        b\n      \"\"\"\n}\n"
    ),
    ("for a,[b,c] in xs{ break }", "for a, [b, c] in xs { break }\n"),
    ("a,b=[b,a]", "a, b = [b, a]\n"),
    ("1. ..3", "1. ..3\n"),
    ("#!/usr/bin/env rls\nx=1", "#!/usr/bin/env rls\nx = 1\n"),
    ("\"a\\( x+1 )\"", "\"a\\( x+1 )\"\n"),
    ("", ""),
  ]

  @Test(arguments: cases)
  func `one style`(before: String, after: String) throws {
    #expect(try Formatting.formatted(before, name: "test") == after)
    #expect(try Formatting.formatted(after, name: "test") == after)
  }

  @Test func `long lines are broken behind commas, before pipes and at the braces of blocks`() throws {
    let names = (1...12).map { "argument\($0): \($0)" }.joined(separator: ", ")
    let call = try Formatting.formatted("x = f(\(names), last: 2)", name: "test").split(separator: "\n")
    #expect(
      call.count == 2 && call[0].count <= 120 && call[0].hasSuffix(",") && call[1].hasPrefix("    argument"))
    let long = String(repeating: "a", count: 50)
    #expect(
      try Formatting.formatted("x = \(long)(1) | \(long)(2) | \(long)(3)", name: "test")
        == "x = \(long)(1) | \(long)(2)\n    | \(long)(3)\n")
    #expect(
      try Formatting.formatted("if \(long) { f(\(long)) } else { f(\(long)) }", name: "test")
        == "if \(long) {\n    f(\(long))\n} else {\n    f(\(long))\n}\n")
    let text = "f(\"\(long)\(long)\(long)\")\n"
    #expect(try Formatting.formatted(text, name: "test") == text)
  }

  @Test func `items that are left of a broken line are put before those on the next`() throws {
    let items = (10..<46).map { "\($0)" }
    let text =
      "x = [\(items.prefix(30).joined(separator: ", ")),\n    \(items.dropFirst(30).joined(separator: ", "))]\n"
    let lines = try Formatting.formatted(text, name: "test").split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasSuffix("44, 45]"))
  }

  @Test func `a text that does not parse is rejected`() {
    #expect(throws: Rejection.self) { try Formatting.formatted("x = (", name: "test") }
  }
}
