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

  private let source: Source
  private let tokens: [Token]
  /// The names that the input itself gives a meaning to: variables, functions, parameters.
  public let boundNames: Set<String>

  /// Reads `text`, which may end anywhere.
  public init(_ text: String) {
    source = Source(name: "input", text: text)
    var lexer = Lexer(source)
    lexer.run()
    tokens = lexer.tokens
    boundNames = InputOutline.names(in: lexer.tokens)
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

  // MARK: Names

  /// The names in places that give them a meaning: `a, b = 1`, `for a in`, `fn f(a)`, `a => a`, `catch e`.
  private static func names(in tokens: [Token]) -> Set<String> {
    var names: Set<String> = []
    /// Names since the last token that is neither a name nor a comma.
    var run: [String] = []
    /// The parentheses that are open: where, and the names that stand first in each or after a comma.
    var open: [(index: Int, names: [String])] = []
    var header: Keyword?
    /// The brackets of axes that change together.
    var axes = 0..<0
    for (i, token) in tokens.enumerated() {
      let before = i > 0 ? tokens[i - 1].kind : .end
      let after = i + 1 < tokens.count ? tokens[i + 1].kind : .end
      switch token.kind {
      case .name(let name):
        if token.newlineBefore { run = [] }
        run.append(name)
        if !open.isEmpty, before == .symbol(.parenOpen) || before == .symbol(.comma) {
          open[open.count - 1].names.append(name)
        }
        let isAxis = header == .sweep && (after == .keyword(.in) || axes.contains(i))
        let isModule = before == .name("as") && i > 2 && tokens[i - 3].kind == .keyword(.import)
        if isAxis || isModule || header == .for || before == .keyword(.fn) || before == .keyword(.catch) {
          names.insert(name)
        }
        continue
      case .symbol(.comma): continue
      case .symbol(.assign): names.formUnion(run)
      case .symbol(.arrow): names.formUnion(run.suffix(1))
      case .symbol(.bracketOpen)
      where header == .sweep && (before == .keyword(.sweep) || before == .symbol(.comma)):
        axes = i..<(tokens[i...].firstIndex { $0.kind == .symbol(.bracketClose) } ?? i)
      case .keyword(.for), .keyword(.sweep): header = token.kind == .keyword(.for) ? .for : .sweep
      case .keyword(.in): if header == .for { header = nil }
      case .symbol(.braceOpen): header = nil
      case .symbol(.parenOpen): open.append((i, []))
      case .symbol(.parenClose):
        guard let (start, parameters) = open.popLast() else { break }
        let isDefinition = (1...2).contains { start >= $0 && tokens[start - $0].kind == .keyword(.fn) }
        if isDefinition || after == .symbol(.arrow) { names.formUnion(parameters) }
      case .symbol, .number, .string, .keyword, .end: break
      }
      run = []
    }
    return names
  }
}
