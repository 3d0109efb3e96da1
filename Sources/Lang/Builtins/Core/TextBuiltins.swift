import Engine

/// Texts: made from values, taken apart, searched and laid out.
enum TextBuiltins {
  static let all: [Builtin] = conversion + parts + searching + layout

  private static let conversion: [Builtin] = [
    Builtin(
      .texts, "text", "a value as text, as it looks inside \"\\(...)\"",
      details:
        "`digits` is the number of significant digits of a number; inside a text it is written `\\(x, digits: 3)`.",
      examples: [
        "text(0.5)\n#=> \"0.5\"", "text([1, \"a\"])\n#=> \"[1, \\\"a\\\"]\"",
        "text(2 / 3, digits: 3)\n#=> \"0.667\"",
      ]
    ) { parameter in
      let x = parameter("x", .any)
      let digits = parameter.optional("digits", .integer(1...17))
      return { call in
        guard let digits = try call[digits] else { return .text(Printing.text(call[x])) }
        guard let number = try call[x].scalar else {
          throw call.failure("`digits` is for a number, got \(Printing.brief(call[x]))")
        }
        return .text(Printing.number(number, digits: digits))
      }
    },
    Builtin(
      .texts, "number", "the number a text holds",
      details: """
        Decimal numbers, with an exponent if need be, `inf` and `nan`; space around them does not matter. \
        `otherwise` is the value for a text that holds no number. Of a list, every item is read.
        """,
      examples: [
        "number(\" 1.5e-3 \")\n#=> 0.0015", "number(\"four\", otherwise: nan)\n#=> nan",
        "number([\"1\", \"2\"])\n#=> [1, 2]",
      ]
    ) { parameter in
      let x = parameter("x", .any)
      let otherwise = parameter("otherwise", .any, words: "an error")
      return { call in
        guard let list = call[x].as(List.self) else { return try number(call[x], call[otherwise], call) }
        return try ListBuiltins.bounded(
          list.items.mapInterruptibly("number") { try number($0, call[otherwise], call) })
      }
    },
    Builtin(
      .texts, "chars", "the characters of a text, as Unicode has them",
      examples: ["chars(\"a+b\")\n#=> [\"a\", \"+\", \"b\"]"]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in
        .list(try TextSearch.characters(call[text]).mapInterruptibly("chars", character))
      }
    },
    Builtin(
      .texts, "upper", "the text in capitals", examples: ["upper(\"grpo\")\n#=> \"GRPO\""]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in .text(try call[text].uppercased()) }
    },
    Builtin(
      .texts, "lower", "the text in small letters", examples: ["lower(\"SAPO\")\n#=> \"sapo\""]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in .text(try call[text].lowercased()) }
    },
  ]

  private static let parts: [Builtin] = [
    Builtin(
      .texts, "split", "the parts of a text between separators",
      details:
        "Without a separator the text is split at white space and empty parts are left out. A separator may be a regex.",
      examples: [
        "split(\"a, b;c\", regex(\"[,;] ?\"))\n#=> [\"a\", \"b\", \"c\"]",
        "split(\"a,b,,c\", \",\")\n#=> [\"a\", \"b\", \"\", \"c\"]",
        "split(\" one  two \")\n#=> [\"one\", \"two\"]",
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let separator = parameter.optional("separator", .separator, words: "white space")
      return { call in
        let text = try call[text]
        guard let separator = try call[separator] else {
          return .list(
            try TextSearch.pieces(of: text) { $0.isWhitespace }.filter { !$0.isEmpty }
              .mapInterruptibly("split") { .text(String($0)) })
        }
        if case .text("") = separator {
          throw call.failure("`separator` is empty", help: "chars(text) gives the characters")
        }
        return try ListBuiltins.bounded(
          separator.pieces(of: text).between.mapInterruptibly("split") { .text($0) })
      }
    },
    Builtin(
      .texts, "lines", "the lines of a text; a newline at its end begins no further one",
      examples: ["lines(\"a\\nb\\n\")\n#=> [\"a\", \"b\"]"]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in
        var lines = try TextSearch.pieces(of: call[text]) { $0.isNewline }
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return .list(try lines.mapInterruptibly("lines") { .text(String($0)) })
      }
    },
    Builtin(
      .texts, "join", "items as one text, with a separator between them",
      details: "Items that are no texts look as in `text`.",
      examples: ["join([\"a\", \"b\"], \", \")\n#=> \"a, b\"", "join(1..3, \"+\")\n#=> \"1+2+3\""]
    ) { parameter in
      let items = parameter("items", .items)
      let separator = parameter("separator", .text, "")
      return { call in
        .text(try TextSearch.joined(call[items].mapInterruptibly("join", Printing.text), call[separator]))
      }
    },
    Builtin(
      .texts, "trim", "the text without white space at its ends",
      examples: ["trim(\"  42\\n\")\n#=> \"42\""]
    ) { parameter in
      let text = parameter("text", .text)
      return { call in .text(String(try TextSearch.trimmed(call[text]))) }
    },
    Builtin(
      .texts, "replace", "the text with `new` wherever `old` stood",
      details: """
        `old` may be a regex. `new` may then be a function of the match, as `match` gives it, to the text in its place.
        """,
      examples: [
        "replace(\"1+1\", \"1\", \"2\")\n#=> \"2+2\"",
        "replace(\"7 and 8\", regex(\"[0-9]\"), m => \"<\" + m.text + \">\")\n#=> \"<7> and <8>\"",
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let old = parameter("old", .separator)
      let new = parameter("new", .any)
      return { call in
        let old = try call[old]
        if case .text("") = old { throw call.failure("`old` is empty") }
        let (pieces, matches) = try old.pieces(of: call[text])
        if case .pattern = old, call[new].isFunction {
          let function = Callback(call[new], call.interpreter)
          var joined = pieces[0]
          for (match, piece) in zip(matches, pieces.dropFirst()) {
            guard let part = try function(match).asText else { throw call.failure("`new` must give a text") }
            try Text.check(joined.utf8.count + part.utf8.count + piece.utf8.count)
            joined += part + piece
          }
          return .text(joined)
        }
        guard let new = call[new].asText else { throw call.mismatch(new, "a text") }
        return .text(try TextSearch.joined(pieces, new))
      }
    },
  ]

  private static let searching: [Builtin] = [
    Builtin(
      .texts, "starts_with", "whether a text starts with another",
      examples: ["starts_with(\"grpo\", \"gr\")\n#=> true"]
    ) { parameter in
      let text = parameter("text", .text)
      let part = parameter("part", .text)
      return { call in .bool(try TextSearch.begins(call[text], with: call[part])) }
    },
    Builtin(
      .texts, "ends_with", "whether a text ends with another",
      examples: ["ends_with(\"runs.csv\", \".csv\")\n#=> true"]
    ) { parameter in
      let text = parameter("text", .text)
      let part = parameter("part", .text)
      return { call in
        .bool(try TextSearch.begins(call[text].lazy.reversed(), with: call[part].lazy.reversed()))
      }
    },
    Builtin(
      .texts, "find", "the position of the first place of a part or a regex in a text, or none",
      details: "`part in text` asks whether there is one.",
      examples: [
        "find(\"a = 1\", \"=\")\n#=> 2", "find(\"a = 1\", regex(\"[0-9]\"))\n#=> 4",
        "find(\"a\", \"b\") == none\n#=> true",
      ]
    ) { parameter in
      let text = parameter("text", .text)
      let part = parameter("part", .separator)
      return { call in
        switch try call[part] {
        case .text(let part): return try TextSearch.position(of: part, in: call[text])
        case .pattern(let regex):
          let match = try regex.pattern.firstMatch(in: TextSearch.characters(call[text]))
          return match.map { .number(Double($0.range.lowerBound)) } ?? .none
        }
      }
    },
  ]

  private static let layout: [Builtin] = [
    Builtin(
      .texts, "pad_left",
      "the text with `fill` before it up to a width in characters",
      examples: ["pad_left(7, 3, \"0\")\n#=> \"007\""]
    ) { padded($0) { text, fill in fill + text } },
    Builtin(
      .texts, "pad_right",
      "the text with `fill` after it up to a width in characters",
      examples: ["pad_right(\"tau\", 5) + \"|\"\n#=> \"tau  |\""]
    ) { padded($0) { text, fill in text + fill } },
    Builtin(
      .texts, "format",
      "a number as text, as many digits as wanted",
      details: """
        Styles: "general", `digits` significant digits, 8 unless said otherwise; "fixed", `digits` after the point, \
        2 unless said otherwise; "percent", times 100 with `digits` after the point, 1 unless said otherwise; \
        "exponent", one digit before the point and `digits` after it, 3 unless said otherwise. Shorter texts get spaces \
        before them up to `width`. Of a list or tensor, a list with the text of every item.
        """,
      examples: [
        "format(2 / 3, digits: 3)\n#=> \"0.667\"", "format(0.4567, style: \"percent\")\n#=> \"45.7%\"",
        "format([1, 10], digits: 1, width: 5, style: \"fixed\")\n#=> [\"  1.0\", \" 10.0\"]",
      ]
    ) { parameter in
      let x = parameter("x", .any)
      let format = NumberFormatArguments(parameter)
      return { call in
        if let number = try call[x].scalar, call[x].as(List.self) == nil {
          return .text(try format.text(number, call))
        }
        guard let items = try Table.column(call[x]) else { throw call.mismatch(x, "a number") }
        return try ListBuiltins.bounded(
          items.mapInterruptibly("format") { item in
            guard let number = Ordering.scalar(item) else {
              throw call.failure("an item must be a number, got \(Printing.brief(item))")
            }
            return .text(try format.text(number, call))
          })
      }
    },
  ]

  private static func number(_ value: Value, _ otherwise: Value, _ call: Call) throws -> Value {
    if let number = Ordering.scalar(value) { return .number(number) }
    guard let text = value.asText else {
      throw call.failure("`x` must be a text, a number or a list of them, got \(Printing.brief(value))")
    }
    if let number = NumberText.number(text) { return .number(number) }
    if !otherwise.isMissing { return otherwise }
    throw call.failure(
      "\(Printing.brief(value)) is not a number", help: "number(x, otherwise: none) gives none for such texts"
    )
  }

  /// A text of one character; those of ASCII are made once.
  private static func character(_ character: Character) -> Value {
    character.asciiValue.flatMap { character == "\r\n" ? nil : ascii[Int($0)] } ?? .text(String(character))
  }
  private static let ascii: [Value] = (0..<128).map { .text(String(Character(Unicode.Scalar(UInt8($0))))) }

  static let maximumWidth = 1 << 20

  /// A text put beside what fills it up to a width.
  private static func padded(
    _ parameter: Parameters, _ joined: @escaping @Sendable (String, String) -> String
  ) -> Builtin.Body {
    let text = parameter("text", .any)
    let width = parameter("width", .integer(0...maximumWidth))
    let fill = parameter("fill", .text, " ")
    return { call in
      let text = Printing.text(call[text])
      let mark = try call[fill]
      guard mark.count == 1 else { throw call.mismatch(fill, "one character") }
      return .text(joined(text, String(repeating: mark, count: max(0, try call[width] - text.count))))
    }

  }
}
