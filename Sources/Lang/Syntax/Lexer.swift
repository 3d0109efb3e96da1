/// Turns program text into tokens; never fails, but records what it did not understand.
struct Lexer {
  private let source: Source
  private var at: Int
  private let limit: Int
  private(set) var tokens: [Token] = []
  private(set) var diagnostics: [Diagnostic] = []

  /// Reads `source` between two byte offsets.
  init(_ source: Source, from start: Int = 0, to end: Int? = nil) {
    self.source = source
    self.at = start
    self.limit = end ?? source.bytes.count
  }

  private func byte(_ offset: Int = 0) -> UInt8 { at + offset < limit ? source.bytes[at + offset] : 0 }

  /// Reads everything; the last token is `.end`.
  mutating func run() {
    if at == 0, byte() == UInt8(ascii: "#"), byte(1) == UInt8(ascii: "!") { skipLine() }
    while true {
      let (newline, space) = skipBlank()
      let start = at
      guard at < limit else {
        tokens.append(Token(kind: .end, start: limit, end: limit, newlineBefore: newline, spaceBefore: space))
        return
      }
      if let kind = next() {
        tokens.append(Token(kind: kind, start: start, end: at, newlineBefore: newline, spaceBefore: space || newline))
      }
    }
  }

  private mutating func skipLine() {
    while at < limit, byte() != UInt8(ascii: "\n") { at += 1 }
  }

  private mutating func skipBlank() -> (newline: Bool, space: Bool) {
    var newline = false
    let start = at
    while at < limit {
      switch byte() {
      case UInt8(ascii: "\n"):
        newline = true
        at += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): at += 1
      case UInt8(ascii: "#"): skipLine()
      default: return (newline, at > start)
      }
    }
    return (newline, at > start)
  }

  private mutating func next() -> Token.Kind? {
    let first = byte()
    if isDigit(first) || (first == UInt8(ascii: ".") && isDigit(byte(1))) { return number() }
    if isNameStart(first) { return word() }
    if first == UInt8(ascii: "\"") { return string() }
    for length in [3, 2, 1] where at + length <= limit {
      if let symbol = Symbol(rawValue: source.text(at, at + length)) {
        at += length
        return .symbol(symbol)
      }
    }
    let character = String(decoding: source.bytes[at..<limit].prefix(4), as: UTF8.self).prefix(1)
    let length = max(1, character.utf8.count)
    report(at, at + length, "unexpected character `\(character)`", hint(for: character))
    at += length
    return nil
  }

  private func hint(for character: Substring) -> String? {
    switch character {
    case "'": "strings are written with double quotes"
    case "&": "write `and`"
    case "!": "write `not`"
    case "$": "names are written without a sign"
    case ":": nil
    default: nil
    }
  }

  private mutating func number() -> Token.Kind {
    let start = at
    func digits(_ lexer: inout Lexer) {
      while lexer.isDigit(lexer.byte()) || (lexer.byte() == UInt8(ascii: "_") && lexer.isDigit(lexer.byte(1))) { lexer.at += 1 }
    }
    digits(&self)
    if byte() == UInt8(ascii: "."), isDigit(byte(1)) {
      at += 1
      digits(&self)
    } else if byte() == UInt8(ascii: "."), byte(1) != UInt8(ascii: "."), !isNameStart(byte(1)) {
      at += 1
    }
    if byte() | 0x20 == UInt8(ascii: "e") {
      let sign = byte(1) == UInt8(ascii: "-") || byte(1) == UInt8(ascii: "+") ? 1 : 0
      if isDigit(byte(1 + sign)) {
        at += 1 + sign
        digits(&self)
      }
    }
    var text = source.text(start, at).filter { $0 != "_" }
    if text.hasSuffix(".") { text.removeLast() }
    if isNameStart(byte()) {
      let wordStart = at
      while isNamePart(byte()) { at += 1 }
      report(start, at, "`\(source.text(start, at))` is neither a number nor a name",
        "write `\(text) * \(source.text(wordStart, at))` for a product")
    }
    return .number(Double(text) ?? .nan)
  }

  private mutating func word() -> Token.Kind {
    let start = at
    while isNamePart(byte()) { at += 1 }
    let text = source.text(start, at)
    return Keyword(rawValue: text).map { .keyword($0) } ?? .name(text)
  }

  private mutating func string() -> Token.Kind {
    let start = at
    at += 1
    var pieces: [StringPiece] = []
    var text: [UInt8] = []
    func flush() {
      if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
    }
    while at < limit {
      let current = byte()
      if current == UInt8(ascii: "\"") {
        at += 1
        flush()
        return .string(pieces)
      }
      if current == UInt8(ascii: "\n") { break }
      guard current == UInt8(ascii: "\\") else {
        text.append(current)
        at += 1
        continue
      }
      let escape = byte(1)
      at += 2
      switch escape {
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "t"): text.append(9)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "e"): text.append(27)
      case UInt8(ascii: "0"): text.append(0)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append(escape)
      case UInt8(ascii: "u"): text.append(contentsOf: unicodeEscape())
      case UInt8(ascii: "("):
        flush()
        let codeStart = at
        guard skipCode() else {
          report(codeStart, min(codeStart + 1, limit), "`\\(` is not closed", "write `\\(expression)`")
          return .string(pieces)
        }
        pieces.append(.code(start: codeStart, end: at))
        at += 1
      default:
        report(at - 2, min(at, limit), "unknown escape `\\\(String(decoding: [escape], as: UTF8.self))`",
          "known are \\n \\t \\r \\e \\0 \\\\ \\\" \\u{...} and \\(expression)")
      }
    }
    at = min(at, limit)
    report(start, start + 1, "the string is not closed on its line", "end it with a double quote, or write \\n for a new line")
    return .string(pieces)
  }

  private mutating func unicodeEscape() -> [UInt8] {
    let start = at - 2
    guard byte() == UInt8(ascii: "{") else {
      report(start, at, "a unicode escape is written \\u{1F600}", nil)
      return []
    }
    at += 1
    let digitsStart = at
    while at < limit, byte() != UInt8(ascii: "}"), at - digitsStart < 8 { at += 1 }
    let scalar = UInt32(source.text(digitsStart, at), radix: 16).flatMap(Unicode.Scalar.init)
    at = min(at + 1, limit)
    guard let scalar else {
      report(start, at, "not a unicode scalar", "give one to six hexadecimal digits")
      return []
    }
    return Array(String(Character(scalar)).utf8)
  }

  /// Moves to the `)` that closes an interpolation; false where the line ends first.
  private mutating func skipCode() -> Bool {
    var depth = 1
    var quoted = false
    while at < limit, byte() != UInt8(ascii: "\n") {
      let current = byte()
      if quoted {
        if current == UInt8(ascii: "\\"), byte(1) != UInt8(ascii: "(") { at += 1 }
        if current == UInt8(ascii: "\"") { quoted = false }
      } else if current == UInt8(ascii: "\"") {
        quoted = true
      } else if current == UInt8(ascii: "(") {
        depth += 1
      } else if current == UInt8(ascii: ")") {
        depth -= 1
        if depth == 0 { return true }
      }
      at += 1
    }
    return false
  }

  private mutating func report(_ start: Int, _ end: Int, _ message: String, _ help: String?) {
    diagnostics.append(Diagnostic(message, Span(source: source, start: start, end: end), help: help))
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

  private func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte == 95 || byte >= 0x80
  }

  private func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
