import Testing

@Suite struct ExitCodeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    var errors: String
    var testDescription: String { "\(arguments) ends with \(status)" }
  }

  static let cases = [
    Case(arguments: ["-e", "1"], status: 0, errors: ""),
    Case(arguments: ["--version"], status: 0, errors: ""),
    Case(arguments: ["--help"], status: 0, errors: ""),
    Case(arguments: ["-e", "expect 1 == 2"], status: 1, errors: "expectation failed: 1 == 2"),
    Case(arguments: ["--bad"], status: 2, errors: "Unknown option '--bad'"),
    Case(arguments: ["-e"], status: 2, errors: "Missing value"),
    Case(arguments: ["--check"], status: 2, errors: "--check needs a file"),
    Case(arguments: ["--color", "purple", "-e", "1"], status: 2, errors: "'purple' is invalid"),
    Case(arguments: ["missing.rls"], status: 2, errors: "cannot read missing.rls: there is no such file"),
    Case(arguments: ["--check", "missing.rls"], status: 2, errors: "there is no such file"),
    Case(arguments: ["/"], status: 2, errors: "/ is a folder, expected a file"),
    Case(arguments: ["-e", "1 +"], status: 65, errors: "expected an expression"),
    Case(arguments: ["-e", "sapoo()"], status: 65, errors: "did you mean `sapo`?"),
    Case(arguments: ["-e", "error(\"out of luck\")"], status: 70, errors: "error: out of luck"),
    Case(arguments: ["-e", "zeros(1e12)"], status: 70, errors: "error: "),
    Case(arguments: ["-e", "exit 0"], status: 0, errors: ""),
    Case(arguments: ["-e", "exit 7; error(\"never\")"], status: 7, errors: ""),
    Case(arguments: ["-e", "exit(300)"], status: 70, errors: "from 0 to 255, got 300"),
  ]

  @Test(arguments: cases) func `the exit code tells what happened`(_ expected: Case) throws {
    let run = try ChildProcess.run(expected.arguments)
    #expect(run.status == expected.status)
    if expected.errors.isEmpty {
      #expect(run.errors == "")
    } else {
      #expect(run.errors.contains(expected.errors))
    }
  }

  @Test func `help goes to standard output`() throws {
    let run = try ChildProcess.run(["--help"])
    #expect(run.output.contains("USAGE: rls") && run.output.contains("--check"))
    #expect(run.output.contains("130 interrupted"))
  }

  @Test func `checking reads a file without running it`() throws {
    let folder = try TemporaryFolder()
    try folder.write("print \"ran\"\nexpect 1 == 2\n", to: "good.rls")
    try folder.write("x = (\n", to: "bad.rls")
    let good = try ChildProcess.run(["--check", "good.rls"], in: folder)
    #expect(good.status == 0)
    #expect(good.output + good.errors == "")
    let bad = try ChildProcess.run(["--check", "bad.rls"], in: folder)
    #expect(bad.status == 65)
    #expect(bad.errors.contains("bad.rls:1:5"))
  }

  @Test(arguments: ["while true { }", "x = train(policy(addition()), addition(), sapo(), steps: 1e6)"])
  func `SIGINT ends a script with 130`(work: String) throws {
    let run = try ChildProcess.run(["-e", "print \"started\"; \(work)"], interruptAfter: "started")
    #expect(run.status == 130)
    #expect(run.errors.contains("interrupted"))
    #expect(!run.errors.contains("has what was done"))
    #expect(!run.errors.contains("\u{1B}"))
  }
}
