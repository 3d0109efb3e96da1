import Testing

@testable import Shell

extension PromptTests {
  /// What Tab puts in, and what it lists below the input.
  @Suite struct CompletionTests {
    private func prompt(columns: Int = 80, home: TemporaryFolder? = nil) throws -> Prompt {
      let prompt = try Prompt(home: home, environment: ["TERM": "xterm", "NO_COLOR": "1"], columns: columns)
      try prompt.terminal.send("\u{0C}")
      try prompt.terminal.waitForScreen { $0.lines == ["rls>"] && $0.line == 0 && $0.column == 5 }
      return prompt
    }

    /// Types `text` and Tab, and gives the line and what is listed below it.
    private func complete(_ text: String, _ prompt: Prompt) throws -> [String] {
      try prompt.terminal.send("\u{15}" + text)
      _ = prompt.terminal.drain(quiet: 0.05)
      try prompt.terminal.send("\t")
      _ = prompt.terminal.drain()
      let screen = prompt.terminal.screen
      return screen.lines.suffix(from: screen.line).map { $0 }
    }

    private func expectLine(_ typed: String, _ line: String, _ prompt: Prompt) throws {
      let shown = try complete(typed, prompt)
      #expect(shown == [line])
    }

    @Test(arguments: [40, 80, 200])
    func `what fits is listed with what it is, and the list goes with the next key`(columns: Int) throws {
      let prompt = try prompt(columns: columns)
      let listed = try complete("sapo(", prompt)
      #expect(listed[0] == "rls> sapo(")
      #expect(listed[1].hasPrefix("tau_pos:     = 1  temperature"))
      #expect(listed.allSatisfy { $0.count < columns })
      #expect(listed.contains { $0.hasPrefix("aggregate:   = \"seq") })
      try prompt.terminal.send("t")
      try prompt.terminal.waitForScreen { $0.lines == ["rls> sapo(t"] }
    }

    @Test func `in a block, arguments, parameters and names of the block fit`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("fn own(batch_of_mine) {\nx = sapo(\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 3 }
      try prompt.terminal.send("tau_n\t")
      try prompt.terminal.waitForScreen { $0.lines.last == "...>     tau_neg:" }
      try prompt.terminal.send("1)\nbatch_o\t")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> batch_of_mine" }
      try prompt.terminal.send(".rati\t")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> batch_of_mine.ratio" }
    }

    @Test
    func `texts are completed by what they stand for: words, columns, keys, files, and else not at all`()
      throws
    {
      let home = try TemporaryFolder()
      try home.write("", to: "questions.jsonl")
      let prompt = try prompt(home: home)
      try prompt.terminal.send("t = table({step: [1, 2], reward: [1, 2]}); r = {\"two words\": 1}\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls>" && $0.lines.count == 2 }
      let modes = try complete("sapo(aggregate: \"", prompt).dropFirst().joined(separator: " ")
      #expect(
        Set(modes.split(separator: " "))
          == [
            "token_mean", "seq_mean_token_mean", "seq_mean_token_sum", "seq_mean_token_sum_norm", "token_sum",
          ])
      try expectLine("drop \"t", "rls> drop \"t\"", prompt)
      try expectLine("summarize(t, \"rew", "rls> summarize(t, \"reward\"", prompt)
      try expectLine("t | sort(\"s", "rls> t | sort(\"step\"", prompt)
      try expectLine("plot t, x: \"s", "rls> plot t, x: \"step\"", prompt)
      try expectLine("r[\"t", "rls> r[\"two words\"", prompt)
      try expectLine("dataset(\"~/que", "rls> dataset(\"~/questions.jsonl\"", prompt)
      try expectLine(":load ~/que", "rls> :load ~/questions.jsonl", prompt)
      try expectLine("x = \"que", "rls> x = \"que", prompt)
      try expectLine("? :ti", "rls> ? :time", prompt)
    }

    @Test func `a file is found under ~ by what reads, writes, loads and includes`() throws {
      let home = try TemporaryFolder()
      try home.write("from_file = 12\n", to: "a.rls")
      let prompt = try Prompt(home: home)
      #expect(try prompt.enter("save [1, 2], \"~/b.json\"").contains("saved"))
      #expect(home.read("b.json") == "[1,2]\n" || home.read("b.json").contains("1"))
      #expect(try prompt.enter("read_json(\"~/b.json\")") == "[1, 2]\n")
      try prompt.enter("include \"~/a.rls\"")
      #expect(try prompt.enter("from_file") == "12\n")
      try prompt.enter("from_file = 1")
      try prompt.enter(":load ~/a.rls")
      #expect(try prompt.enter("from_file") == "12\n")
      #expect(try prompt.enter(":script ~/c.rls").contains("saved"))
      #expect(home.read("c.rls").contains("from_file = 1"))
    }
  }
}
