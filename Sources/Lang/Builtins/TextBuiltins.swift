import Engine

/// Texts: made from values, taken apart, searched and laid out.
enum TextBuiltins {
  static let all: [Builtin] = conversion + parts + searching + layout

  private static let conversion: [Builtin] = [
    Builtin(
      .texts, written: "text(x)", "a value as text, as it looks inside \"\\(...)\"",
      examples: ["text(0.5)\n#=> \"0.5\"", "text([1, \"a\"])\n#=> \"[1, \\\"a\\\"]\""]
    ) { call in .text(Printing.text(call[0])) },
    Builtin(
      .texts, written: "number(x, otherwise = an error)", "the number a text holds",
      details: """
        Decimal numbers, with an exponent if need be, `inf` and `nan`; space around them does not matter. \
        `otherwise` is the value for a text that holds no number. Of a list, every item is read.
        """,
      examples: [
        "number(\" 1.5e-3 \")\n#=> 0.0015", "number(\"four\", otherwise: nan)\n#=> nan",
        "number([\"1\", \"2\"])\n#=> [1, 2]",
      ]
    ) { call in
      if case .object(let object) = call[0], object is List {
        return try ListBuiltins.bounded(call.items(0).map { try number($0, call) })
      }
      return try number(call[0], call)
    },
    Builtin(
      .texts, written: "chars(text)", "the characters of a text, as Unicode has them",
      examples: ["chars(\"a+b\")\n#=> [\"a\", \"+\", \"b\"]"]
    ) { call in .list(try call.text(0).map { .text(String($0)) }) },
    Builtin(
      .texts, written: "upper(text)", "the text in capitals", examples: ["upper(\"grpo\")\n#=> \"GRPO\""]
    ) {
      call in
      .text(try call.text(0).uppercased())
    },
    Builtin(
      .texts, written: "lower(text)", "the text in small letters", examples: ["lower(\"SAPO\")\n#=> \"sapo\""]
    ) {
      call in
      .text(try call.text(0).lowercased())
    },
  ]

  private static let parts: [Builtin] = [
    Builtin(
      .texts, written: "split(text, separator = white space)", "the parts of a text between separators",
      details: "Without a separator the text is split at white space and empty parts are left out.",
      examples: [
        "split(\"a,b,,c\", \",\")\n#=> [\"a\", \"b\", \"\", \"c\"]",
        "split(\" one  two \")\n#=> [\"one\", \"two\"]",
      ]
    ) { call in
      let text = try call.text(0)
      guard let separator = try call.optionalText(1) else {
        return .list(text.split(whereSeparator: \.isWhitespace).map { .text(String($0)) })
      }
      guard !separator.isEmpty else {
        throw call.failure("`separator` is empty", help: "chars(text) gives the characters")
      }
      return .list(TextSearch.pieces(of: text, between: separator).map { .text(String($0)) })
    },
    Builtin(
      .texts, written: "lines(text)", "the lines of a text; a newline at its end begins no further one",
      examples: ["lines(\"a\\nb\\n\")\n#=> [\"a\", \"b\"]"]
    ) { call in
      var lines = try call.text(0).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      if lines.last?.isEmpty ?? false { lines.removeLast() }
      return .list(lines.map { .text(String($0)) })
    },
    Builtin(
      .texts, written: "join(items, separator = \"\")", "items as one text, with a separator between them",
      details: "Items that are no texts look as in `text`.",
      examples: ["join([\"a\", \"b\"], \", \")\n#=> \"a, b\"", "join(1..3, \"+\")\n#=> \"1+2+3\""]
    ) { call in
      let parts = try call.items(0).map(Printing.text)
      let separator = try call.text(1)
      let (between, overflow) = separator.utf8.count.multipliedReportingOverflow(by: parts.count)
      try Text.check(overflow ? .max : parts.reduce(between) { $0 + $1.utf8.count })
      return .text(parts.joined(separator: separator))
    },
    Builtin(
      .texts, written: "trim(text)", "the text without white space at its ends",
      examples: ["trim(\"  42\\n\")\n#=> \"42\""]
    ) { call in
      let text = try call.text(0).drop(while: \.isWhitespace)
      return .text(String(text.reversed().drop(while: \.isWhitespace).reversed()))
    },
    Builtin(
      .texts, written: "replace(text, old, new)", "the text with `new` wherever `old` stood",
      examples: ["replace(\"1+1\", \"1\", \"2\")\n#=> \"2+2\""]
    ) { call in
      let old = try call.text(1)
      let new = try call.text(2)
      guard !old.isEmpty else { throw call.failure("`old` is empty") }
      let pieces = TextSearch.pieces(of: try call.text(0), between: old)
      let (between, overflow) = new.utf8.count.multipliedReportingOverflow(by: pieces.count)
      try Text.check(overflow ? .max : pieces.reduce(between) { $0 + $1.utf8.count })
      return .text(pieces.joined(separator: new))
    },
  ]

  private static let searching: [Builtin] = [
    Builtin(
      .texts, written: "starts_with(text, part)", "whether a text starts with another",
      examples: ["starts_with(\"grpo\", \"gr\")\n#=> true"]
    ) { call in .bool(try call.text(0).starts(with: call.text(1))) },
    Builtin(
      .texts, written: "ends_with(text, part)", "whether a text ends with another",
      examples: ["ends_with(\"runs.csv\", \".csv\")\n#=> true"]
    ) { call in .bool(try call.text(0).reversed().starts(with: call.text(1).reversed())) },
    Builtin(
      .texts, written: "find(text, part)", "the position of the first place of a part in a text, or none",
      details: "`part in text` asks whether there is one.",
      examples: ["find(\"a = 1\", \"=\")\n#=> 2", "find(\"a\", \"b\") == none\n#=> true"], body: find),
  ]

  private static let layout: [Builtin] = [
    Builtin(
      .texts, written: "pad_left(text, width, fill = \" \")",
      "the text with `fill` before it up to a width in characters",
      examples: ["pad_left(7, 3, \"0\")\n#=> \"007\""]
    ) { call in
      let (text, fill) = try padding(call)
      return .text(fill + text)
    },
    Builtin(
      .texts, written: "pad_right(text, width, fill = \" \")",
      "the text with `fill` after it up to a width in characters",
      examples: ["pad_right(\"tau\", 5) + \"|\"\n#=> \"tau  |\""]
    ) { call in
      let (text, fill) = try padding(call)
      return .text(text + fill)
    },
    Builtin(
      .texts, written: "format(x, digits = none, width = 0, style = \"general\")",
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
      ], body: format),
  ]

  static func find(_ call: Call) throws -> Value {
    let text = try call.text(0)
    guard let range = TextSearch.range(of: try call.text(1), in: text) else { return .none }
    return .number(Double(text.distance(from: text.startIndex, to: range.lowerBound)))
  }

  private static func number(_ value: Value, _ call: Call) throws -> Value {
    if let number = Ordering.scalar(value) { return .number(number) }
    guard let text = value.asText else {
      throw call.failure("`x` must be a text, a number or a list of them, got \(Printing.brief(value))")
    }
    if let number = NumberText.number(text) { return .number(number) }
    if !call[1].isMissing { return call[1] }
    throw call.failure(
      "\(Printing.brief(value)) is not a number", help: "number(x, otherwise: none) gives none for such texts"
    )
  }

  private static let maximumWidth = 1 << 20

  private static func padding(_ call: Call) throws -> (String, String) {
    let text = call[0].asText ?? Printing.text(call[0])
    let width = try call.integer(1, 0...maximumWidth)
    let fill = try call.text(2)
    guard fill.count == 1 else {
      throw call.failure("`fill` must be one character, got \(Text.quoted(fill))")
    }
    return (text, String(repeating: fill, count: max(0, width - text.count)))
  }

  private static func format(_ call: Call) throws -> Value {
    if case .object(let object) = call[0],
      object is List || object is NumberRange || !(Ordering.scalar(call[0]) != nil) && object is TensorObject
    {
      return try ListBuiltins.bounded(
        call.items(0).map { item in
          guard let number = Ordering.scalar(item) else {
            throw call.failure("an item must be a number, got \(Printing.brief(item))")
          }
          return try formatted(number, call)
        })
    }
    return try formatted(call.number(0), call)
  }

  private static func formatted(_ number: Double, _ call: Call) throws -> Value {
    let digits = try call.optionalInteger(1, 0...100)
    let width = try call.integer(2, 0...maximumWidth)
    let style = try call.text(3)
    let text: String
    if !number.isFinite {
      text = Printing.number(number)
    } else {
      switch style {
      case "general": text = Printing.number(number, digits: max(1, digits ?? 8))
      case "fixed": text = Printing.formatted("%.\(digits ?? 2)f", number)
      case "percent": text = Printing.formatted("%.\(digits ?? 1)f", number * 100) + "%"
      case "exponent": text = Printing.formatted("%.\(digits ?? 3)e", number)
      default:
        throw call.failure(
          "`style` must be \"general\", \"fixed\", \"percent\" or \"exponent\", got \(Text.quoted(style))",
          help: Suggestion.nearest(to: style, among: ["general", "fixed", "percent", "exponent"]).map {
            "did you mean \"\($0)\"?"
          })
      }
    }
    return .text(Printing.pad(text, width))
  }
}
