import Foundation
import Testing

/// `rls --restricted`: ways out of it, tried by a script and, as a script could not, by system calls.
@Suite struct SandboxTests {
  /// A script's folder, the folder it may write, and one that is none of its business.
  private struct House {
    let root: TemporaryFolder
    var own: String { root.path + "/own" }
    var output: String { root.path + "/output" }
    var outside: String { root.path + "/outside" }

    init() throws {
      root = try TemporaryFolder()
      for name in ["own", "own/inner", "output", "outside", "outside/empty"] {
        try FileManager.default.createDirectory(
          atPath: "\(root.path)/\(name)", withIntermediateDirectories: true)
      }
      try root.write("mine", to: "own/own")
      try root.write("x = 1", to: "own/inner/part.rls")
      try root.write("kept", to: "output/kept")
      try root.write("print \"from outside\"", to: "outside/secret")
      try root.write("{\"a\": 1}", to: "outside/secret.json")
      try root.write("a,b\n1,2\n", to: "outside/secret.csv")
      try root.write("print \"from outside\"", to: "outside/part.rls")
    }

    func run(_ program: String, _ flags: [String]? = nil, _ arguments: [String] = []) throws -> ChildProcess {
      try root.write(program, to: "own/script.rls")
      return try ChildProcess.run(
        (flags ?? ["--restricted", "--write", output]) + ["\(own)/script.rls"] + arguments,
        environment: ["SECRET": "from outside", "TMPDIR": outside, "RLS_THREADS": "2"])
    }
  }

  /// Whether this kernel can enforce it; says so where it cannot.
  private static let isEnforced: Bool = {
    guard let house = try? House(), let run = try? house.run("print 1") else { return true }
    if run.errors.contains("--restricted cannot be enforced here") {
      print("skipped: \(run.errors)")
      return false
    }
    return true
  }()

  @Test(.enabled(if: isEnforced)) func `a hundred system calls do not lead out`() throws {
    let house = try House()
    let probe = Process()
    probe.executableURL = URL(fileURLWithPath: PseudoTerminal.product("SandboxProbe"))
    probe.arguments = [house.own, house.output, house.outside]
    probe.standardOutput = try house.root.openForWriting("report")
    try probe.run()
    probe.waitUntilExit()
    #expect(probe.terminationStatus == 0)
    let lines = house.root.read("report").split(separator: "\n")
    for line in lines where line.hasPrefix("ESCAPED") || line.hasPrefix("BROKEN") { Issue.record("\(line)") }
    #expect(lines.count { $0.hasPrefix("works") } == 10)
    #expect(lines.count { $0.hasPrefix("denied") } >= 80, "\(lines.count) tries")
  }

  /// What a script might try; `OUT` is the folder outside, `IN` the one it may write.
  private static let tries = [
    #"read_text("/etc/passwd")"#, #"read_text("OUT/secret")"#, #"read_text("IN/../outside/secret")"#,
    #"read_text("/proc/self/environ")"#, #"read_text("/proc/self/root/etc/passwd")"#,
    #"read_text("/proc/self/maps")"#, #"read_text("/proc/1/cmdline")"#, #"read_text("/dev/urandom")"#,
    #"read_text("~/.bashrc")"#, #"read_text("IN/link")"#, #"read_text("IN/folder/secret")"#,
    #"read_json("OUT/secret.json")"#, #"read_csv("OUT/secret.csv")"#, #"dataset("OUT/secret.json")"#,
    #"load("OUT")"#, #"load_rollouts("OUT/secret.json")"#, #"runs("OUT")"#, #"load_run("OUT")"#,
    #"save("x", "OUT/new.txt")"#, #"save("x", "OUT/secret")"#, #"save("x", "IN/../outside/new.txt")"#,
    #"save("x", "IN/link")"#, #"save("x", "IN/folder/new.txt")"#, #"save(table([{a: 1}]), "OUT/new.csv")"#,
    #"save("x", "/tmp/rls-sandbox-test.txt")"#, #"save("x", "/dev/shm/rls-sandbox-test.txt")"#,
    #"save("x", "OWN/new.txt")"#, #"save("x", "OWN/script.rls")"#, #"save("x", "OWN/inner/part.rls")"#,
    #"save(policy(addition(digits: 1), layers: 1, width: 16, heads: 2), "OUT/policy")"#,
    #"save(tracked(), "OUT/report.html")"#, #"save("x", "/proc/self/comm")"#, #"save("x", "/dev/null")"#,
    #"run(() => 1, {a: 1}, store: "OUT/run")"#, #"run(() => 1, {a: 1}, store: "/run")"#,
    "sweep a in 1..2, store: \"OUT/sweep\" { a }",
  ]

  @Test(.enabled(if: isEnforced)) func `a script reads its folder, writes one, and gets nowhere else`() throws
  {
    let house = try House()
    symlink("\(house.outside)/secret", "\(house.output)/link")
    symlink(house.outside, "\(house.output)/folder")
    let before = try FileManager.default.subpathsOfDirectory(atPath: house.outside).sorted()
    var program = """
      expect read_text("\(house.own)/own") == "mine"
      save "x", "\(house.output)/a.txt"
      save "y", "\(house.output)/a.txt"
      expect read_text("\(house.output)/a.txt") == "y"
      p = policy(addition(digits: 1), layers: 1, width: 16, heads: 2)
      save p, "\(house.output)/policy"
      expect load("\(house.output)/policy").fingerprint == p.fingerprint
      t = sweep a in 1..4, store: "\(house.output)/cells" { sum(rand(1000, seed: a)) > 0 }
      expect all(t.value)
      expect machine().threads == 2

      """
    for attempt in SandboxTests.tries {
      let code = attempt.replacingOccurrences(of: "OUT", with: house.outside)
        .replacingOccurrences(of: "OWN", with: house.own).replacingOccurrences(of: "IN", with: house.output)
      program += "out = \"denied\"\ntry { r = \(code); out = \"ESCAPED\" } catch { }\nprint out\n"
    }
    let run = try house.run(program)
    #expect(run.status == 0, "\(run.ending) \(run.errors)")
    let answers = run.output.split(separator: "\n")
    #expect(answers.count == SandboxTests.tries.count)
    for (attempt, answer) in zip(SandboxTests.tries, answers) where answer != "denied" {
      Issue.record("\(attempt): \(answer)")
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: house.outside).sorted() == before)
    #expect(house.root.read("outside/secret").contains("from outside"))
  }

  @Test(.enabled(if: isEnforced)) func `no file from outside becomes part of the script`() throws {
    for line in [
      "include \"OUT/part.rls\"", "include \"../outside/part.rls\"", "import \"OUT/part.rls\" as part",
    ] {
      let house = try House()
      let run = try house.run(line.replacingOccurrences(of: "OUT", with: house.outside))
      #expect(run.status == 65 || run.status == 70, "\(line): \(run.ending)")
      #expect(
        run.errors.contains("permission denied") && !run.output.contains("from outside"), "\(run.errors)")
    }
    let house = try House()
    #expect(try house.run("include \"inner/part.rls\"\nprint x").output == "1\n")
    // A script that is itself a link may read the folder it is really in.
    symlink("\(house.outside)/part.rls", "\(house.own)/link.rls")
    let link = try ChildProcess.run(["--restricted", "\(house.own)/link.rls"])
    #expect(link.output == "from outside\n", "\(link.errors)")
  }

  @Test(.enabled(if: isEnforced)) func `without a folder nothing is written`() throws {
    let house = try House()
    let run = try house.run("save \"x\", \"\(house.output)/a.txt\"", ["--restricted"])
    #expect(run.status == 70 && run.errors.contains("permission denied"), "\(run.errors)")
  }

  @Test func `a command line that would widen it is refused`() throws {
    let house = try House()
    for (flags, arguments) in [
      (["--restricted", "--workers", "2"], []), (["--restricted", "-i"], []),
      (["--write", house.output], []),
      (["--restricted"], ["--write", house.output]),
    ] {
      #expect(try house.run("print 1", flags, arguments).status == 2, "\(flags) \(arguments)")
    }
    #expect(try ChildProcess.run(["--restricted", "-e", "1"]).status == 2)
    #expect(try ChildProcess.run(["--restricted", "-"]).status == 2)
    #expect(try ChildProcess.run(["--restricted", "missing.rls"]).status == 2)
  }
}
