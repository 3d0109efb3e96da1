import Testing

@testable import Shell

@Suite struct CompletionSiteTests {
  /// The site at the last bar in `marked`.
  private func site(_ marked: String) -> CompletionSite {
    let bar = marked.lastIndex(of: "|") ?? marked.endIndex
    return CompletionSite(
      in: String(marked[..<bar]) + String(marked[bar...].dropFirst()), cursor: marked[..<bar].utf8.count)
  }

  @Test(
    arguments: [
      ("pol|", nil, "pol", 0), ("x = pol|icy", nil, "pol", 4), ("x = |", nil, "", 4),
      ("1..n|", nil, "n", 3), ("größe + grö|", nil, "grö", 10),
      ("sapo(ta|", "sapo", "ta", 5), ("sapo(tau_neg: 1, t|", "sapo", "t", 17),
      ("f(g(x), y|", "f", "y", 8), ("f([a, b|", "f", "b", 6), ("f(x) + y|", nil, "y", 7),
      ("plot runs, x|", "plot", "x", 11), ("plot \"a.b(\", x|", "plot", "x", 13), ("x + pl|", nil, "pl", 4),
      ("for i in xs { print va|", "print", "va", 20), ("f({ a|", nil, "a", 4), ("a; b|", nil, "b", 3),
      ("x # f(\nplot y|", "plot", "y", 12), ("print \"\\(f(x|", "f", "x", 11),
      ("plot |", "plot", "", 5),
    ] as [(String, String?, String, Int)])
  func `a name, and the call in whose arguments it stands`(
    marked: String, callee: String?, prefix: String, start: Int
  ) {
    let found = site(marked)
    #expect(found.kind == .name(callee: callee))
    #expect(found.prefix == prefix)
    #expect(found.start == start)
  }

  @Test(
    arguments: [
      ("b.ra|", "b", "ra", 2), ("f(pi.optimizer.l|", "pi.optimizer", "l", 15), ("b.|", "b", "", 2),
      ("f(x).re|", nil, "re", 5), ("xs[0].re|", nil, "re", 6), ("f(x).a.b|", nil, "b", 7),
    ] as [(String, String?, String, Int)])
  func `a field, and what it is a field of`(marked: String, base: String?, prefix: String, start: Int) {
    let found = site(marked)
    // A field of a field of a call cannot be looked up by name.
    #expect(found.kind == .field(of: base) || base == nil && found.kind == .name(callee: nil))
    #expect(found.prefix == prefix)
    #expect(found.start == start)
  }

  @Test(
    arguments: [
      ("read_text(\"sc|", "read_text", nil, 0, nil, "sc"),
      ("save t, \"/tmp/a b|", "save", nil, 1, "t", "/tmp/a b"),
      ("f(\"a/b\", \"c/d|", "f", nil, 1, nil, "c/d"),
      ("sapo(1, aggregate: \"tok|", "sapo", "aggregate", 1, nil, "tok"),
      ("sapo(1,\n    aggregate: \"|", "sapo", "aggregate", 1, nil, ""),
      ("summarize(r.curve, [\"a\", \"re|", "summarize", nil, 1, "r.curve", "re"),
      ("t | summarize(\"re|", "summarize", nil, 1, "t", "re"),
      ("x = t | filter(r => r.a) | sort(\"|", "sort", nil, 1, "t", ""),
      ("plot t, x: \"st|", "plot", "x", 1, "t", "st"),
      ("for i in xs { plot t, x: \"|", "plot", "x", 1, "t", ""),
      ("include \"fi|", "include", nil, 0, nil, "fi"),
      ("print \"\\(f(x, \"a|", "f", nil, 1, "x", "a"),
    ] as [(String, String, String?, Int, String?, String)])
  func `a text, and the argument it is`(
    marked: String, callee: String, label: String?, position: Int, subject: String?, prefix: String
  ) {
    let found = site(marked)
    #expect(
      found.kind
        == .text(CompletionSite.Argument(callee: callee, label: label, position: position, subject: subject)))
    #expect(found.prefix == prefix)
  }

  @Test func `a text that is no argument, and one that is a key`() {
    #expect(site("x = \"a|").kind == .text(nil))
    #expect(site("x = [\"a|").kind == .text(nil))
    #expect(site("r.inner[\"two w|").kind == .key(of: "r.inner"))
    #expect(site("r.inner[\"two w|").prefix == "two w")
    #expect(site("t[0, \"a|").kind == .key(of: "t"))
    #expect(site("t[t.arm == \"a|").kind == .text(nil))
  }

  @Test func `a command of the shell stands at the start alone`() {
    #expect(site(":wh|").kind == .shellCommand)
    #expect(site(":wh|").start == 1)
    #expect(site("f(tau:wh|").kind == .name(callee: "f"))
    #expect(site(":time sa|").kind == .shellArgument("time"))
    #expect(site(":time sa|").start == 6)
    #expect(site("? sa|").kind == .topic)
    #expect(site("?? :wh|").prefix == ":wh")
  }

  @Test(arguments: ["# po|", "x = 12|", "x = 1.|", "x = 1.5|", "a # \"b|"])
  func `nothing is completed in comments and numbers`(marked: String) {
    #expect(site(marked).kind == .nothing)
  }

  @Test func `no text makes it trap, wherever the cursor is`() {
    let text = "f(\"\\(a[{)]}\" # é\n:.x..y.\\\"\\"
    for length in 0...text.utf8.count + 1 {
      for cursor in -1...length {
        let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
        let found = CompletionSite(in: part, cursor: cursor)
        #expect(found.start <= max(cursor, 0))
      }
    }
  }

  @Test func `paths are completed from the folder, folders with a slash`() throws {
    var template = Array("/tmp/rls-paths-XXXXXX".utf8CString)
    let folder = try #require(
      template.withUnsafeMutableBufferPointer { buffer -> String? in
        guard let base = buffer.baseAddress, mkdtemp(base) != nil else { return nil }
        return String(cString: base)
      })
    let names = ["alpha.rls", "alps", ".hidden", "beta"]
    for name in names where name != "alps" { fclose(fopen(folder + "/" + name, "w")) }
    mkdir(folder + "/alps", 0o700)
    defer {
      for name in names { remove(folder + "/" + name) }
      rmdir(folder)
    }
    #expect(PathCandidates.names(in: folder + "/", prefix: "al") == ["alpha.rls", "alps/"])
    #expect(PathCandidates.names(in: folder + "/", prefix: "") == ["alpha.rls", "alps/", "beta"])
    #expect(PathCandidates.names(in: folder + "/", prefix: ".") == [".hidden"])
    #expect(PathCandidates.names(in: folder + "/missing/", prefix: "") == [])
  }
}
