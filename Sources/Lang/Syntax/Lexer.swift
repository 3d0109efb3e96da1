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

  private mutating func string() -> Token.Kind {
    let start = at
    at += 1
    if let pieces = pieces(until: { $0.byte() == UInt8(ascii: "\"") }, indentation: nil) {
      at += 1
      return .string(pieces)
    }
    at = min(at, limit)
    report(
      start, start + 1, "the string is not closed on its line",
      "end it with a double quote, write \\n for a new line, or begin a text of several lines with \"\"\"")
    return .string([])
  }

  /// A text of several lines between `"""`; the closing line's indentation is taken off every line.
  private mutating func lines() -> Token.Kind {
    let start = at
    at += 3
    func isEnd(_ lexer: Lexer) -> Bool { (0..<3).allSatisfy { lexer.byte($0) == UInt8(ascii: "\"") } }
    while byte() == UInt8(ascii: " ") || byte() == UInt8(ascii: "\t") || byte() == UInt8(ascii: "\r") {
      at += 1
    }
    guard byte() == UInt8(ascii: "\n") || at >= limit else {
      report(start, at, "a text of several lines begins on the line after `\"\"\"`", nil)
      while at < limit, !isEnd(self) { at += 1 }
      at = min(at + 3, limit)
      return .string([])
    }
    // The closing quotes stand on a line of their own, whose white space is the indentation.
    var end = at
    var indentation: Int?
    while end < limit, indentation == nil {
      let lineStart = end + 1
      var first = lineStart
      while first < limit, source.bytes[first] == 32 || source.bytes[first] == 9 { first += 1 }
      if first + 2 < limit, source.bytes[first...first + 2].allSatisfy({ $0 == UInt8(ascii: "\"") }) {
        indentation = first - lineStart
      }
      end = lineStart
      while end < limit, source.bytes[end] != UInt8(ascii: "\n") { end += 1 }
    }
    guard let indentation else {
      at = limit
      diagnostics.append(
        Diagnostic(
          "a text of several lines is not closed", Span(source: source, start: start, end: start + 3),
          help: "write `\"\"\"` on a line of its own", isIncomplete: true))
      return .string([])
    }
    var pieces = pieces(until: isEnd, indentation: indentation) ?? []
    at = min(at + 3, limit)
    // The line's end before the closing quotes is not part of the text.
    if case .text(let last)? = pieces.last {
      pieces[pieces.count - 1] = .text(String(last.dropLast()))
      if last.count == 1 { pieces.removeLast() }
    }
    return .string(pieces)
  }

  /// The pieces of a text up to where `isEnd` holds; nil where it never does.
  ///
  /// A text that runs over several lines has an `indentation`, which is taken off each, and begins at the end of the
  /// line before.
  private mutating func pieces(until isEnd: (Lexer) -> Bool, indentation: Int?) -> [StringPiece]? {
    var pieces: [StringPiece] = []
    var text: [UInt8] = []
    func flush() {
      if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
    }
    var isFirstLine = true
    while at < limit {
      let current = byte()
      if isEnd(self) {
        flush()
        return pieces
      }
      if current == UInt8(ascii: "\n") {
        guard let indentation else { return nil }
        if !isFirstLine { text.append(current) }
        isFirstLine = false
        at += 1
        var removed = 0
        while removed < indentation, byte() == 32 || byte() == 9 {
          at += 1
          removed += 1
        }
        continue
      }
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
          return pieces
        }
        pieces.append(.code(start: codeStart, end: at))
        at += 1
      default:
        report(
          at - 2, min(at, limit), "unknown escape `\\\(String(decoding: [escape], as: UTF8.self))`",
          "known are \\n \\t \\r \\e \\0 \\\\ \\\" \\u{...} and \\(expression)")
      }
    }
    return nil
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

  /// Moves to the `)` that closes an interpolation, past strings in it and code in them; false where the
  /// line ends first.
  private mutating func skipCode() -> Bool {
    // What is open, outermost first: code with its number of parentheses, or a string as 0.
    var open = [1]
    while at < limit, byte() != UInt8(ascii: "\n"), let inner = open.last {
      let current = byte()
      switch (current, inner) {
      case (UInt8(ascii: "\\"), 0):
        if byte(1) == UInt8(ascii: "(") { open.append(1) }
        at += 1
      case (UInt8(ascii: "\""), 0): open.removeLast()
      case (_, 0): break
      case (UInt8(ascii: "\""), _): open.append(0)
      case (UInt8(ascii: "("), _): open[open.count - 1] += 1
      case (UInt8(ascii: ")"), 1):
        open.removeLast()
        if open.isEmpty { return true }
      case (UInt8(ascii: ")"), _): open[open.count - 1] -= 1
      default: break
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
