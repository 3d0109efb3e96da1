/// Expressions, by precedence climbing. From loose to tight: `|`, lambda, `or`, `and`, `not`, comparison, `??`,
/// range, `+ -`, `* / % @`, unary `-`, `^`, then calls, elements and fields.
extension Parser {
  mutating func expression() throws(Failure) -> Expression {
    try enter()
    var value = try unpiped()
    // A line that begins with `|` goes on with the one before.
    while isSymbol(.pipe) {
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
      return try call(callee, [ArgumentSyntax(name: nil, value: value)] + arguments, span)
    case .name, .field, .function, .index:
      return try call(stage, [ArgumentSyntax(name: nil, value: value)], span)
    case .none, .bool, .number, .text, .interpolation, .list, .record, .unary, .binary, .and, .or, .range,
      .condition, .attempt, .sweep, .otherwise:
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
    let left = try fallback()
    guard let operation = comparisonOperator else { return left }
    at += 1
    let right = try fallback()
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

  private mutating func fallback() throws(Failure) -> Expression {
    let left = try rangeExpression()
    guard isSymbol(.otherwise), !isAtLineEnd else { return left }
    at += 1
    try enter()
    let right = try fallback()
    nesting -= 1
    return try node(.otherwise(left, right), left.span.through(right.span), left, right)
  }

  private mutating func rangeExpression() throws(Failure) -> Expression {
    // `[..3]` begins at 0 and `[1..]` goes to the end, as an index.
    let start = token
    let isFromStart = isSymbol(.range) || isSymbol(.openRange)
    let low =
      isFromStart && at > 0 && tokens[at - 1].kind == .symbol(.bracketOpen)
      ? Expression(.number(0), span(start), depth: 1) : try sum()
    guard isSymbol(.range) || isSymbol(.openRange), !isAtLineEnd else { return low }
    let closed = isSymbol(.range)
    at += 1
    if closed, isSymbol(.bracketClose) || isSymbol(.comma) {
      let open = Expression(.none, span(start), depth: 1)
      return try node(.range(low, open, closed: true), span(from: start), low)
    }
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
    note(.isSign)
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
