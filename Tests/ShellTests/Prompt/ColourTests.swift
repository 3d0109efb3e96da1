import Lang
import Testing

@testable import Shell

extension PromptTests {
  /// What is shown while somebody types: colours, and suggestions from the history.
  @Suite struct ColourTests {
    private func prompt(_ environment: [String: String] = [:], columns: Int = 80) throws -> Prompt {
      let prompt = try Prompt(environment: ["TERM": "xterm"].merging(environment) { $1 }, columns: columns)
      try prompt.terminal.send("\u{0C}")
      try prompt.terminal.waitForScreen { $0.lines == ["rls>"] && $0.line == 0 && $0.column == 5 }
      return prompt
    }

    @Test(arguments: [40, 80, 200])
    func `words of the language, names, texts, numbers and comments have colours`(columns: Int) throws {
      let prompt = try prompt(columns: columns)
      try prompt.terminal.send("fn f(x) = len(\"a\\(x)\") + nix # c ")
      let screen = try prompt.terminal.waitForScreen { $0.lines.first?.hasSuffix("c") == true }
      #expect(
        screen.styles(0) == [
          "1|rls>", "35|fn", "|f(x) =", "36|len", "|(", "32|\"a\\(", "|x", "32|)\"", "|) +", "31|nix",
          "3;90|# c",
        ])
    }

    @Test func `matching brackets stand out, and a name that may become a known one is not called unknown`()
      throws
    {
      let prompt = try prompt()
      try prompt.terminal.send("sap + (1)")
      var screen = try prompt.terminal.waitForScreen { $0.lines == ["rls> sap + (1)"] }
      #expect(screen.styles(0) == ["1|rls>", "31|sap", "|+", "1;4|(", "33|1", "1;4|)"])
      try prompt.terminal.send("\u{15}sap")
      screen = try prompt.terminal.waitForScreen { $0.lines == ["rls> sap"] }
      #expect(screen.styles(0) == ["1|rls>", "|sap"])
    }

    @Test func `the history suggests how an input goes on; Right takes all of it, Alt-Right a word`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("alpha = 11 + 22\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 2 }
      try prompt.terminal.send("al")
      let screen = try prompt.terminal.waitForScreen {
        $0.lines.last == "rls> alpha = 11 + 22" && $0.column == 7
      }
      #expect(screen.styles(1).last == "90|pha = 11 + 22")
      try prompt.terminal.send("\u{1B}[1;3C")
      try prompt.terminal.waitForScreen { $0.column == 10 }
      try prompt.terminal.send("\u{1B}[1;3C")
      try prompt.terminal.waitForScreen { $0.column == 15 }
      try prompt.terminal.send("\u{1B}[C + 9\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["rls> alpha = 11 + 22 + 9", "rls>"] }
      // What was only suggested does not run and does not stay.
      try prompt.terminal.send("alpha")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> alpha = 11 + 22 + 9" }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(3) == ["rls> alpha", "42", "rls>"] }
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func `no colours and no suggestions where they are not wanted`(environment: [String: String]) throws {
      let prompt = try Prompt(environment: ["TERM": "xterm"].merging(environment) { $1 })
      try prompt.terminal.send("alpha = 1 # x\nalp")
      _ = prompt.terminal.drain()
      #expect(prompt.terminal.screen.lines.last == "rls> alp")
      #expect(!["\u{1B}[1m", "\u{1B}[3", "\u{1B}[9"].contains { prompt.terminal.transcript.contains($0) })
    }

    /// The seconds that this thread has computed: other tests may hold the processors.
    private func processorTime() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The work of a key: reading the tokens, laying out and comparing 200 lines, looking for a suggestion.
    @Test func `a key on a block of 200 lines takes less than 2 ms`() {
      let host = TerminalHost(colour: .always)
      let session = Session(host: host)
      let line = "    total += where(advantage > 0, min(ratio, 1 + clip), \"\\(i)\") * 1.5  # a comment\n"
      let text = "fn f(b, clip = 0.2) {\n" + String(repeating: line, count: 198) + "}"
      let history = (0..<5000).map { "fn g\($0)(x) = x + \($0)" }
      var written = 0
      let display = BlockDisplay { written += $0.utf8.count }
      var best = Double.infinity
      // As many keys as it takes for one to find the machine quiet.
      for key in 0..<200 {
        let start = processorTime()
        do {
          let text = text + String(repeating: "x", count: key)
          var suggestions = Suggestions()
          let outline = InputOutline(text)
          let layout = BlockLayout(
            Array(text.utf8), cursor: text.utf8.count, prompt: "rls> ", continuation: "...> ",
            highlights: outline.highlights(cursor: text.utf8.count, in: session),
            brackets: outline.bracketPair(at: text.utf8.count),
            suggestion: suggestions.rest(of: text, in: history) ?? "", columns: 100, usesColour: true)
          display.draw(layout, panel: [], columns: 100, lines: 40, again: false)
        }
        best = min(best, processorTime() - start)
      }
      print("a key on a block of 200 lines: \(best * 1e3) ms")
      #expect(written > 1000)
      #if !DEBUG
        #expect(best < 0.002)
      #endif
    }
  }
}
