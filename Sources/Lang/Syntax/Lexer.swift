/// Turns program text into tokens; never fails, but records what it did not understand.
struct Lexer {
  let source: Source
  var at: Int
  let limit: Int
  private(set) var tokens: [Token] = []
  var diagnostics: [Diagnostic] = []

  /// Reads `source` between two byte offsets.
  init(_ source: Source, from start: Int = 0, to end: Int? = nil) {
    self.source = source
    self.at = start
    self.limit = end ?? source.bytes.count
  }

  func byte(_ offset: Int = 0) -> UInt8 { at + offset < limit ? source.bytes[at + offset] : 0 }

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
      let kind = next()
      // The text may end within an escape.
      at = min(at, limit)
      if let kind {
        tokens.append(
          Token(kind: kind, start: start, end: at, newlineBefore: newline, spaceBefore: space || newline))
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
    if first == UInt8(ascii: "\"") {
      return byte(1) == first && byte(2) == first ? lines() : string()
    }
    if let familiar = foreign() { return familiar }
    for length in [3, 2, 1] where at + length <= limit {
      if let symbol = Lexer.symbols[Lexer.key(source.bytes[at..<at + length])] {
        at += length
        return .symbol(symbol)
      }
    }
    let character = String(decoding: source.bytes[at..<limit].prefix(4), as: UTF8.self).prefix(1)
    let length = max(1, character.utf8.count)
    let isControl = character.unicodeScalars.first?.properties.generalCategory == .control
    let shown = isControl ? "of code \(byte())" : "`\(character)`"
    report(at, at + length, "unexpected character \(shown)", hint(for: character))
    at += length
    return nil
  }

  /// Punctuation by its bytes, so that looking one up makes no text.
  private static let symbols = Dictionary(
    Symbol.allCases.map { (key(Array($0.rawValue.utf8)[...]), $0) }, uniquingKeysWith: { first, _ in first })

  private static func key(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

  private func hint(for character: Substring) -> String? {
    character == "$" ? "names are written without a sign" : nil
  }

  /// What other languages write, reported once and read as what it means there.
  private mutating func foreign() -> Token.Kind? {
    let start = at
    switch (byte(), byte(1)) {
    case (UInt8(ascii: "&"), UInt8(ascii: "&")):
      at += 2
      report(start, at, "`&&` is not an operator", "write `and`")
      return .keyword(.and)
    case (UInt8(ascii: "*"), UInt8(ascii: "*")):
      at += 2
      report(start, at, "`**` is not an operator", "write `^` for a power")
      return .symbol(.power)
    case (UInt8(ascii: "/"), UInt8(ascii: "/")):
      at += 2
      report(
        start, at, "`//` is not an operator",
        "write `floor(a / b)` for a whole quotient; a comment begins with #")
      return .symbol(.divide)
    case (UInt8(ascii: "!"), let second) where second != UInt8(ascii: "="):
      at += 1
      report(start, at, "`!` is not an operator", "write `not`")
      return .keyword(.not)
    case (UInt8(ascii: "'"), _):
      at += 1
      while at < limit, byte() != UInt8(ascii: "'"), byte() != UInt8(ascii: "\n") { at += 1 }
      if byte() == UInt8(ascii: "'") { at += 1 }
      report(start, at, "`'` does not begin a text", "texts are written with double quotes")
      return .string([])
    default: return nil
    }
  }

  private mutating func number() -> Token.Kind {
    let start = at
    func digits(_ lexer: inout Lexer) {
      while lexer.isDigit(lexer.byte()) || (lexer.byte() == UInt8(ascii: "_") && lexer.isDigit(lexer.byte(1)))
      { lexer.at += 1 }
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
    if !isNameStart(byte()), let whole = Lexer.whole(source.bytes[start..<at]) { return .number(whole) }
    var text = source.text(start, at).filter { $0 != "_" }
    if text.hasSuffix(".") { text.removeLast() }
    if isNameStart(byte()) {
      let wordStart = at
      while isNamePart(byte()) { at += 1 }
      report(
        start, at, "`\(source.text(start, at))` is neither a number nor a name",
        "write `\(text) * \(source.text(wordStart, at))` for a product")
    }
    return .number(Double(text) ?? .nan)
  }

  /// The number that a few digits make; nil for anything else.
  private static func whole(_ digits: ArraySlice<UInt8>) -> Double? {
    guard digits.count <= 15 else { return nil }
    var number = 0
    for digit in digits {
      guard digit >= 48, digit <= 57 else { return nil }
      number = number * 10 + Int(digit - 48)
    }
    return Double(number)
  }

  private mutating func word() -> Token.Kind {
    let start = at
    while isNamePart(byte()) { at += 1 }
    let text = source.text(start, at)
    return Keyword(rawValue: text).map { .keyword($0) } ?? .name(text)
  }

  mutating func report(_ start: Int, _ end: Int, _ message: String, _ help: String?) {
    diagnostics.append(Diagnostic(message, Span(source: source, start: start, end: end), help: help))
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

  private func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte == 95 || byte >= 0x80
  }

  private func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
