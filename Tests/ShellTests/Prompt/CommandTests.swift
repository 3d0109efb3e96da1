import Testing

@testable import Shell

extension PromptTests {
  /// Commands of the prompt, help, and what other programs do at the terminal.
  @Suite struct CommandTests {
    @Test func `help speaks of own functions, words, signs, fields and commands, and searches`() throws {
      let prompt = try Prompt()
      try prompt.terminal.send("# Doubles x.\nfn twice(x, by = 2) = x * by\n")
      try prompt.terminal.expect("= x * by\n")
      try prompt.terminal.expect("rls> ")
      // The comment was an input of its own, line by line; in a file or a block it belongs to the function.
      try prompt.home.write("# Doubles `x`.\n# Or more.\nfn twice(x, by = 2) = x * by\n", to: "a.rls")
      try prompt.enter(":load ~/a.rls")
      let own = try prompt.enter("? twice")
      #expect(own.hasPrefix("twice(x, by = 2)\n  Doubles `x`.\n  Or more.\n"))
      #expect(try prompt.enter("? while").hasPrefix("while\n  runs a block as long as"))
      #expect(try prompt.enter("? |").contains("hands a value on"))
      #expect(try prompt.enter("? :undo") == ":undo \n  take back the latest change\n")
      try prompt.enter("pi = policy(addition(), layers: 1, width: 16, heads: 2)")
      #expect(try prompt.enter("? pi.updates") == "pi.updates\n  the optimiser steps it has taken\n")
      #expect(try prompt.enter("? pi").contains("fingerprint  a hash of weights"))
      let found = try prompt.enter("apropos \"bootstrap\"")
      #expect(found.contains("summarize"))
      #expect(try prompt.enter("? zzzz").contains("`? zzzz*` searches"))
    }

    @Test func `undo and redo, branches, and scripts without what was taken back`() throws {
      let prompt = try Prompt()
      try prompt.enter("x = 1")
      try prompt.enter("x = 2")
      #expect(try prompt.enter(":undo") == "took back: x = 2\n")
      #expect(try prompt.enter(":redo") == "did again: x = 2\n")
      #expect(try prompt.enter("x") == "2\n")
      #expect(try prompt.enter(":redo").contains("there is nothing to redo"))
      #expect(try prompt.enter(":fork hot") == "on `hot`; `:switch main` goes back\n")
      try prompt.enter("x = 30")
      try prompt.enter("y = 4")
      #expect(try prompt.enter(":fork") == "* hot\n  main\n")
      #expect(try prompt.enter(":switch main") == "on `main`\n")
      #expect(try prompt.enter("x") == "2\n")
      #expect(try prompt.enter("y").contains("unknown name"))
      #expect(try prompt.enter(":switch hot") == "on `hot`\n")
      #expect(try prompt.enter("[x, y]") == "[30, 4]\n")
      #expect(try prompt.enter(":switch cold").contains("there is no branch `cold`"))
      try prompt.enter(":undo")
      try prompt.enter(":script ~/kept.rls")
      #expect(prompt.home.read("kept.rls") == "x = 1\nx = 2\nx\nx = 30\n")
    }

    @Test func `a session is saved as a folder, and taken up again in another process`() throws {
      let home = try TemporaryFolder()
      let first = try Prompt(home: home)
      try first.enter("pi = policy(addition(), layers: 1, width: 16, heads: 2) | sft(addition(), steps: 2)")
      try first.enter("ro = rollout(pi, addition(), prompts: 2, group: 2, seed: 1)")
      try first.enter("a = [1, 0.1, none, \"q\\\"\\n\", {\"two words\": tensor([[1, 2], [3, 4]])}]")
      try first.enter("fn g(x) = 2 * x")
      try first.enter("fn f(x) = g(x) + 1")
      try first.enter(
        "t = table({a: [1, 2], b: [\"x\", \"y\"]}); o = sapo(tau_neg: 2); task = addition(digits: 1)")
      try first.enter("keep = [pi.fingerprint, json(ro.logp), json(ro.reward)]")
      #expect(try first.enter(":save ~/session") == "saved \(home.path)/session\n")
      #expect(try first.leave() == .exit(0))

      let second = try Prompt(home: home)
      #expect(try second.enter(":restore ~/session") == "restored \(home.path)/session\n")
      #expect(try second.enter("keep == [pi.fingerprint, json(ro.logp), json(ro.reward)]") == "true\n")
      let sum = try second.enter("a[4][\"two words\"][1][0] + f(3)")
      #expect(sum == "10\n")
      #expect(try second.enter("[a[1], a[2], a[3], o, task, len(t)]").contains("sapo(tau_neg: 2)"))
      #expect(try second.enter(":save ~/session").contains("cannot make the folder"))
    }

    @Test func `after an error, the variables of each call can be read`() throws {
      let prompt = try Prompt()
      try prompt.enter("fn inner(n) { half = n / 2; error(\"stop\") }; fn outer(m) = inner(m + 1); half = 7")
      #expect(try prompt.enter(":debug").contains("there is no error to look at"))
      let shown = try prompt.enter("outer(3)")
      #expect(shown.contains("in[3]:1:1") && shown.contains("called from in[1]:1:"))
      let frames = try prompt.enter(":debug")
      #expect(frames.hasPrefix("  0  in[1]:1:") && frames.contains(" in inner: n, half\n"))
      #expect(frames.contains(" in outer: m\n  2  in[3]:1:1\n"))
      #expect(try prompt.enter(":debug 0") == "n = 4\nhalf = 2\n")
      #expect(try prompt.enter(":debug 0 n * half") == "8\n")
      #expect(try prompt.enter(":debug 1") == "m = 3\n")
      #expect(try prompt.enter("half") == "7\n")
      #expect(try prompt.enter(":debug 9").contains("there is no frame 9"))
    }

    @Test func `a deep trace keeps the user's own call, and catch has place and trace`() throws {
      let prompt = try Prompt()
      try prompt.enter("fn deep(n) = if n == 0 { error(\"down\") } else { deep(n - 1) }")
      let shown = try prompt.enter("deep(300)")
      #expect(shown.contains("... 293 more calls"))
      #expect(shown.hasSuffix("called from in[2]:1:1\n"))
      try prompt.enter("e = try { deep(1) } catch e { e }")
      #expect(try prompt.enter("[e.message, e.place, len(e.trace)]") == "[\"down\", \"in[1]:1:26\", 3]\n")
      let place = try prompt.enter("e.trace[2].place")
      #expect(place == "\"in[3]:1:11\"\n")
    }

    @Test func `a start file sets prompt, digits and more, and --no-init leaves it out`() throws {
      let home = try TemporaryFolder()
      mkdir(home.path + "/.config", 0o700)
      mkdir(home.path + "/.config/rls", 0o700)
      try home.write("set prompt: \"rls> {n}: \", digits: 3\nmine = 5\n", to: ".config/rls/init.rls")
      let prompt = try Prompt(home: home)
      try prompt.terminal.send("tensor([mine/3, 1])\n")
      try prompt.terminal.expect("[1.67, 1]\n")
      try prompt.terminal.expect("rls> 2: ")
      let plain = try Prompt(["--no-init"], home: home)
      #expect(try plain.enter("mine").contains("unknown name"))
    }

    @Test func `other programs get the terminal: the system's shell, an editor, a pager`() throws {
      let home = try TemporaryFolder()
      try home.write("#!/bin/sh\necho 'x = 6 * 7' > \"$1\"\n", to: "editor")
      chmod(home.path + "/editor", 0o755)
      let prompt = try Prompt(
        home: home,
        environment: [
          "TERM": "xterm", "NO_COLOR": "1", "EDITOR": home.path + "/editor", "PAGER": "sed 's/^/paged: /'",
        ], columns: 80)
      try prompt.terminal.send("!echo shell $((20 + 3)); exit 3\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(3) == ["shell 23", "exit code 3", "rls>"] }
      try prompt.terminal.send("0\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["0", "rls>"] }
      try prompt.terminal.send(":edit\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["x = 6 * 7", "rls>"] }
      try prompt.terminal.send("x + 1\u{18}\u{05}")
      try prompt.terminal.waitForScreen { $0.lines.last == "rls> x = 6 * 7" }
      try prompt.terminal.send("\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["rls> x = 6 * 7", "rls>"] }
      try prompt.terminal.send("x\n")
      try prompt.terminal.waitForScreen { $0.lines.suffix(2) == ["42", "rls>"] }
      try prompt.terminal.send("? sapo\n")
      try prompt.terminal.waitForScreen {
        $0.lines.contains { $0.hasPrefix("paged: ") } && $0.lines.last == "rls>"
      }
    }

    @Test func `history, a log, another folder, and all columns`() throws {
      let prompt = try Prompt(columns: 60)
      try prompt.enter(":log ~/log.txt")
      try prompt.enter("a = 1")
      #expect(try prompt.enter("a + 1") == "2\n")
      try prompt.enter(":log")
      #expect(
        prompt.home.read("log.txt")
          == "logging to \(prompt.home.path)/log.txt\nrls> a = 1\nrls> a + 1\n2\nrls> :log\n")
      #expect(try prompt.enter(":history a +") == "3  a + 1\n5  :history a +\n")
      #expect(try prompt.enter(":cd ~").contains("rls-test"))
      try prompt.home.write("12", to: "n.json")
      #expect(try prompt.enter("read_json(\"n.json\")") == "12\n")
      try prompt.enter("t = table({aaaaaaaaaaaaaaaaaaaaaaaaa: [1]})")
      try prompt.enter("t = with_column(t, \"bbbbbbbbbbbbbbbbbbbbbbbbb\", 2)")
      try prompt.enter("t = with_column(t, \"ccccccc\", 3)")
      #expect(try prompt.enter("t").contains("(and ccccccc)"))
      let wide = try prompt.enter(":wide t")
      #expect(wide.hasSuffix("3\n") && !wide.contains("(and"))
    }

    @Test func `:profile shows lines and functions`() throws {
      let prompt = try Prompt()
      try prompt.open(":profile for i in 1..3 {")
      try prompt.terminal.send("  x = sum(rand(300, 300) @ rand(300, 300))\n}\n")
      try prompt.terminal.expect("in[1]\n")
      try prompt.terminal.expect("3  2    x = sum(rand(300, 300) @ rand(300, 300))\n")
      try prompt.terminal.expect("function\n")
    }

    @Test func `:time takes a block`() throws {
      let prompt = try Prompt()
      try prompt.open(":time for i in 1..3 {")
      try prompt.terminal.send("print i\n}\n")
      try prompt.terminal.expect("1\n2\n3\n")
      try prompt.terminal.expect("s\n")
    }
  }
}
