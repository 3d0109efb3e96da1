// Format: programs laid out in the style of the language.

/// Program text in the one style of the language: `rls fmt`.
public enum Formatting {
  /// The text laid out anew; its comments, its blank lines and its meaning stay.
  ///
  /// Indentation is four spaces for each line that leaves a bracket open. Operators stand between spaces, apart from
  /// ranges, signs and points. A block of several lines has its braces at the ends of lines. Lines of more than
  /// `LineLayout.widest` columns are broken. What its author lined up stays so: labels of arguments, comments,
  /// and lines that begin behind the bracket they stand in.
  ///
  /// Throws a `Rejection` where the text does not parse.
  public static func formatted(_ text: String, name: String) throws(Rejection) -> String {
    let source = Source(name: name, text: text)
    let commands = BuiltinCatalog.shared.commands
    let before = try ProgramText(source, commands: commands)
    var layout = LineLayout(before)
    let result = layout.run()
    let after = try ProgramText(Source(name: name, text: result), commands: commands)
    guard before.means(after) else {
      throw Rejection(diagnostics: [
        Diagnostic(
          "formatting would change what this file means, so it stays as it is",
          Span(source: source, start: 0, end: 0), help: "please report it with the file")
      ])
    }
    return result
  }
}

/// The tokens of a program with the brackets around them.
struct ProgramText {
  let source: Source
  /// Without the last one, which is the end.
  let tokens: [Token]
  let roles: [TokenRole]
  /// The bracket around each token.
  let enclosing: [Int?]
  /// For each opening bracket the one that closes it.
  let closing: [Int: Int]
  /// For each closing bracket the one that opens it.
  let opening: [Int: Int]

  init(_ source: Source, commands: Set<String>) throws(Rejection) {
    let parser = try Parser.read(source, commands: commands).parser
    self.source = source
    tokens = Array(parser.tokens.dropLast())
    roles = parser.roles
    var open: [Int] = []
    var enclosing: [Int?] = []
    var closing: [Int: Int] = [:]
    for (i, token) in tokens.enumerated() {
      if token.closesBracket, let start = open.popLast() { closing[start] = i }
      enclosing.append(open.last)
      if token.opensBracket { open.append(i) }
    }
    self.enclosing = enclosing
    self.closing = closing
    opening = Dictionary(closing.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func text(_ i: Int) -> String { source.text(tokens[i].start, tokens[i].end) }

  func isSymbol(_ i: Int, _ symbol: Symbol) -> Bool { tokens[i].kind == .symbol(symbol) }

  func opensBlock(_ i: Int?) -> Bool { i.map { roles[$0].contains(.opensBlock) } ?? true }

  /// The column, from 0, at which a byte stands.
  func column(_ offset: Int) -> Int { source.position(of: offset).column - 1 }

  /// Whether another text has the same tokens in the same roles, and the same comments.
  func means(_ other: ProgramText) -> Bool {
    tokens.count == other.tokens.count && roles == other.roles && comments == other.comments
      && tokens.indices.allSatisfy { meaning($0) == other.meaning($0) }
  }

  private func meaning(_ i: Int) -> [String] {
    guard case .string(let pieces) = tokens[i].kind else { return [text(i)] }
    return pieces.map { piece in
      switch piece {
      case .text(let text): "\"" + text
      case .code(let start, let end): "(" + source.text(start, end)
      }
    }
  }

  private var comments: [String] {
    gaps.flatMap { $0 }.compactMap { if case .comment(let text, _) = $0 { text } else { nil } }
  }

  /// A line's end, or a comment and where it starts.
  enum Blank: Equatable {
    case newline
    case comment(String, start: Int)
  }

  /// What stands before each token, and behind the last.
  var gaps: [[Blank]] {
    (0...tokens.count).map { i in
      let end = i < tokens.count ? tokens[i].start : source.bytes.count
      var at = i > 0 ? tokens[i - 1].end : 0
      var found: [Blank] = []
      while at < end {
        if source.bytes[at] == UInt8(ascii: "\n") { found.append(.newline) }
        guard source.bytes[at] == UInt8(ascii: "#") else {
          at += 1
          continue
        }
        let stop = source.bytes[at..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
        var text = source.text(at, stop)
        while text.last?.isWhitespace == true { text.removeLast() }
        found.append(.comment(text, start: at))
        at = stop
      }
      return found
    }
  }
}

extension Token {
  var opensBracket: Bool {
    switch kind {
    case .symbol(.parenOpen), .symbol(.bracketOpen), .symbol(.braceOpen): true
    case .symbol, .number, .string, .name, .keyword, .end: false
    }
  }

  var closesBracket: Bool {
    switch kind {
    case .symbol(.parenClose), .symbol(.bracketClose), .symbol(.braceClose): true
    case .symbol, .number, .string, .name, .keyword, .end: false
    }
  }
}
