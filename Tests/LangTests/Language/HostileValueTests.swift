import Engine
import Testing

@testable import Lang

/// Values that a terminal would obey, that no reader would follow, or that take too long.
@Suite struct HostileValueTests {
  @Test func `what a terminal would obey is shown as what it is`() throws {
    let escape = "\u{1B}]0;owned\u{7}\u{9B}2J\u{202E}"
    for program in [
      "t = table([{a: x}])\nt", "from_json(y)", "[x]", "{a: x}", "x",
      "table({a: [x]}) | group(\"a\") | map(g => g.a)",
      "from_json(y) | keys", "table([from_json(y)])",
    ] {
      let (session, host) = Session.collecting()
      session.set("x", .text(escape))
      session.set("y", .text("{\(JSON.quoted(escape)): 1}"))
      try session.run(program, name: "test", echoes: true)
      let shown = host.output.joined()
      #expect(!shown.unicodeScalars.contains { $0 != "\n" && Text.isObeyed($0) }, "\(program)")
      #expect(shown.contains("\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}"), "\(program): \(shown)")
    }
  }

  @Test func `an error shows the name of a hostile file as what it is`() throws {
    let (session, _) = Session.collecting()
    let error = #expect(throws: RuntimeError.self) {
      try session.run("error(\"far\")", name: "a\u{1B}[2Jb.rls", echoes: false)
    }
    #expect(error?.text().contains("a\\u{1b}[2Jb.rls:1") ?? false)
  }

  @Test func `JSON is written as deep as it is read`() {
    let nest = { (depth: Int) in
      "x = 1\nfor i in 1..\(depth) { x = [x] }\nexpect from_json(json(x)) == x\n"
        + "y = 1\nfor i in 1..\(depth) { y = {a: y} }\nexpect from_json(json(y)) == y"
    }
    #expect(Session.message(nest(255)) == nil)
    #expect(Session.message(nest(256))?.contains("nested up to 256 deep") ?? false)
  }

  @Test func `nothing is repeated in no time`() {
    #expect(Session.message("expect repeat(\"\", 1e12) == \"\" and repeat([], 1e12) == []") == nil)
  }

  @Test func `extreme numbers give numbers, or an error`() {
    #expect(Session.message("expect quantile([-1e308, 1e308], 0.5) == 0") == nil)
    #expect(Session.message("expect quantile([-1e308, 1.5e308], [0.25, 1]) == [-3.75e307, 1.5e308]") == nil)
    let batch = "batch(logp: [[-1], [-1], [-1], [-1]], reward: [1e308, -1e308, 0, 0], group: 4)"
    #expect(Session.message("gpg(\(batch))")?.contains("expected a finite number") ?? false)
    #expect(
      Session.message("expect pass_at(9007199254740991, 9007199254740992, 9007199254740991) == 1") == nil)
  }
}
