import Foundation
import Testing

extension PromptTests {
  @Suite struct InterruptTests {
    @Test func `Ctrl-C drops a half typed line and a half typed block`() throws {
      let prompt = try Prompt()
      try prompt.terminal.send("x = 1 + nons")
      try prompt.terminal.expect("nons")
      _ = try prompt.interrupt()
      try prompt.open("fn f(x) {")
      _ = try prompt.interrupt()
      #expect(try prompt.enter("1 + 1") == "2\n")
    }

    /// Work without end that prints `started` first, and what it needs.
    struct Work: Sendable, CustomTestStringConvertible {
      var name: String
      var preparation = ""
      var code: String
      /// What must be in the variable `partial` afterwards.
      var partial: String?
      var testDescription: String { name }
    }

    static let works = [
      Work(name: "an endless loop", code: "while true { }"),
      Work(
        name: "a function that a builtin calls", preparation: "fn f(x) { while true { } }",
        code: "map([1, 2], f)"),
      Work(
        name: "a loop over tensors", preparation: "A = ones(600, 600)",
        code: "for i in 1..1e9 { A @ A / 600 }"),
      Work(name: "one long kernel", preparation: "A = ones(3000, 3000)", code: "for i in 1..100 { A @ A }"),
      Work(
        name: "supervised steps", preparation: "p = policy(addition(), layers: 2, width: 64, heads: 4)",
        code: "p = sft(p, addition(), steps: 1e6)"),
      Work(
        name: "a train loop", preparation: "p = policy(addition(), layers: 2, width: 64, heads: 4)",
        code: "p = train(p, addition(), sapo(), steps: 1e6)", partial: "run of "),
      Work(
        name: "a big rollout",
        preparation: "p = policy(addition(digits: 4), layers: 6, width: 256, heads: 4)",
        code: "for i in 1..1000 { ro = rollout(p, addition(digits: 4), prompts: 256) }"),
      Work(
        name: "a sweep", preparation: "p = policy(addition(), layers: 2, width: 32, heads: 2)",
        code: "s = sweep t in 1..900 { train(p, addition(), sapo(tau_neg: t), steps: 2, prompts: 8) }",
        partial: "reward"),
    ]

    @Test(arguments: works)
    func `Ctrl-C brings the prompt back within 250 ms, with every finished value`(_ work: Work) throws {
      let prompt = try Prompt()
      if !work.preparation.isEmpty { try prompt.enter(work.preparation) }
      try prompt.enter("kept = [1, 2, 3]")
      // Other tests may hold the processors: the best of a few attempts counts.
      var best = Double.infinity
      for attempt in 1...6 where attempt <= 3 || best >= 0.25 {
        try prompt.begin("print \"sta\" + \"rted\"; \(work.code)", until: "started\n", thenFor: 1)
        let (shown, seconds) = try prompt.interrupt()
        best = min(best, seconds)
        #expect(shown.contains("interrupted"))
        #expect(shown.contains("`partial` has what was done so far: ") == (work.partial != nil))
      }
      print("Ctrl-C in \(work.name): \(Int(best * 1000)) ms")
      #expect(best < 0.25)
      #expect(try prompt.enter("kept") == "[1, 2, 3]\n")
      if let partial = work.partial { #expect(try prompt.enter("partial").contains(partial)) }
      #expect(try prompt.enter("1 + 1") == "2\n")
      #expect(try prompt.leave() == .exit(0))
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func `a signal that asks to end leaves a checkpoint of what runs, and puts the terminal back`(
      _ signal: Int32
    ) throws {
      let prompt = try Prompt()
      let line =
        "train(policy(addition(digits: 1), layers: 1, width: 16, heads: 2), addition(digits: 1), sapo(), "
        + "steps: 1e6, prompts: 4, group: 2, log_every: 1, store: \"run\")"
      try prompt.enter(":cd \(prompt.home.path)")
      try prompt.begin("print \"go\"; \(line)", until: "go\n", thenFor: 0)
      for _ in 1...6000 where !prompt.home.read("run/metrics.jsonl").contains("\n") { usleep(10000) }
      prompt.terminal.signal(signal)
      #expect(try prompt.terminal.waitForEnd() == .exit(75))
      #expect(prompt.home.read("run/run.json").contains("\"state\": \"stopped\""))
      let checkpoints = try FileManager.default.contentsOfDirectory(
        atPath: "\(prompt.home.path)/run/checkpoints")
      #expect(!checkpoints.isEmpty)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGUSR1])
    func `a signal that asks to end while nothing runs ends the prompt`(_ signal: Int32) throws {
      let prompt = try Prompt()
      try prompt.terminal.send("half a li")
      try prompt.terminal.expect("half a li")
      prompt.terminal.signal(signal)
      #expect(try prompt.terminal.waitForEnd() == .exit(128 + signal))
    }

    @Test func `the message names the user's own line and stands in a line of its own`() throws {
      let prompt = try Prompt(environment: ["TERM": "xterm", "NO_COLOR": "1"])
      _ = prompt.terminal.drain()
      for _ in 1...2 {
        try prompt.terminal.send("print 5; while true { 1 + 1 }\n")
        try prompt.terminal.expect("5\n")
        let (shown, _) = try prompt.interrupt()
        // Nothing is echoed while a program runs; the line is erased first, carriage returns are left out here.
        #expect(shown.hasPrefix("\u{1B}[Kinterrupted: "))
        #expect(shown.filter { $0 == "\n" }.count == 1)
      }
    }
  }
}
