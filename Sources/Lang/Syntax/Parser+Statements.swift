extension Parser {
  mutating func statement() throws(Failure) -> Statement {
    let start = token
    note(.beginsStatement)
    switch start.kind {
    case .keyword(.fn):
      guard case .name = next.kind else { break }
      at += 1
      let name = try name("a function's name")
      let function = try function(named: name, from: start)
      return Statement(.define(function), span(from: start))
    case .keyword(.for): return try forEach()
    case .keyword(.while):
      at += 1
      let condition = try header()
      let body = try block(Parser.afterCondition)
      return Statement(.whileLoop(condition, body), span(from: start))
    case .keyword(.break):
      at += 1
      return Statement(.breakLoop, span(from: start))
    case .keyword(.continue):
      at += 1
      return Statement(.continueLoop, span(from: start))
    case .keyword(.return):
      at += 1
      let value = isAtLineEnd || isSymbol(.braceClose) || isSymbol(.semicolon) ? nil : try expression()
      return Statement(.returnValue(value), span(from: start))
    case .keyword(.expect):
      at += 1
      let condition = try expression()
      let message = take(.comma) ? try expression() : nil
      return Statement(.expect(condition, message: message), span(from: start))
    case .keyword(.include): return try include()
    case .keyword(.import): return try importModule()
    case .keyword, .name, .number, .string, .symbol, .end: break
    }
    if let assignment = try assignment() { return assignment }
    if isCommand {
      let value = try command()
      return Statement(.command(value, silenced: isSymbol(.semicolon)), span(from: start))
    }
    let value = try expression()
    if let operation = compoundOperator {
      throw failure("`\(operation.rawValue)=` needs a name, a field or an element on its left")
    }
    return Statement(.expression(value, silenced: isSymbol(.semicolon)), span(from: start))
  }

  private mutating func forEach() throws(Failure) -> Statement {
    let start = token
    at += 1
    var patterns = [try pattern { (parser) throws(Failure) in try parser.loopVariable() }]
    while take(.comma) {
      try patterns.append(pattern { (parser) throws(Failure) in try parser.loopVariable() })
    }
    guard take(.in) else {
      throw failure(
        "expected `in` after the loop variable, found \(found)", help: "write `for x in xs { ... }`")
    }
    let iterable = try header()
    let body = try block("after `for ... in ...`")
    return Statement(.forEach(patterns, iterable, body), span(from: start))
  }

  private mutating func loopVariable() throws(Failure) -> Target {
    let start = token
    let name = try name("a loop variable")
    return Target(name: name, path: [], span: span(start))
  }

  /// A place, or places in brackets, which take a list apart.
  private mutating func pattern(_ place: (inout Parser) throws(Failure) -> Target) throws(Failure) -> Pattern
  {
    guard isSymbol(.bracketOpen) else { return .place(try place(&self)) }
    let start = token
    let parts = try bracketed(.bracketOpen, .bracketClose) { (parser) throws(Failure) in
      try parser.pattern(place)
    }
    return .list(parts, span(from: start))
  }

  private mutating func include() throws(Failure) -> Statement {
    let start = token
    at += 1
    let path = try fileName("include", example: "include \"file.rls\"")
    return Statement(.include(path: path), span(from: start))
  }

  private mutating func importModule() throws(Failure) -> Statement {
    let start = token
    let example = "import \"file.rls\" as m"
    at += 1
    let path = try fileName("import", example: example)
    guard case .name("as") = token.kind, !isAtLineEnd else {
      throw failure("`import` needs a name for the file's names, found \(found)", help: "write `\(example)`")
    }
    at += 1
    let name = try name("a name for the file's names")
    return Statement(.importModule(path: path, name: name), span(from: start))
  }

  private mutating func fileName(_ keyword: String, example: String) throws(Failure) -> String {
    guard case .string(let pieces) = token.kind, pieces.count <= 1, case .text(let path)? = pieces.first
    else {
      throw failure(
        "`\(keyword)` needs a file name in quotes, found \(found)", help: "write `\(example)`")
    }
    at += 1
    return path
  }

  // MARK: Assignments

  /// `a = e`, `a, [b, c] = e`, `a.f[i] = e`, `a += e`; nil when the statement is none of these.
  private mutating func assignment() throws(Failure) -> Statement? {
    guard startsPattern, looksLikeAssignment else { return nil }
    let start = token
    func next(_ parser: inout Parser) throws(Failure) -> Pattern {
      try parser.pattern { (parser) throws(Failure) in try parser.target() }
    }
    var targets = [try next(&self)]
    while take(.comma) { try targets.append(next(&self)) }
    if let operation = compoundOperator {
      guard targets.count == 1, case .place(let target)? = targets.first else {
        throw failure("`\(operation.rawValue)=` assigns to one name")
      }
      at += 1
      let left = read(target)
      let right = try expression()
      let value = try node(.binary(operation, left, right), left.span.through(right.span), left, right)
      return Statement(.assign(targets, value), span(from: start))
    }
    try expect(.assign, "in an assignment")
    let value = try expression()
    return Statement(.assign(targets, value), span(from: start))
  }

  var compoundOperator: BinaryOperator? {
    switch token.kind {
    case .symbol(.plusAssign): .add
    case .symbol(.minusAssign): .subtract
    case .symbol(.timesAssign): .multiply
    case .symbol(.divideAssign): .divide
    case .symbol, .name, .keyword, .number, .string, .end: nil
    }
  }

  private var startsPattern: Bool {
    if case .name = token.kind { true } else { isSymbol(.bracketOpen) }
  }

  /// Whether an `=` of this statement follows targets; looks ahead without building anything.
  private var looksLikeAssignment: Bool {
    var i = at
    var depth = 0
    while i < tokens.count {
      let token = tokens[i]
      if i > at, token.newlineBefore, depth == 0, !ignoresNewlines { return false }
      switch token.kind {
      case .symbol(.bracketOpen):
        if depth == 0 {
          // After a comma, or at the start, places in brackets; else an index.
          let isPattern = i == at || tokens[i - 1].kind == .symbol(.comma)
          guard isPattern || !token.spaceBefore, let end = partners[Int32(truncatingIfNeeded: i)] else {
            return false
          }
          i = Int(end)
        } else {
          depth += 1
        }
      case .symbol(.parenOpen), .symbol(.braceOpen):
        if depth == 0 { return false }
        depth += 1
      case .symbol(.bracketClose), .symbol(.parenClose), .symbol(.braceClose):
        depth -= 1
        if depth < 0 { return false }
      case .symbol(.assign), .symbol(.plusAssign), .symbol(.minusAssign), .symbol(.timesAssign),
        .symbol(.divideAssign):
        if depth == 0 { return true }
      case .symbol(.dot), .symbol(.comma): break
      case .keyword where depth > 0: break
      case .name, .keyword:
        if depth == 0, i > at {
          switch tokens[i - 1].kind {
          case .symbol(.dot), .symbol(.comma): break
          case .symbol, .name, .keyword, .number, .string, .end: return false
          }
        }
      case .end: return false
      case .number, .string, .symbol: if depth == 0 { return false }
      }
      i += 1
    }
    return false
  }

  private mutating func target() throws(Failure) -> Target {
    let start = token
    let name = try name("a name to assign to")
    var path: [Target.Step] = []
    while true {
      if isSymbol(.bracketOpen) {
        for index in try indices() { path.append(.index([index])) }
      } else if take(.dot) {
        path.append(.field(try fieldName()))
      } else if path.count > Parser.maximumDepth / 2 {
        throw failure(
          "a place more than \(Parser.maximumDepth / 2) steps inside a value", help: "give parts of it names")
      } else {
        return Target(name: name, path: path, span: span(from: start))
      }
    }
  }

  private func read(_ target: Target) -> Expression {
    var value = Expression(.name(target.name), target.span, depth: 1)
    for step in target.path {
      switch step {
      case .index(let indices):
        value = Expression(.index(value, indices), target.span, depth: value.depth + 1)
      case .field(let name): value = Expression(.field(value, name), target.span, depth: value.depth + 1)
      }
    }
    return value
  }

  // MARK: Commands

  /// Whether the statement is a command with its arguments not in parentheses.
  private var isCommand: Bool {
    guard case .name(let name) = token.kind, commands.contains(name) else { return false }
    if next.newlineBefore { return true }
    switch next.kind {
    case .end, .name, .number, .string, .symbol(.semicolon), .symbol(.braceClose): return true
    case .keyword(let keyword):
      switch keyword {
      case .not, .true, .false, .none, .fn, .if, .try, .sweep: return true
      case .and, .or, .in, .else, .for, .while, .break, .continue, .return, .catch, .expect, .include,
        .import:
        return false
      }
    case .symbol(.parenOpen): return next.spaceBefore
    case .symbol(.bracketOpen), .symbol(.braceOpen): return next.spaceBefore
    case .symbol(.minus):
      let after = tokens[min(at + 2, tokens.count - 1)]
      return next.spaceBefore && !after.spaceBefore
    case .symbol: return false
    }
  }

  /// `plot x, y, title: "t"` as a call.
  private mutating func command() throws(Failure) -> Expression {
    let start = token
    let callee = Expression(.name(try name("a command")), span(start), depth: 1)
    var arguments: [ArgumentSyntax] = []
    if !isAtLineEnd, !isSymbol(.semicolon), !isSymbol(.braceClose) {
      repeat { try arguments.append(argument()) } while take(.comma)
    }
    var value = try call(callee, arguments, span(from: start))
    while isSymbol(.pipe) {
      at += 1
      value = try stage(after: value)
    }
    return value
  }
}
