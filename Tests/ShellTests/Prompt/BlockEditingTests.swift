import Testing

@testable import Shell

extension PromptTests {
  /// Inputs edited in place, on terminals of several widths, as their screens show them.
  @Suite struct BlockEditingTests {
    /// A prompt on a terminal that can move its cursor.
    private func prompt(
      columns: Int = 80, rows: Int = 24, colours: Bool = false, _ environment: [String: String] = [:]
    ) throws -> Prompt {
      setlocale(LC_CTYPE, "C.UTF-8")
      var variables = ["TERM": "xterm"].merging(environment) { $1 }
      if !colours { variables["NO_COLOR"] = "1" }
      let prompt = try Prompt(environment: variables, columns: columns, rows: rows)
      try prompt.terminal.send("\u{0C}")
      try prompt.terminal.waitForScreen { $0.lines == ["rls>"] && $0.line == 0 && $0.column == 5 }
      return prompt
    }

    @Test(arguments: [40, 80, 200])
    func `Enter continues while the input is incomplete, indents, and runs it when it is complete`(
      columns: Int
    ) throws {
      let prompt = try prompt(columns: columns)
      try prompt.terminal.send("fn f(x) {\n")
      try prompt.terminal.waitForScreen { $0.lines == ["rls> fn f(x) {", "...>"] && $0.column == 9 }
      try prompt.terminal.send("y = x * 2\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 3 && $0.column == 9 }
      try prompt.terminal.send("y + 1\n}")
      try prompt.terminal.waitForScreen {
        $0.lines == ["rls> fn f(x) {", "...>     y = x * 2", "...>     y + 1", "...> }"]
      }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls>" && $0.lines.count == 5 }
      try prompt.terminal.send("f(4)\n")
      try prompt.terminal.waitForScreen { Array($0.lines.suffix(3)) == ["rls> f(4)", "9", "rls>"] }
    }

    @Test(arguments: [40, 80, 200])
    func `Up and Down move within a block, and then into the history`(columns: Int) throws {
      let prompt = try prompt(columns: columns)
      try prompt.terminal.send("a = 1\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 2 }
      try prompt.terminal.send("for i in 1..2 {\nprint i\n}")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> }" }
      // To the first line, `1..2` becomes `1..3`, and Enter runs the block from there.
      try prompt.terminal.send("\u{1B}[A\u{1B}[A\u{05}\u{1B}[D\u{1B}[D\u{7F}3")
      try prompt.terminal.waitForScreen { $0.lines.contains("rls> for i in 1..3 {") && $0.line == 1 }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { Array($0.lines.suffix(5)) == ["...> }", "1", "2", "3", "rls>"] }
      // Recalled: the cursor is at the end of the block, two lines below its first.
      try prompt.terminal.send("\u{1B}[A")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> }" && $0.column == 6 }
      try prompt.terminal.send("\u{1B}[A\u{1B}[A\u{1B}[A")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> a = 1" && $0.column == 10 }
      try prompt.terminal.send("\u{1B}[B")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> }" }
      try prompt.terminal.send("\u{1B}[B\u{1B}[B\u{1B}[B")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls>" }
    }

    @Test func `Alt-Enter inserts a line, and a closing bracket steps out`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("a = 1\u{1B}\nb = 2\u{1B}\nif true {\u{1B}\n    c = 3\u{1B}\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 5 && $0.column == 9 }
      usleep(100_000)
      try prompt.terminal.send("}")
      try prompt.terminal.waitForScreen {
        $0.lines == ["rls> a = 1", "...> b = 2", "...> if true {", "...>     c = 3", "...> }"]
      }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls>" }
      try prompt.terminal.send("[a, b, c]\n")
      try prompt.terminal.waitForScreen { $0.lines.contains("[1, 2, 3]") }
      #expect(prompt.home.read(".local/state/rls/history").split(separator: "\n").count == 2)
    }

    @Test(arguments: [2, 3, 7, 40])
    func `long lines wrap, wide characters too, at any width`(columns: Int) throws {
      let prompt = try Prompt(
        environment: ["TERM": "xterm", "NO_COLOR": "1"], columns: 80)
      setlocale(LC_CTYPE, "C.UTF-8")
      prompt.terminal.resize(columns: columns, rows: 60)
      try prompt.terminal.send("\u{0C}len(\"漢字かな漢字かな漢字かな漢字\")")
      let text = "rls>len(\"漢字かな漢字かな漢字かな漢字\")"
      try prompt.terminal.waitForScreen { screen in
        screen.lines.joined().filter { $0 != " " }.hasSuffix(text)
          && screen.everything.allSatisfy {
            $0.unicodeScalars.reduce(0) { $0 + BlockLayout.width(of: $1) } <= columns
          }
      }
      // From the start of the line, something is put in front.
      try prompt.terminal.send("\u{01}1 + ")
      try prompt.terminal.waitForScreen {
        $0.lines.joined().filter { $0 != " " }.hasSuffix("rls>1+" + text.dropFirst(4))
      }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.joined().filter { $0 != " " }.contains("15rls>") }
    }

    @Test(arguments: [(80, 40), (40, 80), (200, 31), (40, 17)])
    func `resizing while a block is typed leaves one copy of it`(from: Int, to: Int) throws {
      let prompt = try prompt(columns: from)
      try prompt.terminal.send("1 + 1\nfn longer(first, second, third) {\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "...>" && $0.column == 9 }
      prompt.terminal.resize(columns: to, rows: 24)
      _ = prompt.terminal.drain()
      try prompt.terminal.send("first\n}")
      let screen = try prompt.terminal.waitForScreen { $0.lines.last == "...> }" }
      let text = screen.lines.joined().filter { $0 != " " }
      #expect(text.hasSuffix("rls>rls>1+12rls>fnlonger(first,second,third){...>first...>}"))
      try prompt.terminal.send("\nlonger(7, 1, 1)\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["7", "rls>"] }
    }

    @Test(arguments: ["xterm", "dumb"])
    func `a line survives a terminal that becomes too narrow for readline`(kind: String) throws {
      let prompt = try Prompt(environment: ["TERM": kind, "NO_COLOR": "1"], columns: 80)
      try prompt.terminal.send("111 + 222")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> 111 + 222" }
      prompt.terminal.resize(columns: 3, rows: 24)
      _ = prompt.terminal.drain()
      prompt.terminal.resize(columns: 80, rows: 24)
      _ = prompt.terminal.drain()
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.contains("333") }
    }

    @Test func `a block taller than the terminal scrolls with the cursor and is shown whole when it runs`()
      throws
    {
      let prompt = try prompt(rows: 10)
      let lines = (1...30).map { "    x\($0) = \($0)" }
      try prompt.terminal.send("\u{1B}[200~fn f() {\n\(lines.joined(separator: "\n"))\n}\u{1B}[201~")
      try prompt.terminal.waitForScreen { $0.lines.last == "...> }" && $0.lines.count == 10 }
      for _ in 1...31 { try prompt.terminal.send("\u{1B}[A") }
      try prompt.terminal.waitForScreen { $0.lines.first == "rls> fn f() {" && $0.line == 0 }
      try prompt.terminal.send("\n")
      let screen = try prompt.terminal.waitForScreen { $0.lines.last == "rls>" && $0.line == 9 }
      let expected = ["rls> fn f() {"] + lines.map { "...> " + $0 } + ["...> }", "rls>"]
      #expect(Array(screen.everything.suffix(33)) == expected)
    }

    @Test func `Ctrl-C drops a block with a mark, and Up brings it back`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("fn f(x) {\n")
      try prompt.terminal.waitForScreen { $0.lines.count == 2 }
      try prompt.terminal.control("c")
      try prompt.terminal.waitForScreen { $0.lines == ["rls> fn f(x) {", "...>     ^C", "rls>"] }
      try prompt.terminal.send("\u{1B}[A")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["rls> fn f(x) {", "...>"] }
    }

    @Test func `two empty lines give up on a block that cannot end`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("x = (1 +\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "...>" }
      try prompt.terminal.send("\n")
      usleep(50_000)
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen {
        $0.lines.contains { $0.hasPrefix("error: ") } && $0.lines.last == "rls>"
      }
    }

    @Test func `readline's keys work in a block: undo, kill and yank, history search, quoted insert`() throws
    {
      let prompt = try prompt()
      try prompt.terminal.send("alpha = 11\nbeta = 22\n")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls>" && $0.lines.count == 3 }
      // Ctrl-R finds, Enter runs.
      try prompt.terminal.send("\u{12}alp")
      try prompt.terminal.waitForScreen { $0.lines.last == "(reverse-i-search)`alp': alpha = 11" }
      try prompt.terminal.send("\u{05}1 + ")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> alpha = 111 +" }
      // Ctrl-W kills a word backwards, Ctrl-Y yanks it, Ctrl-_ undoes.
      try prompt.terminal.send("\u{17}\u{17}\u{19}")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> alpha = 111 +" }
      try prompt.terminal.send("\u{15}12 + 30\u{1F}")
      _ = prompt.terminal.drain()
      try prompt.terminal.control("c")
      try prompt.terminal.waitForScreen {
        $0.lines.last == "rls>" && $0.lines.contains { $0.hasSuffix("^C") }
      }
      try prompt.terminal.send("be\u{1B}[5~\u{05} + 1\n")
      try prompt.terminal.waitForScreen { $0.lines.contains("rls> beta = 22 + 1") && $0.lines.last == "rls>" }
      try prompt.terminal.send("beta\n")
      try prompt.terminal.waitForScreen { $0.lines.contains("23") }
    }

    @Test func `.inputrc applies, and may rebind what rls adds`() throws {
      let home = try TemporaryFolder()
      try home.write("$if rls\n\"\\C-g\": \"17 + 4\"\n\"\\C-o\": rls-new-line\n$endif\n", to: "inputrc")
      let prompt = try Prompt(
        home: home,
        environment: ["TERM": "xterm", "NO_COLOR": "1", "INPUTRC": home.path + "/inputrc"], columns: 80)
      try prompt.terminal.send("1\u{0F}\u{07}\n")
      try prompt.terminal.waitForScreen {
        $0.lines.suffix(5) == ["rls> 1", "...> 17 + 4", "1", "21", "rls>"]
      }
    }

    @Test func `what is typed while a program runs waits for the prompt and does not show before`() throws {
      let prompt = try prompt()
      try prompt.terminal.send("for i in 1..3 { for j in 1..400000 { j }; print i }\n")
      try prompt.terminal.waitForScreen { $0.lines.contains("1") }
      try prompt.terminal.send("40 + 2\n")
      let screen = try prompt.terminal.waitForScreen(within: 60) {
        $0.lines.contains("42") && $0.lines.last == "rls>"
      }
      #expect(screen.lines.dropFirst() == ["1", "2", "3", "rls> 40 + 2", "42", "rls>"])
    }
  }
}
