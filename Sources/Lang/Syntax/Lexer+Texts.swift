/// Texts: on one line, on several, and the code inside them.
extension Lexer {
  mutating func string() -> Token.Kind {
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
  mutating func lines() -> Token.Kind {
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
}
