import Foundation
import Testing

@testable import Shell

/// Policies and runs across processes.
@Suite struct SavedPolicyProgramTests {
  private func output(_ program: String, threads: Int = 2) throws -> String {
    let child = try ChildProcess.run(["-e", program], environment: ["RLS_THREADS": "\(threads)"])
    try #require(child.status == 0, "\(child.errors)")
    return child.output
  }

  /// SIGKILL at fourteen moments of a program that saves two policies in turn, without a pause.
  @Test func `a process killed while it saves leaves the policy before or the one after, whole`() throws {
    let folder = try TemporaryFolder()
    let policies = """
      p = "\(folder.path)/p"
      a = policy(64, layers: 4, width: 128, heads: 4, seed: 1)
      b = policy(32, layers: 3, width: 160, heads: 4, seed: 2)

      """
    let known = try output(policies + "save a, p\nprint fingerprint(a)\nprint fingerprint(b)").split(
      separator: "\n")
    try #require(known.count == 2)
    var cut = 0
    for moment in 0..<14 {
      let child = try ChildProgram.run(
        Array((policies + "while true { save b, p; save a, p }").utf8), seconds: 0.15 + 0.017 * Double(moment)
      )
      #expect(child.ending == .signal(SIGKILL), "\(child.errors)")
      let found = try output("print fingerprint(load(\"\(folder.path)/p\"))")
      #expect(known.contains { found == $0 + "\n" }, "\(found)")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "p" }
      #expect(left.allSatisfy { $0.hasPrefix("p.partial-") })
      if !left.isEmpty { cut += 1 }
      for name in left { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
    }
    #expect(cut > 0, "no save was cut short, so nothing was tested")
  }

  @Test
  func `RLS_THREADS changes no bit of rollouts, logs and weights, and a run may go on in another process`()
    throws
  {
    let folder = try TemporaryFolder()
    let start = """
      task = countdown()
      fn part(pi, steps) = train(pi, task, sapo(), steps: steps, prompts: 8, group: 4, seed: 1)

      """
    func whole(_ threads: Int) throws -> String {
      try output(
        start + """
          base = policy(task, layers: 2, width: 48, heads: 3, seed: 1) | sft(task, steps: 20, seed: 1)
          r = part(base, 4)
          ro = rollout(r.policy, task, prompts: 8, group: 3, seed: 9)
          print json([r.fingerprint, r.curve, ro.tokens, ro.logp])
          save part(base, 2).policy, "\(folder.path)/p\(threads)"
          print r.fingerprint
          """, threads: threads)
    }
    let one = try whole(1)
    #expect(try whole(2) == one)
    #expect(try whole(4) == one)
    let fingerprint = try #require(one.split(separator: "\n").last)
    for threads in [1, 4] {
      let rest = "print part(load(\"\(folder.path)/p\(threads)\"), 3..4).fingerprint"
      #expect(try output(start + rest, threads: 5 - threads) == fingerprint + "\n")
    }
  }
}
