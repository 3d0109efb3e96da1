import Engine

/// Regular expressions.
enum RegexBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .texts, "regex",
      "a regular expression, which `match`, `matches`, `find`, `split` and `replace` look for",
      details: """
        `.` any character of a line; `[a-z_]`, `[^0-9]`; `\\d` a digit, `\\w` a letter, digit or underscore, `\\s` white space, in capitals what is not; \
        `^` and `$` the ends of the text, with `lines` of a line; `\\b` the edge of a word; `a|b`; `(...)` a group, `(?<name>...)` one with a name, \
        `(?:...)` one that is not counted; `*`, `+`, `?`, `{2,5}`, with `?` behind them as few as possible. `\\` before a sign stands for it. In a text \
        of the language a `\\` is written twice. A match takes a time proportional to the text, so there is no looking ahead or behind, and no \
        reference to a group.
        """,
      examples: ["regex(\"\\\\d+\")\n#=> regex(\"\\\\d+\")"]
    ) { parameter in
      let pattern = parameter("pattern", .text)
      let ignoresCase = parameter("ignore_case", .flag, false)
      let lines = parameter("lines", .flag, false)
      return { call in
        .object(try RegexObject(call[pattern], ignoresCase: call[ignoresCase], byLines: call[lines]))
      }
    },
    Builtin(
      .texts, "match", "the first place that a pattern fits, or none",
      details: """
        A record of its `text`, its position `start`, and its `groups`, none for one that took no part; `named` has the groups with names. The pattern is \
        a regex, or the text of one.
        """,
      examples: [
        "match(\"so the answer is 42.\", \"answer is ([0-9]+)\").groups[0]\n#=> \"42\"",
        "match(\"tau = 0.5\", \"(?<name>\\\\w+) = (?<value>\\\\S+)\").named\n#=> {name: \"tau\", value: \"0.5\"}",
        "match(\"none\", \"[0-9]\") == none\n#=> true",
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let pattern = parameter("pattern", .pattern)
      return { call in
        let (text, regex) = try (TextSearch.characters(call[text]), call[pattern])
        return try regex.pattern.firstMatch(in: text).map { regex.record($0, in: text) } ?? .none
      }
    },
    Builtin(
      .texts, "matches", "all places that a pattern fits, which do not overlap, as `match` gives one",
      examples: [
        "map(matches(\"12 + 30 = 42\", \"[0-9]+\"), m => number(m.text))\n#=> [12, 30, 42]"
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let pattern = parameter("pattern", .pattern)
      return { call in
        let (text, regex) = try (TextSearch.characters(call[text]), call[pattern])
        return try ListBuiltins.bounded(regex.pattern.matches(in: text).map { regex.record($0, in: text) })
      }
    },
  ]
}

extension Separator {
  /// The places in a text that do not overlap, and what stands between them.
  func pieces(of text: String) throws -> (between: [String], matches: [Value]) {
    switch self {
    case .text(let part):
      return (try TextSearch.pieces(of: text, between: part).mapInterruptibly("split") { String($0) }, [])
    case .pattern(let regex):
      let characters = try TextSearch.characters(text)
      let matches = try regex.pattern.matches(in: characters)
      var start = 0
      var between = matches.map { match in
        defer { start = match.range.upperBound }
        return String(characters[start..<match.range.lowerBound])
      }
      between.append(String(characters[start...]))
      return (between, matches.map { regex.record($0, in: characters) })
    }
  }
}
