// Syntax: from text to a syntax tree: `Source`, `Lexer`, `Parser`, `SyntaxTree`. `Program` puts included files in their
// places, `InputOutline` reads what is not finished yet.

import Engine

/// Turns tokens into statements; after an error it goes on at the next line, so that one reading finds several.
struct Parser {
  let source: Source
  let tokens: [Token]
  /// Names that may be called without parentheses at the start of a statement.
  let commands: Set<String>
  var at = 0
  /// Inside parentheses and brackets a line's end means nothing.
  var ignoresNewlines = false
  var nesting = 0
  /// For every opening bracket, the position of the one that closes it.
  let partners: [Int32: Int32]
  private(set) var diagnostics: [Diagnostic] = []
  /// What each token is where its spelling does not tell.
  private(set) var roles: [TokenRole]

  /// The deepest nesting accepted: far beyond what people write, well within the stack.
  static let maximumDepth = 1000
  /// How many errors are reported before the rest is left alone.
  static let maximumErrors = 10

  /// A stop at the first thing that cannot be understood; the diagnostic is already recorded.
  struct Failure: Error {}

  /// Parses a whole source.
  static func parse(_ source: Source, commands: Set<String>) throws(Rejection) -> [Statement] {
    try read(source, commands: commands).statements
  }

  /// Parses a whole source; the parser then knows its tokens and their roles.
  static func read(
    _ source: Source, commands: Set<String>
  ) throws(Rejection) -> (statements: [Statement], parser: Parser) {
    guard source.bytes.count <= Source.largest else {
      let size = MemoryBudget.readable(source.bytes.count)
      throw Rejection(diagnostics: [
        Diagnostic(
          "\(source.name) has \(size), more than a program can have", Span(source: source, start: 0, end: 1),
          help: "read data with read_csv, read_json or dataset")
      ])
    }
    var lexer = Lexer(source)
    lexer.run()
    var parser = Parser(source: source, tokens: lexer.tokens, commands: commands)
    let statements = parser.program()
    let diagnostics = lexer.diagnostics + parser.diagnostics
    guard diagnostics.isEmpty else {
      throw Rejection(diagnostics: diagnostics.sorted { $0.span.start < $1.span.start })
    }
    return (statements, parser)
  }

  init(source: Source, tokens: [Token], commands: Set<String>) {
    self.source = source
    self.tokens = tokens
    self.commands = commands
    self.partners = Parser.partners(of: tokens)
    self.roles = Array(repeating: [], count: tokens.count)
  }

  private static func partners(of tokens: [Token]) -> [Int32: Int32] {
    var partners: [Int32: Int32] = [:]
    var open: [Int32] = []
    for (i, token) in tokens.enumerated() {
      switch token.kind {
      case .symbol(.parenOpen), .symbol(.bracketOpen), .symbol(.braceOpen):
        open.append(Int32(truncatingIfNeeded: i))
      case .symbol(.parenClose), .symbol(.bracketClose), .symbol(.braceClose):
        if let start = open.popLast() { partners[start] = Int32(truncatingIfNeeded: i) }
      case .number, .string, .name, .keyword, .symbol, .end: break
      }
    }
    return partners
  }

  // MARK: Tokens

  var token: Token { tokens[min(at, tokens.count - 1)] }
  var next: Token { tokens[min(at + 1, tokens.count - 1)] }
  var isAtEnd: Bool { token.kind == .end }

  /// Whether the statement ends before the current token.
  var isAtLineEnd: Bool { isAtEnd || (token.newlineBefore && !ignoresNewlines) }

  func span(_ token: Token) -> Span { Span(source: source, start: token.start, end: token.end) }

  func span(from start: Token) -> Span {
    let last = tokens[max(0, min(at, tokens.count) - 1)]
    return Span(source: source, start: start.start, end: max(start.end, last.end))
  }

  func isSymbol(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }
  func isKeyword(_ keyword: Keyword) -> Bool { token.kind == .keyword(keyword) }

  mutating func take(_ symbol: Symbol) -> Bool {
    guard isSymbol(symbol) else { return false }
    at += 1
    return true
  }

  mutating func take(_ keyword: Keyword) -> Bool {
    guard isKeyword(keyword) else { return false }
    at += 1
    return true
  }

  mutating func expect(_ symbol: Symbol, _ context: String) throws(Failure) {
    guard take(symbol) else { throw failure("expected `\(symbol.rawValue)` \(context), found \(found)") }
  }

  mutating func name(_ role: String) throws(Failure) -> String {
    switch token.kind {
    case .name(let name):
      at += 1
      return name
    case .keyword(let keyword):
      throw failure(
        "`\(keyword.rawValue)` is a word of the language and cannot be \(role)", help: "choose another name")
    case .number, .string, .symbol, .end:
      throw failure("expected \(role), found \(found)")
    }
  }

  /// The current token, for messages.
  var found: String {
    switch token.kind {
    case .end: "the end of the input"
    case .number, .string, .name, .keyword, .symbol: "`\(span(token).text.prefix(40))`"
    }
  }

  /// Records an error at the current token.
  mutating func failure(_ message: String, help: String? = nil) -> Failure {
    // What is missing at the end is missing after the last token.
    let last = tokens[max(0, at - 1)].end
    let place = isAtEnd ? Span(source: source, start: last, end: last) : span(token)
    report(message, place, help: help, isIncomplete: isAtEnd)
    return Failure()
  }

  mutating func report(_ message: String, _ span: Span, help: String? = nil, isIncomplete: Bool = false) {
    diagnostics.append(Diagnostic(message, span, help: help, isIncomplete: isIncomplete))
  }

  /// Takes over what a parser of a part of the same source found.
  mutating func adopt(_ others: [Diagnostic]) { diagnostics += others }

  /// Notes what the current token is.
  mutating func note(_ role: TokenRole) {
    if at < roles.count { roles[at].insert(role) }
  }

  // MARK: Programs and blocks

  private mutating func program() -> [Statement] {
    var statements: [Statement] = []
    while !isAtEnd, diagnostics.count < Parser.maximumErrors {
      if take(.semicolon) { continue }
      let start = at
      do {
        try statements.append(statement())
        try endStatement(from: start)
      } catch {
        recover(from: start, nesting: 0)
      }
    }
    return statements
  }

  /// Goes on after an error in the statement at `start`: at the next line that is not inside a bracket opened since,
  /// or where the block ends.
  private mutating func recover(from start: Int, nesting level: Int, before end: Int? = nil) {
    if at == start { at += 1 }
    ignoresNewlines = false
    nesting = level
    var depth = 0
    while !isAtEnd, at != end {
      if token.newlineBefore, depth <= 0, !isClosing { return }
      switch token.kind {
      case .symbol(.parenOpen), .symbol(.bracketOpen), .symbol(.braceOpen): depth += 1
      case .symbol(.parenClose), .symbol(.bracketClose), .symbol(.braceClose): depth -= 1
      case .number, .string, .name, .keyword, .symbol, .end: break
      }
      at += 1
    }
  }

  /// Whether the current token closes a bracket, as after an error within a block.
  private var isClosing: Bool {
    isSymbol(.braceClose) || isSymbol(.parenClose) || isSymbol(.bracketClose)
  }

  private mutating func endStatement(from start: Int) throws(Failure) {
    if isAtLineEnd || isSymbol(.braceClose) || isSymbol(.semicolon) { return }
    if isSymbol(.assign) {
      throw failure("only a name, a field or an element can be assigned to", help: "write `==` to compare")
    }
    var help = "separate statements by a new line or `;`"
    if at > start, case .name(let called) = tokens[at - 1].kind {
      if case .string = token.kind, called == "f", tokens[at - 1].end == token.start {
        help = "a value inside a text is written \"\\(x)\""
      } else {
        help = "inside a statement a call takes parentheses: `\(called)(...)`"
      }
    }
    if case .name(let first) = tokens[start].kind, let hint = ForeignNames.hints[first] { help = hint }
    throw failure("expected the end of the line, found \(found)", help: help)
  }

  /// Where the block of `if` and `while` stands.
  static let afterCondition = "after the condition"

  /// `{` statements `}`.
  mutating func block(_ context: String) throws(Failure) -> Block {
    let start = token
    let end = partners[Int32(truncatingIfNeeded: at)].map(Int.init)
    try enter()
    note(.opensBlock)
    if isSymbol(.assign), context == Parser.afterCondition {
      throw failure("expected `{` \(context), found \(found)", help: "write `==` to compare")
    }
    try expect(.braceOpen, context)
    let outer = ignoresNewlines
    ignoresNewlines = false
    var statements: [Statement] = []
    while !isSymbol(.braceClose) {
      if take(.semicolon) { continue }
      if isAtEnd {
        if diagnostics.isEmpty {
          report("`{` is not closed", span(start), help: "add the missing `}`", isIncomplete: true)
        }
        throw Failure()
      }
      let first = at
      let level = nesting
      do {
        statements.append(try innerStatement())
        try endStatement(from: first)
      } catch {
        if diagnostics.count >= Parser.maximumErrors { throw error }
        recover(from: first, nesting: level, before: end)
      }
    }
    at += 1
    ignoresNewlines = outer
    nesting -= 1
    return Block(statements: statements, span: span(from: start))
  }

  private mutating func innerStatement() throws(Failure) -> Statement {
    let statement = try statement()
    switch statement.kind {
    case .include, .importModule:
      report(
        "`\(statement.span.text.prefix { $0.isLetter })` stands at top level alone", statement.span,
        help: "files are put together before anything runs")
      throw Failure()
    case .expression, .command, .assign, .define, .forEach, .whileLoop, .breakLoop, .continueLoop,
      .returnValue,
      .expect:
      return statement
    }
  }

  /// Counts one level of nesting.
  mutating func enter() throws(Failure) {
    nesting += 1
    if nesting > Parser.maximumDepth {
      throw failure("nested more than \(Parser.maximumDepth) deep", help: "give parts of it names")
    }
  }
}
