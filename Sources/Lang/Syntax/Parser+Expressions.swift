/// Expressions, by precedence climbing. From loose to tight: `|`, lambda, `or`, `and`, `not`, comparison,
/// range, `+ -`, `* / % @`, unary `-`, `^`, then calls, elements and fields.
extension Parser {
  mutating func expression() throws(Failure) -> Expression {
    try enter()
    var value = try unpiped()
    while isSymbol(.pipe), !isAtLineEnd {
      at += 1
      value = try stage(after: value)
    }
    nesting -= 1
    return value
  }

  /// What follows a `|`: a call, which gets the value as its first argument, or a function.
  mutating func stage(after value: Expression) throws(Failure) -> Expression {
    let stage = try unpiped()
    let span = value.span.through(stage.span)
    switch stage.kind {
    case .call(let callee, let arguments):
      return try call(callee, [Argument(name: nil, value: value)] + arguments, span)
    case .name, .field, .function, .index:
      return try call(stage, [Argument(name: nil, value: value)], span)
    case .none, .bool, .number, .text, .interpolation, .list, .record, .unary, .binary, .and, .or, .range,
      .condition, .attempt, .sweep:
      report("`|` needs a function on its right", stage.span, help: "write `x | f(y)` for f(x, y)")
      throw Failure()
    }
  }

  /// An expression whose `{` opens the block that follows, as in `if` and `for`.
  mutating func header() throws(Failure) -> Expression { try expression() }

  private mutating func unpiped() throws(Failure) -> Expression {
    if let lambda = try lambda() { return lambda }
    return try disjunction()
  }

  private mutating func disjunction() throws(Failure) -> Expression {
    var left = try conjunction()
    while isKeyword(.or), !isAtLineEnd {
      at += 1
      let right = try conjunction()
      left = try node(.or(left, right), left.span.through(right.span), left, right)
    }
    return left
  }

  private mutating func conjunction() throws(Failure) -> Expression {
    var left = try negation()
    while isKeyword(.and), !isAtLineEnd {
      at += 1
      let right = try negation()
      left = try node(.and(left, right), left.span.through(right.span), left, right)
    }
    return left
  }

  private mutating func negation() throws(Failure) -> Expression {
    guard isKeyword(.not) else { return try comparison() }
    let start = token
    try enter()
    at += 1
    let operand = try negation()
    nesting -= 1
    return try node(.unary(.not, operand), span(from: start), operand)
  }

  private mutating func comparison() throws(Failure) -> Expression {
    let left = try rangeExpression()
    guard let operation = comparisonOperator else { return left }
    at += 1
    let right = try rangeExpression()
    if comparisonOperator != nil {
      throw failure("comparisons do not chain", help: "write `a < b and b < c`")
    }
    return try node(.binary(operation, left, right), left.span.through(right.span), left, right)
  }

  private var comparisonOperator: BinaryOperator? {
    guard !isAtLineEnd else { return nil }
    switch token.kind {
    case .symbol(let symbol):
      guard let operation = BinaryOperator(rawValue: symbol.rawValue), operation.isComparison else {
        return nil
      }
      return operation
    case .keyword(.in): return .contains
    case .keyword, .name, .number, .string, .end: return nil
    }
  }

  private mutating func rangeExpression() throws(Failure) -> Expression {
    let low = try sum()
    guard isSymbol(.range) || isSymbol(.openRange), !isAtLineEnd else { return low }
    let closed = isSymbol(.range)
    at += 1
    let high = try sum()
    return try node(.range(low, high, closed: closed), low.span.through(high.span), low, high)
  }

  private mutating func sum() throws(Failure) -> Expression {
    var left = try product()
    while !isAtLineEnd, let operation = binary(.plus, .minus) {
      at += 1
      let right = try product()
      left = try node(.binary(operation, left, right), left.span.through(right.span), left, right)
    }
    return left
  }

  private mutating func product() throws(Failure) -> Expression {
    var left = try signed()
    while !isAtLineEnd, let operation = binary(.times, .divide, .modulo, .matmul) {
      at += 1
      let right = try signed()
      left = try node(.binary(operation, left, right), left.span.through(right.span), left, right)
    }
    return left
  }

  private func binary(_ symbols: Symbol...) -> BinaryOperator? {
    guard case .symbol(let symbol) = token.kind, symbols.contains(symbol) else { return nil }
    return BinaryOperator(rawValue: symbol.rawValue)
  }

  private mutating func signed() throws(Failure) -> Expression {
    guard isSymbol(.minus) || isSymbol(.plus) else { return try power() }
    let start = token
    try enter()
    let negative = isSymbol(.minus)
    at += 1
    let operand = try signed()
    nesting -= 1
    guard negative else { return operand }
    if case .number(let value) = operand.kind {
      return Expression(.number(-value), span(from: start), depth: 1)
    }
    return try node(.unary(.negate, operand), span(from: start), operand)
  }

  private mutating func power() throws(Failure) -> Expression {
    let base = try postfix()
    guard isSymbol(.power), !isAtLineEnd else { return base }
    at += 1
    try enter()
    let exponent = try signed()
    nesting -= 1
    return try node(.binary(.power, base, exponent), base.span.through(exponent.span), base, exponent)
  }

  // MARK: Calls, elements, fields

  private mutating func postfix() throws(Failure) -> Expression {
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

  mutating func call(_ callee: Expression, _ arguments: [Argument], _ span: Span) throws(Failure)
    -> Expression
  {
    if arguments.count > 200 {
      report("a call takes at most 200 arguments", span, help: "pass a list")
      throw Failure()
    }
    return try node(.call(callee, arguments), span, [callee] + arguments.map(\.value))
  }

  private mutating func arguments() throws(Failure) -> [Argument] {
    try bracketed(.parenOpen, .parenClose) { (parser) throws(Failure) in try parser.argument() }
  }

  mutating func indices() throws(Failure) -> [Expression] {
    let start = token
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
  mutating func argument() throws(Failure) -> Argument {
    if next.kind == .symbol(.colon) {
      let label = try fieldName()
      at += 1
      return Argument(name: label, value: try expression())
    }
    return Argument(name: nil, value: try expression())
  }

  /// Items between brackets, separated by commas; a line's end means nothing inside.
  private mutating func bracketed<Item>(
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
        throw failure("expected `,` or `\(close.rawValue)`, found \(found)")
      }
    }
    at += 1
    ignoresNewlines = outer
    nesting -= 1
    return items
  }

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
    case .else, .for, .in, .while, .break, .continue, .return, .and, .or, .not, .catch, .expect, .include:
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
      let value = try inner.expression()
      if !inner.isAtEnd { throw inner.failure("expected `)`, found \(inner.found)") }
      guard lexer.diagnostics.isEmpty else { throw Failure() }
      return value
    } catch {
      let found = lexer.diagnostics + inner.diagnostics
      adopt(found.map { Diagnostic($0.message, $0.span, help: $0.help) })
      throw error
    }
  }

  // MARK: Blocks as expressions

  private mutating func condition() throws(Failure) -> Expression {
    let start = token
    try enter()
    at += 1
    let test = try header()
    let then = try block("after the condition")
    var otherwise: Block?
    if isKeyword(.else) {
      at += 1
      if isKeyword(.if) {
        let nested = try condition()
        let statement = Statement(.expression(nested, silenced: false), nested.span)
        otherwise = Block(statements: [statement], span: nested.span)
      } else {
        otherwise = try block("after `else`")
      }
    }
    nesting -= 1
    let depth = 1 + max(test.depth, then.depth, otherwise?.depth ?? 0)
    return try node(.condition(test, then, otherwise), span(from: start), depth: depth)
  }

  private mutating func attempt() throws(Failure) -> Expression {
    let start = token
    at += 1
    let body = try block("after `try`")
    guard take(.catch) else {
      throw failure(
        "expected `catch` after the block of `try`, found \(found)",
        help: "write `try { ... } catch e { ... }`")
    }
    var caught: String?
    if case .name = token.kind { caught = try name("a name for the error") }
    let handler = try block("after `catch`")
    return try node(
      .attempt(body, name: caught, handler), span(from: start), depth: 1 + max(body.depth, handler.depth))
  }

  private mutating func sweep() throws(Failure) -> Expression {
    let start = token
    at += 1
    var axes: [(name: String, values: Expression)] = []
    repeat {
      let place = token
      let axis = try name("an axis of the sweep")
      if axes.contains(where: { $0.name == axis }) {
        report("the axis `\(axis)` is named twice", span(place))
        throw Failure()
      }
      guard take(.in) else {
        throw failure(
          "expected `in` after `\(axis)`, found \(found)", help: "write `sweep a in [1, 2] { ... }`")
      }
      axes.append((axis, try expression()))
    } while take(.comma)
    let bodyStart = token
    let body = try block("after the axes of the sweep")
    let parameters = axes.map { ParameterSyntax(name: $0.name, defaultValue: nil, span: $0.values.span) }
    let function = FunctionSyntax(
      name: "sweep", parameters: parameters, body: body, span: span(from: bodyStart))
    let depth = max(self.depth(axes.map(\.values)), 1 + function.depth)
    return try node(.sweep(axes: axes, function), span(from: start), depth: depth)
  }

  // MARK: Functions

  /// Parameters and body of `fn name(a, b = 1) = e` or `{ ... }`.
  mutating func function(named name: String?, from start: Token) throws(Failure) -> FunctionSyntax {
    let parameters = try parameters()
    let body: Block
    if take(.assign) || take(.arrow) {
      body = wrapped(try expression())
    } else {
      guard isSymbol(.braceOpen) else {
        throw failure(
          "expected `=` or `{` after the parameters, found \(found)",
          help: "write `fn f(x) = x + 1` or `fn f(x) { ... }`")
      }
      body = try block("as the body of the function")
    }
    return FunctionSyntax(name: name, parameters: parameters, body: body, span: span(from: start))
  }

  private func wrapped(_ value: Expression) -> Block {
    Block(statements: [Statement(.expression(value, silenced: false), value.span)], span: value.span)
  }

  private mutating func parameters() throws(Failure) -> [ParameterSyntax] {
    let parameters = try bracketed(.parenOpen, .parenClose) { (parser) throws(Failure) in
      let start = parser.token
      let name = try parser.name("a parameter")
      let value = parser.take(.assign) ? try parser.expression() : nil
      return ParameterSyntax(name: name, defaultValue: value, span: parser.span(from: start))
    }
    var optional = false
    var names: Set<String> = []
    for parameter in parameters {
      if !names.insert(parameter.name).inserted {
        report("the parameter `\(parameter.name)` is named twice", parameter.span)
        throw Failure()
      }
      if optional, parameter.defaultValue == nil {
        report("`\(parameter.name)` needs a default, since a parameter before it has one", parameter.span)
        throw Failure()
      }
      optional = optional || parameter.defaultValue != nil
    }
    return parameters
  }

  /// `x => e`, `(x, y) => e`; nil when the expression is no lambda.
  private mutating func lambda() throws(Failure) -> Expression? {
    let start = token
    let parameters: [ParameterSyntax]
    if case .name(let name) = start.kind, next.kind == .symbol(.arrow) {
      at += 1
      parameters = [ParameterSyntax(name: name, defaultValue: nil, span: span(start))]
    } else if isSymbol(.parenOpen), arrowFollowsParenthesis {
      parameters = try self.parameters()
    } else {
      return nil
    }
    try expect(.arrow, "after the parameters")
    try enter()
    let body = isSymbol(.braceOpen) && !startsRecord ? try block("as the body") : wrapped(try expression())
    nesting -= 1
    let function = FunctionSyntax(name: nil, parameters: parameters, body: body, span: span(from: start))
    return try node(.function(function), span(from: start), depth: 1 + function.depth)
  }

  private var arrowFollowsParenthesis: Bool {
    guard let end = partners[Int32(truncatingIfNeeded: at)] else { return false }
    let after = Int(end) + 1
    return after < tokens.count && tokens[after].kind == .symbol(.arrow)
  }

  /// Whether the `{` here opens a record: `{}` or `{ name: ...`.
  private var startsRecord: Bool {
    if next.kind == .symbol(.braceClose) { return true }
    return tokens[min(at + 2, tokens.count - 1)].kind == .symbol(.colon)
  }

  // MARK: Nodes

  func depth(_ children: [Expression]) -> Int { 1 + (children.map(\.depth).max() ?? 0) }

  mutating func node(_ kind: Expression.Kind, _ span: Span, _ children: Expression...) throws(Failure)
    -> Expression
  {
    try node(kind, span, children)
  }

  mutating func node(_ kind: Expression.Kind, _ span: Span, _ children: [Expression]) throws(Failure)
    -> Expression
  {
    try node(kind, span, depth: depth(children))
  }

  mutating func node(_ kind: Expression.Kind, _ span: Span, depth: Int) throws(Failure) -> Expression {
    if depth > Parser.maximumDepth {
      report(
        "an expression of more than \(Parser.maximumDepth) nested parts", span, help: "give parts of it names"
      )
      throw Failure()
    }
    return Expression(kind, span, depth: depth)
  }
}
