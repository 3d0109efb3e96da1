import Testing

extension PromptTests {
  @Suite struct TranscriptTests {
    @Test func `a session greets, shows values, goes on after errors, and leaves with Ctrl-D`() throws {
      let prompt = try Prompt()
      #expect(prompt.greeting.hasPrefix("rls 0."))
      #expect(prompt.greeting.contains("`help`") && prompt.greeting.contains("Ctrl-D"))
      #expect(try prompt.enter("x = 20") == "")
      #expect(try prompt.enter("x + 1") == "21\n")
      #expect(try prompt.enter("ans * 2") == "42\n")
      #expect(try prompt.enter("x + 2;") == "")
      #expect(try prompt.enter("y = unknown + 1").contains("unknown name `unknown`"))
      #expect(try prompt.enter("expect x == 1").contains("expectation failed"))
      #expect(try prompt.enter("x") == "20\n")
      #expect(try prompt.leave() == .exit(0))
    }

    @Test func `a block is asked for line by line`() throws {
      let prompt = try Prompt()
      try prompt.open("for i in 1..2 {", "print i * 10")
      #expect(try prompt.enter("}") == "10\n20\n")
    }

    @Test func `two empty lines give up on a block that cannot end`() throws {
      let prompt = try Prompt()
      try prompt.open("x = (1 +", "")
      try prompt.terminal.send("\n")
      #expect(try prompt.terminal.expect("rls> ").contains("error: "))
    }

    @Test func `exit leaves with its code`() throws {
      let prompt = try Prompt()
      try prompt.terminal.send("exit 5\n")
      #expect(try prompt.terminal.waitForEnd() == .exit(5))
    }

    @Test func `the prompt follows a script with -i`() throws {
      let home = try TemporaryFolder()
      try home.write("x = 11\nprint \"ready\"\n", to: "a.rls")
      let prompt = try Prompt(["-i", home.path + "/a.rls"], home: home)
      #expect(prompt.greeting == "ready\n")
      #expect(try prompt.enter("x + 1") == "12\n")
    }

    @Test func `commands of the prompt do what they say`() throws {
      let prompt = try Prompt()
      #expect(try prompt.enter(":who") == "no variables yet\n")
      #expect(try prompt.enter(":undo").contains("there is nothing to undo"))
      try prompt.enter("x = 1")
      try prompt.enter("x = 2")
      try prompt.enter("x")
      try prompt.enter("nonsense")
      #expect(try prompt.enter(":undo") == "took back: x = 2\n")
      #expect(try prompt.enter("x") == "1\n")
      #expect(try prompt.enter(":who").contains("x "))
      #expect(try prompt.enter(":reset").contains("forgot 2 variables"))
      #expect(try prompt.enter(":undo") == "took back: :reset\n")
      #expect(try prompt.enter("x") == "1\n")
      #expect(try prompt.enter(":time x").hasPrefix("1\n"))
      #expect(try prompt.enter(":tim").contains("did you mean `:time`?"))
      #expect(try prompt.enter("? sapo").hasPrefix("sapo(tau_pos = 1, tau_neg = 1.05"))
      #expect(try prompt.enter("?? train").hasPrefix("fn train("))
      #expect(try prompt.enter("? saop").contains("did you mean `sapo`?"))
    }

    @Test func `an error in a training leaves the run so far, and the prompt says so`() throws {
      let prompt = try Prompt()
      try prompt.enter("pi = policy(addition(), layers: 1, width: 16, heads: 2)")
      try prompt.enter("fn far(l, i, row) = if i == 4 { error(\"too far\") } else { none }")
      let shown = try prompt.enter("r = train(pi, addition(), sapo(), steps: 9, prompts: 4, after: far)")
      #expect(shown.contains("error: too far"))
      #expect(shown.contains("`partial` has what was done so far: run of 3 steps: reward "))
      #expect(try prompt.enter("partial").hasPrefix("run of 3 steps: reward "))
      #expect(try prompt.enter("partial.policy.updates") == "12\n")
      #expect(try prompt.enter("error(\"other\")").contains("partial") == false)
    }

    @Test func `a reset forgets what was tracked`() throws {
      let prompt = try Prompt()
      try prompt.enter("track 1, loss: 2")
      #expect(try prompt.enter("tracked()") == "run of 1 step: loss 2\n")
      #expect(try prompt.enter(":reset").contains("forgot"))
      #expect(try prompt.enter("tracked()") == "run of 0 steps\n")
      #expect(try prompt.enter(":undo") == "took back: :reset\n")
      #expect(try prompt.enter("tracked()") == "run of 1 step: loss 2\n")
    }

    @Test func `the inputs that went well become a script`() throws {
      let prompt = try Prompt()
      let path = prompt.home.path + "/kept.rls"
      try prompt.enter("x = 6")
      try prompt.enter("x = missing")
      try prompt.enter("print x * 7")
      #expect(try prompt.enter(":script \(path)") == "saved \(path)\n")
      #expect(prompt.home.read("kept.rls") == "x = 6\nprint x * 7\n")
      #expect(try ChildProcess.run([path]).output == "42\n")
    }

    @Test func `a resize does no harm, and tables follow the new width`() throws {
      let prompt = try Prompt(columns: 80)
      try prompt.enter("t = table([{aaaaaaaaaaaaaaa: 1, bbbbbbbbbbbbbbb: 2, ccccccccccccccc: 3}])")
      #expect(try prompt.enter("t").contains("ccccccccccccccc\n"))
      try prompt.terminal.send("1 + ")
      prompt.terminal.resize(columns: 40, rows: 12)
      _ = prompt.terminal.drain()
      try prompt.terminal.send("1\n")
      #expect(try prompt.terminal.expect("rls> ").hasSuffix("\n2\n"))
      let narrow = try prompt.enter("t")
      #expect(narrow.contains("(and ccccccccccccccc)"))
      #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func `long work shows its progress on a terminal and takes it away`() throws {
      let prompt = try Prompt(environment: ["TERM": "xterm"])
      let code = "for i in 1..40 { progress(\"digging\", i / 40); for j in 1..3000000 { j } }"
      try prompt.terminal.send(code + "\n")
      try prompt.terminal.expect("digging  ")
      try prompt.terminal.expect("%")
      try prompt.terminal.expect("\u{1B}[K", within: 60)
      try prompt.terminal.expect("rls> ", within: 60)
    }

    @Test func `no colours where they are not wanted`() throws {
      let plain = try Prompt(environment: ["TERM": "xterm", "NO_COLOR": "1"])
      try plain.terminal.send("nonsense\n")
      #expect(!(try plain.terminal.expect("unknown name")).contains("\u{1B}[31m"))
      let coloured = try Prompt(environment: ["TERM": "xterm"])
      try coloured.terminal.send("nonsense\n")
      #expect(try coloured.terminal.expect("unknown name").contains("\u{1B}[31m"))
    }

    @Test func `a terminal without UTF-8 gets plain characters`() throws {
      let prompt = try Prompt(environment: ["LC_ALL": "C"])
      let plot = try prompt.enter("plot [1, 2, 4, 8]")
      #expect(plot.count > 100)
      #expect(plot.utf8.allSatisfy { $0 < 0x80 })
    }
  }
}
