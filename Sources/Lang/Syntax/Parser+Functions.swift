/// Expressions that hold blocks: `if`, `try`, `sweep`, functions and lambdas.
extension Parser {
  // MARK: Blocks as expressions

  mutating func condition() throws(Failure) -> Expression {
    let start = token
    try enter()
    at += 1
    let test = try header()
    let then = try block(Parser.afterCondition)
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

  mutating func attempt() throws(Failure) -> Expression {
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

  mutating func sweep() throws(Failure) -> Expression {
    let start = token
    at += 1
    var axes: [(names: [String], values: Expression)] = []
    var store: Expression?
    repeat {
      let place = token
      let names = try axis()
      if names == ["store"], !axes.isEmpty, take(.colon) {
        store = try expression()
        break
      }
      var seen = Set(axes.flatMap(\.names))
      if let name = names.first(where: { !seen.insert($0).inserted }) {
        report("the axis `\(name)` is named twice", span(place))
        throw Failure()
      }
      guard take(.in) else {
        throw failure(
          "expected `in` after `\(span(from: place).text)`, found \(found)",
          help: "write `sweep a in [1, 2] { ... }`")
      }
      axes.append((names, try expression()))
    } while take(.comma)
    let bodyStart = token
    let body = try block("after the axes of the sweep")
    let parameters = axes.flatMap { axis in
      axis.names.map { ParameterSyntax(name: $0, defaultValue: nil, span: axis.values.span) }
    }
    let function = FunctionSyntax(
      name: "sweep", parameters: parameters, body: body, span: span(from: bodyStart))
    let sweep = SweepSyntax(axes: axes, store: store, body: function)
    let depth = max(self.depth(sweep.operands), 1 + function.depth)
    return try node(.sweep(sweep), span(from: start), depth: depth)
  }

  /// A name, or names in brackets that change together.
  private mutating func axis() throws(Failure) -> [String] {
    if isSymbol(.parenOpen) {
      throw failure(
        "axes that change together stand in brackets",
        help: "write `sweep [a, b] in [[1, 2], [3, 4]] { ... }`")
    }
    guard isSymbol(.bracketOpen) else { return [try name("an axis of the sweep")] }
    let names = try bracketed(.bracketOpen, .bracketClose) { (parser) throws(Failure) in
      try parser.name("an axis of the sweep")
    }
    if names.isEmpty { throw failure("expected an axis of the sweep between `[` and `]`") }
    return names
  }

  // MARK: Functions

  /// Parameters and body of `fn name(a, b = 1) = e` or `{ ... }`.
  mutating func function(named name: String?, from start: Token) throws(Failure) -> FunctionSyntax {
    if name != nil { note(.followsValue) }
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
      let takesRest = parser.take(.spread)
      let value = !takesRest && parser.take(.assign) ? try parser.expression() : nil
      return ParameterSyntax(
        name: name, defaultValue: value, takesRest: takesRest, span: parser.span(from: start))
    }
    var optional = false
    var names: Set<String> = []
    for parameter in parameters {
      if !names.insert(parameter.name).inserted {
        report("the parameter `\(parameter.name)` is named twice", parameter.span)
        throw Failure()
      }
      if parameter.takesRest {
        guard parameter.name == parameters.last?.name else {
          report(
            "`\(parameter.name)...` takes all further arguments, so it is the last parameter", parameter.span)
          throw Failure()
        }
        continue
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
  mutating func lambda() throws(Failure) -> Expression? {
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
}
