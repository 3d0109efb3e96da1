import Testing

extension PromptTests {
  @Suite struct LineEditingTests {
    @Test func `the history is there in the next session, and a block is one entry`() throws {
      let home = try TemporaryFolder()
      let first = try Prompt(home: home)
      try first.enter("first = 1")
      try first.open("for i in 1..2 {", "print i * 11")
      try first.enter("}")
      #expect(try first.leave() == .exit(0))
      #expect(home.read(".local/state/rls/history").split(separator: "\n").count == 2)

      let second = try Prompt(home: home, environment: ["TERM": "xterm", "NO_COLOR": "1"])
      // Up, Enter: the block. Four times, through its three lines: as it is kept once, that is `first = 1`.
      try second.terminal.send("\u{1B}[A")
      try second.terminal.expect("print i * 11")
      try second.terminal.send("\n")
      try second.terminal.expect("11\n22\n")
      try second.terminal.send("\u{1B}[A\u{1B}[A\u{1B}[A\u{1B}[A00\n")
      try second.terminal.send("first\n")
      try second.terminal.expect("100\n")
    }

    @Test func `the history follows XDG_STATE_HOME`() throws {
      let home = try TemporaryFolder()
      let prompt = try Prompt(home: home, environment: ["XDG_STATE_HOME": home.path + "/state"])
      try prompt.enter("x = 1")
      #expect(home.read("state/rls/history") == "\"x = 1\"\n")
    }

    @Test(arguments: [
      ("sap", "sapo"), ("countd", "countdown"), ("sapo(tau_n", "sapo(tau_neg: "),
      ("session_v", "session_value"),
      ("rollout(session_value, pr", "rollout(session_value, prompts: "), ("rec.be", "rec.beta"),
      (":scr", ":script"), ("?? minib", "?? minibatches"),
    ])
    func `Tab completes`(typed: String, completed: String) throws {
      let prompt = try Prompt()
      try prompt.enter("session_value = 1; rec = {alpha: 1, beta: 2}")
      try prompt.terminal.send(typed + "\t")
      #expect(try prompt.terminal.expect(completed, within: 10).isEmpty)
    }

    @Test func `Tab completes a path in a string`() throws {
      let prompt = try Prompt()
      try prompt.home.write("", to: "questions.jsonl")
      try prompt.terminal.send("dataset(\"\(prompt.home.path)/quest\t")
      try prompt.terminal.expect("/questions.jsonl")
    }

    @Test func `Tab twice lists what fits`() throws {
      let prompt = try Prompt()
      try prompt.terminal.send("group\t\t")
      let listed = try prompt.terminal.expect("group_norm")
      #expect(listed.contains("group_by"))
    }

    @Test func `a pasted block runs as a whole`() throws {
      let prompt = try Prompt(environment: ["TERM": "xterm", "NO_COLOR": "1"])
      try prompt.terminal.send("\u{1B}[200~fn f(x) {\n    y = x * 2\n    y + 1\n}\nprint f(4)\n\u{1B}[201~")
      _ = prompt.terminal.drain()
      try prompt.terminal.send("\n")
      try prompt.terminal.expect("9\n")
      try prompt.terminal.expect("rls> ")
      #expect(prompt.home.read(".local/state/rls/history").split(separator: "\n").count == 1)
    }

    @Test func `a block pasted without brackets runs too`() throws {
      let prompt = try Prompt()
      try prompt.terminal.send("fn f(x) {\n    x * 2\n}\nprint f(4)\n")
      try prompt.terminal.expect("8\n")
    }
  }
}
