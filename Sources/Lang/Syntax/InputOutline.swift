/// What the tokens of an input tell about it while it is typed, whether it makes sense yet or not.
public struct InputOutline {
  /// A stretch of the input that is shown in a way of its own, in bytes.
  public struct Highlight: Equatable, Sendable {
    /// What a stretch is.
    public enum Kind: Sendable {
      case keyword, builtin, unknown, string, number, comment, label
    }

    /// The offset of the first byte.
    public let start: Int
    /// The offset behind the last byte.
    public let end: Int
    /// What it is.
    public let kind: Kind
  }

  let source: Source
  let tokens: [Token]
  /// The names that the input itself gives a meaning to: variables, functions, parameters.
  public let boundNames: Set<String>

  /// Reads `text`, which may end anywhere.
  public init(_ text: String) {
    source = Source(name: "input", text: text)
    var lexer = Lexer(source)
    lexer.run()
    let tokens = lexer.tokens
    self.tokens = tokens
    boundNames = Set(
      InputOutline.definingTokens(in: tokens).all.compactMap { i in
        if case .name(let name) = tokens[i].kind { name } else { nil }
      })
  }

  // MARK: Colours

  /// The stretches to be shown, in order and apart from each other.
  ///
  /// `cursor` is a byte offset: a name that is still being typed there is not called unknown while it may become a
  /// known one.
  public func highlights(cursor: Int, in session: Session) -> [Highlight] {
    var found: [Highlight] = []
    highlight(tokens, from: 0, cursor, session, &found)
    return found
  }

  private func highlight(
    _ tokens: [Token], from start: Int, _ cursor: Int, _ session: Session, _ found: inout [Highlight]
  ) {
    func add(_ start: Int, _ end: Int, _ kind: Highlight.Kind?) {
      let end = min(end, source.bytes.count)
      if let kind, end > start { found.append(Highlight(start: start, end: end, kind: kind)) }
    }
    var last = start
    for (i, token) in tokens.enumerated() {
      addComments(from: last, to: token.start, add)
      last = token.end
      switch token.kind {
      case .keyword: add(token.start, token.end, .keyword)
      case .number: add(token.start, token.end, .number)
      case .name(let name):
        let before = i > 0 ? tokens[i - 1].kind : .end
        let after = i + 1 < tokens.count ? tokens[i + 1].kind : .end
        if before == .symbol(.dot) { continue }
        if name == "as", i > 1, tokens[i - 2].kind == .keyword(.import) {
          add(token.start, token.end, .keyword)
          continue
        }
        if after == .symbol(.colon) {
          add(token.start, token.end, .label)
        } else if !boundNames.contains(name) {
          add(token.start, token.end, kind(of: name, isBeingTyped: token.end == cursor, session))
        }
      case .string(let pieces):
        var start = token.start
        for case .code(let codeStart, let codeEnd) in pieces {
          add(start, codeStart, .string)
          var lexer = Lexer(source, from: codeStart, to: codeEnd)
          lexer.run()
          highlight(lexer.tokens, from: codeStart, cursor, session, &found)
          start = codeEnd
        }
        add(start, token.end, .string)
      case .symbol, .end: break
      }
    }
  }

  private func kind(of name: String, isBeingTyped: Bool, _ session: Session) -> Highlight.Kind? {
    if session.isVariable(name) || name == "rls" { return nil }
    if session.catalog.position(name) != nil { return .builtin }
    if session.globals[name] != nil { return nil }
    if isBeingTyped {
      let mayBecome: (String) -> Bool = { $0.hasPrefix(name) }
      if session.catalog.names.contains(where: mayBecome) || session.globals.names.contains(where: mayBecome)
        || boundNames.contains(where: mayBecome) || Session.keywords.contains(where: mayBecome)
      {
        return nil
      }
    }
    return .unknown
  }

  private func addComments(from start: Int, to end: Int, _ add: (Int, Int, Highlight.Kind) -> Void) {
    var at = start
    while at < end, let hash = source.bytes[at..<end].firstIndex(of: UInt8(ascii: "#")) {
      let stop = source.bytes[hash..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
      add(hash, stop, .comment)
      at = stop
    }
  }

  /// The bracket at the cursor, or before it, and its partner, as byte offsets.
  public func bracketPair(at cursor: Int) -> (open: Int, close: Int)? {
    var open: [Token] = []
    for token in tokens {
      switch token.kind {
      case .symbol(.parenOpen), .symbol(.bracketOpen), .symbol(.braceOpen): open.append(token)
      case .symbol(.parenClose), .symbol(.bracketClose), .symbol(.braceClose):
        guard let partner = open.popLast() else { continue }
        let touches = [partner.start, partner.end, token.start, token.end].contains(cursor)
        if touches, matches(partner, token) { return (partner.start, token.start) }
      case .symbol, .number, .string, .name, .keyword, .end: continue
      }
    }
    return nil
  }

  private func matches(_ open: Token, _ close: Token) -> Bool {
    switch (open.kind, close.kind) {
    case (.symbol(.parenOpen), .symbol(.parenClose)), (.symbol(.bracketOpen), .symbol(.bracketClose)),
      (.symbol(.braceOpen), .symbol(.braceClose)):
      true
    default: false
    }
  }

  // MARK: Indentation

  /// The spaces with which a line begins that follows `text`.
  ///
  /// As many as before it, and four more where the line leaves a bracket open.
  public static func indentation(after text: String) -> Int {
    let line = text[(text.lastIndex(of: "\n").map(text.index(after:)) ?? text.startIndex)...]
    var lexer = Lexer(Source(name: "input", text: String(line)))
    lexer.run()
    var open = 0
    for token in lexer.tokens {
      switch token.kind {
      case .symbol(.parenOpen), .symbol(.bracketOpen), .symbol(.braceOpen): open += 1
      case .symbol(.parenClose), .symbol(.bracketClose), .symbol(.braceClose): open = max(0, open - 1)
      case .symbol, .number, .string, .name, .keyword, .end: break
      }
    }
    return line.prefix { $0 == " " }.count + (open > 0 ? 4 : 0)
  }
}
