import Engine
import Testing

@testable import Lang

/// Files with names of their own.
@Suite struct ModuleTests {
  private let folder: StoreFolder
  private let session: Session
  private let host: CollectingHost

  init() throws {
    folder = try StoreFolder()
    (session, host) = Session.collecting()
  }

  /// What a program in the folder shows, line by line.
  private func shown(_ program: String) throws -> [String] {
    host.clear()
    try session.run(program, name: "\(folder.path)/main.rls", echoes: true)
    return host.output.map { $0.trimmingNewlines() }
  }

  private func failure(_ program: String) -> RuntimeError? {
    do {
      _ = try shown(program)
      return nil
    } catch { return RuntimeError(error) }
  }

  @Test func `a module has names of its own, and sees builtins but not those of the importer`() throws {
    try folder.write("scale = 10\nfn f(x, times = 1) = mean([x, x]) * scale * times\n", to: "m.rls")
    let program = "scale = 3\nmean = 7\nimport \"m.rls\" as m\n[m.f(2), m.scale, scale, m.f(1, times: 3)]"
    #expect(try shown(program) == ["[20, 10, 3, 30]"])
    #expect(Session.message("f(1)") == "unknown name `f`")
    try folder.write("fn g() = scale\n", to: "n.rls")
    #expect(failure("import \"n.rls\" as n")?.message == "unknown name `scale`")
  }

  @Test func `a variable called rls hides the builtins' own name only while it has a value`() throws {
    #expect(try shown("rls = {len: 3}\nrls.len") == ["3"])
    session.drop("rls")
    #expect(try shown("rls.len([1])") == ["1"])
    #expect(failure("rls = error(\"no\")") != nil)
    #expect(try shown("rls.len([1])") == ["1"])
    #expect(try shown("rls = {len: 4}\nrls.len") == ["4"])
  }

  @Test func `a file runs once, and again when it or what it imports has changed`() throws {
    try folder.make("lib")
    try folder.write("import \"part.rls\" as part\nprint \"m runs\"\nx = part.x\n", to: "lib/m.rls")
    try folder.write("print \"part runs\"\nx = 1\n", to: "lib/part.rls")
    let program = "import \"lib/m.rls\" as m\nimport \"./lib/../lib/m.rls\" as n\n[m.x, n.part.x]"
    #expect(try shown(program) == ["part runs", "m runs", "[1, 1]"])
    #expect(try shown(program) == ["[1, 1]"])
    try folder.write("print \"part runs\"\nx = 2\n", to: "lib/part.rls")
    #expect(try shown(program) == ["part runs", "m runs", "[2, 2]"])
    session.reset()
    #expect(try shown(program) == ["part runs", "m runs", "[2, 2]"])
  }

  @Test func `a file that failed keeps what it was, and runs again`() throws {
    try folder.write("x = 1\n", to: "m.rls")
    _ = try shown("import \"m.rls\" as m")
    try folder.write("x = 2\nerror(\"later\")\n", to: "m.rls")
    #expect(failure("import \"m.rls\" as m")?.message == "later")
    #expect(try shown("m.x") == ["1"])
    #expect(failure("import \"m.rls\" as m")?.message == "later")
  }

  @Test func `errors name the file and the line`() throws {
    try folder.write("\nfn bad(x) {\n  error(\"no \\(x)\")\n}\n", to: "m.rls")
    let error = try #require(failure("import \"m.rls\" as m\nm.bad(1)"))
    #expect(error.message == "no 1")
    #expect(error.trace.map(\.place) == ["\(folder.path)/m.rls:3:3", "\(folder.path)/main.rls:2:1"])
    #expect(error.trace.first?.function == "bad")
    #expect(failure("m.bed")?.help == "did you mean `.bad`?")
    #expect(failure("m.bad = 1")?.message.contains("the module's own") == true)
  }

  @Test func `a circle names its files, whether it begins at the program or not`() throws {
    try folder.write("import \"b.rls\" as b\n", to: "a.rls")
    try folder.write("import \"a.rls\" as a\n", to: "b.rls")
    let path = folder.path
    #expect(
      failure("import \"a.rls\" as a")?.message
        == "a file cannot import itself: \(path)/a.rls imports \(path)/b.rls imports \(path)/a.rls")
    try folder.write("import \"main.rls\" as m\n", to: "main.rls")
    #expect(failure("import \"main.rls\" as m")?.message.contains("cannot import itself") == true)
    #expect(failure("import \"c.rls\" as c")?.message.contains("there is no such file") == true)
  }

  @Test func `checking a program checks its modules and runs none`() throws {
    try folder.write("print \"runs\"\nfn f() = nothing\n", to: "m.rls")
    #expect(throws: Rejection.self) {
      try session.check("import \"m.rls\" as m", name: "\(folder.path)/main.rls")
    }
    #expect(host.output.isEmpty)
  }

  @Test func `help and completion know a module's names`() throws {
    try folder.write("# Scales.\nx = 1\n# Doubles.\nfn f(a, b = 2) = a\n", to: "m.rls")
    _ = try shown("import \"m.rls\" as m")
    #expect(
      session.fields(of: "m") == [Described("x", "number 1"), Described("f", "f(a, b): Doubles.")])
    #expect(session.parameters(of: "m.f").map(\.name) == ["a", "b"])
    #expect(try Help.text("m", session).contains("  Scales.\n"))
    #expect(try Help.text("m.f", session).hasPrefix("f(a, b = 2)\n  Doubles."))
    #expect(try Help.source("m.f", session) == "fn f(a, b = 2) = a")
  }

  @Test func `a function is known again by what it uses of a module`() throws {
    try folder.write("x = 1\nfn f() = x + g()\nfn g() = f\n", to: "m.rls")
    _ = try shown("import \"m.rls\" as m\nfn h() = m.f()")
    let first = try Identity(session).of(#require(session.globals["h"])).line
    #expect(!first.contains(folder.path))
    try folder.write("x = 2\nfn f() = x + g()\nfn g() = f\n", to: "m.rls")
    _ = try shown("import \"m.rls\" as m")
    #expect(try Identity(session).of(#require(session.globals["h"])).line != first)
  }

  @Test func `a saved session takes its modules up again`() throws {
    try folder.write("fn f() = 5\n", to: "m.rls")
    _ = try shown("import \"m.rls\" as m\nfn h() = m.f()")
    #expect(try SavedSession.write(session, to: "\(folder.path)/saved") == [])
    let (other, host) = Session.collecting()
    try SavedSession.restore("\(folder.path)/saved", into: other)
    try other.run("h()", name: "test", echoes: true)
    #expect(host.output == ["5"])
  }

  @Test func `a saved session has its runs, and the tables that hold runs and functions`() throws {
    _ = try shown(
      """
      fn half(x) = x / 2
      r = run(() => { for i in 1..3 { track i, half(i), loss: half(i) } })
      t = table({arm: [half, sapo()], run: [r, r]})
      kept = [r.loss, r.curve.loss]
      5
      """)
    #expect(try SavedSession.write(session, to: "\(folder.path)/saved") == [])
    #expect(try Folder.names("\(folder.path)/saved", for: "test").sorted() == ["run-1", "session.rls"])
    let (other, host) = Session.collecting()
    try SavedSession.restore("\(folder.path)/saved", into: other)
    try other.run(
      "kept == [r.loss, r.curve.loss]\n[t.arm[0](3), t.arm[1], r.learner, t.run[1].loss]", name: "test",
      echoes: true)
    #expect(host.output == ["true", "[1.5, sapo(), 1.5, 1]"])
    #expect(!other.userNames.contains("ans"))
  }
}
