import Foundation
import Testing

@testable import Shell

/// Runs in folders across processes that are killed, asked to end, or run out of disk.
@Suite struct StoreProgramTests {
  private static func training(_ folder: TemporaryFolder, steps: Int = 12) -> [String] {
    [
      "-e",
      """
      task = addition(digits: 1)
      pi = policy(task, layers: 1, width: 32, heads: 2, seed: 3)
      r = train(pi, task, sapo(), steps: \(steps), prompts: 8, group: 4, keep_every: 4, checkpoint_every: 2, log_every: 1, seed: 5, store: "\(folder.path)/run")
      print r.fingerprint
      """,
    ]
  }

  private func whole() throws -> (output: String, log: String) {
    let folder = try TemporaryFolder()
    let child = try ChildProcess.run(StoreProgramTests.training(folder))
    try #require(child.status == 0, "\(child.errors)")
    return (child.output, folder.read("run/metrics.jsonl"))
  }

  @Test func `a training that is killed again and again comes to the same end`() throws {
    let whole = try whole()
    let folder = try TemporaryFolder()
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<8 {
      let moment = Double.random(in: 0.02...0.5, using: &generator)
      let child = try ChildProcess.run(StoreProgramTests.training(folder), within: moment, late: .ends)
      #expect(child.ending == .signal(SIGKILL) || child.status == 0, "\(child.errors)")
    }
    let child = try ChildProcess.run(StoreProgramTests.training(folder))
    #expect(child.output == whole.output, "\(child.errors)")
    #expect(folder.read("run/metrics.jsonl") == whole.log)
  }

  @Test(arguments: [SIGTERM, SIGUSR1, SIGHUP])
  func `a signal that asks to end leaves a checkpoint and says: run me again`(_ signal: Int32) throws {
    let whole = try whole()
    let folder = try TemporaryFolder()
    let arguments = StoreProgramTests.training(folder)
    let child = try ChildProcess.run(arguments, interruptAfter: "step 3 of", signal: signal)
    #expect(child.status == 75, "\(child.ending) \(child.errors)")
    #expect(child.errors.contains("the same command goes on from there"))
    #expect(folder.read("run/run.json").contains("\"state\": \"stopped\""))
    let next = try ChildProcess.run(arguments)
    #expect(next.output == whole.output, "\(next.errors)")
    #expect(!next.errors.contains("step 3 of"), "it began anew")
    #expect(folder.read("run/metrics.jsonl") == whole.log)
    // Without a folder there is nothing to go on from.
    let lost = try ChildProcess.run(
      ["-e", "print \"up\"\nwhile true { }"], interruptAfter: "up", signal: signal)
    #expect(lost.status == 128 + signal, "\(lost.ending) \(lost.errors)")
  }

  @Test func `a file that may not grow stops the run with an error, and leaves the last checkpoint whole`()
    throws
  {
    let whole = try whole()
    let folder = try TemporaryFolder()
    let arguments = StoreProgramTests.training(folder)
    _ = try ChildProcess.run(arguments, interruptAfter: "step 3 of", signal: SIGTERM)
    // A block has 1024 bytes: the log of twelve rows, and every checkpoint, is larger.
    let child = try ChildProcess.run(arguments, limits: "ulimit -f 6")
    #expect(child.status == 70, "\(child.ending) \(child.errors)")
    #expect(child.errors.contains("file too large"), "\(child.errors)")
    let next = try ChildProcess.run(arguments)
    #expect(next.output == whole.output, "\(next.errors)")
    #expect(folder.read("run/metrics.jsonl") == whole.log)
  }

  // MARK: Sweeps

  private static let sweep = """
    task = addition(digits: 1)
    pi = policy(task, layers: 1, width: 16, heads: 2, seed: 3)
    first = train(pi, task, sapo(), steps: 2, prompts: 4, seed: 1, store: args[0] + "/first")
    t = sweep tau in [0.5, 1, 2], seed in 1..4, store: args[0] + "/tau" {
        train(first, task, sapo(tau_neg: tau), steps: 6, prompts: 4, group: 2, seed: seed, checkpoint_every: 2)
    }
    print map(t.run, r => r.fingerprint)
    """

  private func process(_ folder: TemporaryFolder, _ flags: [String] = [], within seconds: Double = 60) throws
    -> ChildProcess
  {
    try folder.write(StoreProgramTests.sweep, to: "sweep.rls")
    return try ChildProcess.run(
      flags + ["\(folder.path)/sweep.rls", folder.path], within: seconds, late: seconds < 60 ? .ends : .fails)
  }

  @Test func `processes share a sweep, and each of them comes to the whole of it`() throws {
    let whole = try process(TemporaryFolder())
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try process(TemporaryFolder(), ["--workers", "3"]).output == whole.output)
    let folder = try TemporaryFolder()
    for part in 1...2 {
      let child = try process(folder, ["--shard", "\(part)/3"])
      #expect(child.output == whole.output, "\(child.errors)")
    }
    let watched = try ChildProcess.run(["watch", "\(folder.path)/tau"])
    #expect(watched.output == "12 of 12 cells done, 0 running, 0 waiting\n", "\(watched.errors)")
    #expect(try process(folder).output == whole.output)
    for wrong in [["--shard", "0/3"], ["--shard", "4/3"], ["--shard", "x"], ["--workers", "0"]] {
      #expect(try process(folder, wrong).status == 2)
    }
  }

  @Test func `a sweep whose processes are killed comes to the same table`() throws {
    let whole = try process(TemporaryFolder())
    let folder = try TemporaryFolder()
    for round in 0..<6 {
      // The workers of a process that is killed end with it, or go on for a moment; both have to be right.
      let child = try process(folder, ["--workers", "\(1 + round % 3)"], within: .random(in: 0.05...0.6))
      #expect(child.ending == .signal(SIGKILL) || child.output == whole.output, "\(child.errors)")
    }
    let last = try process(folder)
    #expect(last.output == whole.output, "\(last.errors)")
  }
}
