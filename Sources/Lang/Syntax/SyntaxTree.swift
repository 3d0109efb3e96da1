/// An expression.
final class Expression: Sendable {
  /// What the expression is made of.
  enum Kind: Sendable {
    case none
    case bool(Bool)
    case number(Double)
    case text(String)
    /// A string with code in it; the parts are joined as text.
    case interpolation([Expression])
    case name(String)
    case list([Expression])
    case record([(name: String, value: Expression)])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case range(Expression, Expression, closed: Bool)
    /// The left side, or the right one where the left is none or leads to a field or an element that is not there.
    case otherwise(Expression, Expression)
    case call(Expression, [ArgumentSyntax])
    case index(Expression, [Expression])
    case field(Expression, String)
    case function(FunctionSyntax)
    case condition(Expression, Block, Block?)
    case attempt(Block, name: String?, Block)
    case sweep(SweepSyntax)
  }

  let kind: Kind
  let span: Span
  /// How many expressions are nested in it at most; bounded by the parser.
  let depth: Int
  /// Whether evaluating it can assign to variables, because it holds a block.
  let hasBlock: Bool

  init(_ kind: Kind, _ span: Span, depth: Int) {
    self.kind = kind
    self.span = span
    self.depth = depth
    self.hasBlock = kind.hasBlock
  }
}

/// `sweep a in xs, [b, c] in pairs, store: "folder" { ... }`.
struct SweepSyntax {
  /// An axis of several names takes each item of its values apart.
  let axes: [(names: [String], values: Expression)]
  /// Names the folder that the cells are kept in.
  let store: Expression?
  /// Takes one value for each name.
  let body: FunctionSyntax

  /// What is evaluated where the statement stands, in order.
  var operands: [Expression] { axes.map(\.values) + [store].compactMap { $0 } }
}

extension Expression.Kind {
  fileprivate var hasBlock: Bool {
    switch self {
    case .condition, .attempt: true
    case .none, .bool, .number, .text, .name, .function: false
    case .interpolation(let parts), .list(let parts): parts.contains(where: \.hasBlock)
    case .record(let fields): fields.contains { $0.value.hasBlock }
    case .unary(_, let operand): operand.hasBlock
    case .binary(_, let a, let b), .and(let a, let b), .or(let a, let b), .range(let a, let b, _),
      .otherwise(let a, let b):
      a.hasBlock || b.hasBlock
    case .call(let callee, let arguments): callee.hasBlock || arguments.contains { $0.value.hasBlock }
    case .index(let value, let indices): value.hasBlock || indices.contains(where: \.hasBlock)
    case .field(let value, _): value.hasBlock
    case .sweep(let sweep): sweep.operands.contains(where: \.hasBlock)
    }
  }
}

/// An argument of a call, with its name where one was written.
struct ArgumentSyntax: Sendable {
  let name: String?
  let value: Expression
  /// Whether the items of the value are the arguments.
  var isSpread = false
}

enum UnaryOperator: String, Sendable {
  case negate = "-"
  case not
}

/// Operators with two operands, apart from `and`, `or` and ranges.
enum BinaryOperator: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
  case matmul = "@"
  case equal = "=="
  case unequal = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case contains = "in"

  /// Whether it compares, so that it may not be chained.
  var isComparison: Bool {
    switch self {
    case .equal, .unequal, .less, .lessEqual, .greater, .greaterEqual, .contains: true
    case .add, .subtract, .multiply, .divide, .modulo, .power, .matmul: false
    }
  }
}

/// A function's parameters and body, wherever it was written.
final class FunctionSyntax: Sendable {
  /// The name it was defined under, or nil for a lambda.
  let name: String?
  let parameters: [ParameterSyntax]
  let body: Block
  let span: Span
  /// How many expressions are nested in it at most.
  let depth: Int

  init(name: String?, parameters: [ParameterSyntax], body: Block, span: Span) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.span = span
    self.depth = parameters.reduce(body.depth) { max($0, $1.defaultValue?.depth ?? 0) }
  }
}

extension FunctionSyntax {
  /// Its parameters and the names it assigns to, in the order of their registers.
  var variableNames: [String] {
    var seen: Set<String> = []
    return (parameters.map(\.name) + AssignedNames.of(body.statements)).filter { seen.insert($0).inserted }
  }

  /// The comment on the lines above, without the signs.
  var remarks: [String] { span.source.remarks(above: span.line) }
}

struct ParameterSyntax: Sendable {
  let name: String
  let defaultValue: Expression?
  /// Whether it gets all further arguments without a name, as a list.
  var takesRest = false
  let span: Span
}

/// Statements in braces, or a single expression after `=`; the value is that of the last expression.
struct Block: Sendable {
  let statements: [Statement]
  let span: Span
  /// How many expressions are nested in it at most.
  let depth: Int

  init(statements: [Statement], span: Span) {
    self.statements = statements
    self.span = span
    self.depth = statements.reduce(0) { max($0, $1.kind.depth) }
  }
}

/// A statement.
final class Statement: Sendable {
  enum Kind: Sendable {
    /// An expression; `silenced` by a semicolon.
    case expression(Expression, silenced: Bool)
    /// A command written without parentheses: its value is shown in scripts too.
    case command(Expression, silenced: Bool)
    case assign([Pattern], Expression)
    case define(FunctionSyntax)
    case forEach([Pattern], Expression, Block)
    case whileLoop(Expression, Block)
    case breakLoop
    case continueLoop
    case returnValue(Expression?)
    case expect(Expression, message: Expression?)
    /// Another file, read before anything runs.
    case include(path: String)
    /// Another file with names of its own, which runs once.
    case importModule(path: String, name: String)
  }

  let kind: Kind
  let span: Span

  init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

extension Statement.Kind {
  /// How many expressions are nested in it at most.
  fileprivate var depth: Int {
    switch self {
    case .expression(let value, _), .command(let value, _): value.depth
    case .assign(let targets, let value): targets.reduce(value.depth) { max($0, $1.depth) }
    case .define(let function): 1 + function.depth
    case .forEach(_, let values, let body): 1 + max(values.depth, body.depth)
    case .whileLoop(let condition, let body): 1 + max(condition.depth, body.depth)
    case .returnValue(let value): value?.depth ?? 0
    case .expect(let condition, let message): max(condition.depth, message?.depth ?? 0)
    case .breakLoop, .continueLoop, .include, .importModule: 0
    }
  }
}

/// What is assigned to: a place, or `[a, b]`, which takes a list apart.
indirect enum Pattern: Sendable {
  case place(Target)
  case list([Pattern], Span)

  /// The names that it gives values to.
  var names: [String] { targets.map(\.name) }

  /// The places, from left to right.
  var targets: [Target] {
    switch self {
    case .place(let target): [target]
    case .list(let parts, _): parts.flatMap(\.targets)
    }
  }

  /// How many expressions are nested in it at most.
  var depth: Int {
    switch self {
    case .place(let target): target.depth
    case .list(let parts, _): 1 + (parts.map(\.depth).max() ?? 0)
    }
  }
}

/// A name, or a place inside the value a name has.
struct Target: Sendable {
  enum Step: Sendable {
    case index([Expression])
    case field(String)
  }

  let name: String
  let path: [Step]
  let span: Span

  /// How many expressions are nested in it at most.
  var depth: Int {
    path.reduce(path.count) { depth, step in
      switch step {
      case .index(let indices): indices.reduce(depth) { max($0, $1.depth) }
      case .field: depth
      }
    }
  }
}
