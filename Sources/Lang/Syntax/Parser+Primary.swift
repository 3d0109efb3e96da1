/// What operators work on: names, literals, calls, elements, fields, parentheses.
extension Parser {
  mutating func postfix() throws(Failure) -> Expression {
    let start = token
    var value = try primary()
    while true {
      if isSymbol(.parenOpen), !isAtLineEnd {
        let arguments = try arguments()
        value = try call(value, arguments, span(from: start))
      } else if isSymbol(.bracketOpen), !isAtLineEnd {
        let indices = try indices()
        value = try node(.index(value, indices), span(from: start), [value] + indices)
      } else if isSymbol(.dot) {
        at += 1
        value = try node(.field(value, fieldName()), span(from: start), value)
      } else {
        return value
      }
    }
  }

  mutating func fieldName() throws(Failure) -> String {
    if case .keyword(let keyword) = token.kind {
      at += 1
      return keyword.rawValue
    }
    return try name("a field's name")
  }

  mutating func call(_ callee: Expression, _ arguments: [ArgumentSyntax], _ span: Span) throws(Failure)
    -> Expression
  {
    if arguments.count > 200 {
      report("a call takes at most 200 arguments", span, help: "pass a list")
      throw Failure()
    }
    if arguments.contains(where: \.isSpread) { return try spread(callee, arguments, span) }
    return try node(.call(callee, arguments), span, [callee] + arguments.map(\.value))
  }

  /// `f(a, xs..., k: v)` is `rls.apply(f, rls.flatten([[a], xs]), {k: v})`.
  private mutating func spread(_ callee: Expression, _ arguments: [ArgumentSyntax], _ span: Span)
    throws(Failure)
    -> Expression
  {
    let named = arguments.compactMap { argument in argument.name.map { (name: $0, value: argument.value) } }
    let parts = arguments.filter { $0.name == nil }.map { argument in
      argument.isSpread
        ? argument.value
        : Expression(.list([argument.value]), argument.value.span, depth: argument.value.depth + 1)
    }
    func library(_ name: String) -> Expression {
      Expression(.field(Expression(.name("rls"), span, depth: 1), name), span, depth: 2)
    }
    let list = try node(.list(parts), span, parts)
    let all = try node(.call(library("flatten"), [ArgumentSyntax(name: nil, value: list)]), span, list)
    let options = try node(.record(named), span, named.map(\.value))
    let values = [callee, all, options]
    return try node(
      .call(library("apply"), values.map { ArgumentSyntax(name: nil, value: $0) }), span, values)
  }

  private mutating func arguments() throws(Failure) -> [ArgumentSyntax] {
    note(.followsValue)
    return try bracketed(.parenOpen, .parenClose) { (parser) throws(Failure) in try parser.argument() }
  }

  mutating func indices() throws(Failure) -> [Expression] {
    let start = token
    note(.followsValue)
    let indices = try bracketed(.bracketOpen, .bracketClose) { (parser) throws(Failure) in
      try parser.expression()
    }
    if indices.isEmpty {
      report("an element needs an index", span(start), help: "write `x[0]` for the first")
      throw Failure()
    }
    return indices
  }

  /// `name: value` or `value`.
  mutating func argument() throws(Failure) -> ArgumentSyntax {
    if next.kind == .symbol(.colon) {
      let label = try fieldName()
      at += 1
      return ArgumentSyntax(name: label, value: try expression())
    }
    let value = try expression()
    return ArgumentSyntax(name: nil, value: value, isSpread: take(.spread))
  }

  /// Items between brackets, separated by commas; a line's end means nothing inside.
  mutating func bracketed<Item>(
    _ open: Symbol, _ close: Symbol, item: (inout Parser) throws(Failure) -> Item
  ) throws(Failure) -> [Item] {
    let start = token
    try enter()
    try expect(open, "")
    let outer = ignoresNewlines
    ignoresNewlines = true
    var items: [Item] = []
    while !isSymbol(close) {
      if isAtEnd { throw unclosed(start, open) }
      try items.append(item(&self))
      if !take(.comma), !isSymbol(close) {
        if isAtEnd { throw unclosed(start, open) }
        throw failure(
          "expected `,` or `\(close.rawValue)`, found \(found)",
          help: open == .bracketOpen || token.kind == .keyword(.for)
            ? Parser.familiarInBrackets[token.kind] : nil)
      }
    }
    at += 1
    ignoresNewlines = outer
    nesting -= 1
    return items
  }

  /// What people who come from Python write between brackets.
  private static let familiarInBrackets: [Token.Kind: String] = [
    .symbol(.colon): "a slice is written `xs[1..3]`, `xs[1..]` or `xs[..3]`, the last position included",
    .keyword(.for): "write `map(xs, x => ...)`, or `filter(xs, x => ...)`",
  ]

  private mutating func unclosed(_ start: Token, _ open: Symbol) -> Failure {
    report(
      "`\(open.rawValue)` is not closed", span(start), help: "add the missing bracket", isIncomplete: true)
    return Failure()
  }

  // MARK: Primary expressions

  private mutating func primary() throws(Failure) -> Expression {
    let start = token
    switch start.kind {
    case .number(let value):
      at += 1
      return Expression(.number(value), span(start), depth: 1)
    case .string(let pieces):
      at += 1
      return try string(pieces, span(start))
    case .name(let name):
      at += 1
      return Expression(.name(name), span(start), depth: 1)
    case .symbol(.parenOpen): return try parenthesized()
    case .symbol(.bracketOpen):
      let items = try bracketed(.bracketOpen, .bracketClose) { (parser) throws(Failure) in
        try parser.expression()
      }
      return try node(.list(items), span(from: start), items)
    case .symbol(.braceOpen): return try record()
    case .keyword(let keyword): return try keywordExpression(keyword)
    case .symbol, .end:
      throw failure("expected an expression, found \(found)")
    }
  }

  private mutating func keywordExpression(_ keyword: Keyword) throws(Failure) -> Expression {
    let start = token
    switch keyword {
    case .true, .false:
      at += 1
      return Expression(.bool(keyword == .true), span(start), depth: 1)
    case .none:
      at += 1
      return Expression(.none, span(start), depth: 1)
    case .if: return try condition()
    case .try: return try attempt()
    case .sweep: return try sweep()
    case .fn:
      at += 1
      let function = try function(named: nil, from: start)
      return try node(.function(function), span(from: start), depth: 1 + function.depth)
    case .else, .for, .in, .while, .break, .continue, .return, .and, .or, .not, .catch, .expect, .include,
      .import:
      throw failure("expected an expression, found \(found)")
    }
  }

  private mutating func parenthesized() throws(Failure) -> Expression {
    let start = token
    try enter()
    at += 1
    let outer = ignoresNewlines
    ignoresNewlines = true
    if isAtEnd { throw unclosed(start, .parenOpen) }
    let value = try expression()
    if isAtEnd { throw unclosed(start, .parenOpen) }
    try expect(.parenClose, "to close `(`")
    ignoresNewlines = outer
    nesting -= 1
    return Expression(value.kind, span(from: start), depth: value.depth)
  }

  private mutating func record() throws(Failure) -> Expression {
    let start = token
    let fields = try bracketed(.braceOpen, .braceClose) { (parser) throws(Failure) in try parser.recordField()
    }
    var names: Set<String> = []
    for field in fields where !names.insert(field.name).inserted {
      report("the field `\(field.name)` is given twice", field.value.span)
      throw Failure()
    }
    return try node(.record(fields), span(from: start), fields.map(\.value))
  }

  private mutating func recordField() throws(Failure) -> (name: String, value: Expression) {
    let label: String
    if case .string(let pieces) = token.kind, pieces.count <= 1, case .text(let text)? = pieces.first {
      at += 1
      label = text
    } else {
      label = try fieldName()
    }
    try expect(.colon, "after a field's name")
    return (label, try expression())
  }

  private mutating func string(_ pieces: [StringPiece], _ span: Span) throws(Failure) -> Expression {
    if pieces.isEmpty { return Expression(.text(""), span, depth: 1) }
    if pieces.count == 1, case .text(let text)? = pieces.first {
      return Expression(.text(text), span, depth: 1)
    }
    var parts: [Expression] = []
    for piece in pieces {
      switch piece {
      case .text(let text): parts.append(Expression(.text(text), span, depth: 1))
      case .code(let start, let end): try parts.append(interpolated(start, end))
      }
    }
    return try node(.interpolation(parts), span, parts)
  }

  /// Code inside a string, parsed where it stands.
  private mutating func interpolated(_ start: Int, _ end: Int) throws(Failure) -> Expression {
    var lexer = Lexer(source, from: start, to: end)
    lexer.run()
    var inner = Parser(source: source, tokens: lexer.tokens, commands: [])
    inner.ignoresNewlines = true
    inner.nesting = nesting + 1
    do throws(Failure) {
      if nesting > 500 { throw inner.failure("strings are nested too deep") }
      var value = try inner.expression()
      if inner.take(.comma) {
        // `\(x, digits: 3)` is `\(text(x, digits: 3))`.
        var arguments = [ArgumentSyntax(name: nil, value: value)]
        repeat { try arguments.append(inner.argument()) } while inner.take(.comma)
        let library = Expression(.name("rls"), value.span, depth: 1)
        let text = Expression(.field(library, "text"), value.span, depth: 2)
        value = try inner.call(text, arguments, value.span)
      }
      if !inner.isAtEnd { throw inner.failure("expected `)`, found \(inner.found)") }
      guard lexer.diagnostics.isEmpty else { throw Failure() }
      return value
    } catch {
      let found = lexer.diagnostics + inner.diagnostics
      adopt(found.map { Diagnostic($0.message, $0.span, help: $0.help) })
      throw error
    }
  }
}
