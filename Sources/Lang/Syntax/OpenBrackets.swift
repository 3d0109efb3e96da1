/// The brackets that lines leave open, so that a block is read as a whole once, and not again with each of its lines.
public struct OpenBrackets {
  private var open: [Symbol] = []
  private var isInText = false
  private var areMatched = true

  /// Before the first line.
  public init() {}

  /// Whether the lines so far need more: a bracket is open, or a text of several lines.
  public var needMore: Bool { areMatched && (isInText || !open.isEmpty) }

  /// Goes on with a line.
  public mutating func read(_ line: some StringProtocol) {
    var code = line[...]
    if isInText {
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      guard trimmed.hasPrefix("\"\"\"") else { return }
      isInText = false
      code = trimmed.dropFirst(3)
    }
    var lexer = Lexer(Source(name: "input", text: String(code)))
    lexer.run()
    isInText = lexer.diagnostics.contains(where: \.isIncomplete)
    for token in lexer.tokens {
      switch token.kind {
      case .symbol(.parenOpen): open.append(.parenClose)
      case .symbol(.bracketOpen): open.append(.bracketClose)
      case .symbol(.braceOpen): open.append(.braceClose)
      case .symbol(let close) where [.parenClose, .bracketClose, .braceClose].contains(close):
        if open.popLast() != close { areMatched = false }
      case .symbol, .number, .string, .name, .keyword, .end: break
      }
    }
  }
}
