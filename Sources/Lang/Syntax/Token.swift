/// The smallest unit of program text.
struct Token: Sendable {
  /// What kind of token it is; punctuation and keywords carry their spelling.
  enum Kind: Sendable, Hashable {
    case number(Double)
    case string([StringPiece])
    case name(String)
    case keyword(Keyword)
    case symbol(Symbol)
    case end
  }

  let kind: Kind
  let start: Int
  let end: Int
  /// Whether a line ends between the token before and this one.
  let newlineBefore: Bool
  /// Whether there is white space between the token before and this one.
  let spaceBefore: Bool
}

/// What a token is where its spelling does not tell; the parser finds it out.
struct TokenRole: OptionSet, Sendable {
  let rawValue: UInt8

  /// A statement begins with it.
  static let beginsStatement = TokenRole(rawValue: 1)
  /// A brace that opens a block, not a record.
  static let opensBlock = TokenRole(rawValue: 2)
  /// A bracket that belongs to what stands before it: of a call, an index, a function's parameters.
  static let followsValue = TokenRole(rawValue: 4)
  /// A sign, not an operator between two operands.
  static let isSign = TokenRole(rawValue: 8)
}

/// A part of a string literal: text, or code between `\(` and `)` as byte offsets into the source.
enum StringPiece: Sendable, Hashable {
  case text(String)
  case code(start: Int, end: Int)
}

/// Words that cannot be names.
enum Keyword: String, Sendable, CaseIterable {
  case fn, `if`, `else`, `for`, `in`, `while`, `break`, `continue`, `return`
  case and, or, not, `true`, `false`, none, `try`, `catch`, sweep, expect, include, `import`
}

extension Keyword {
  /// What it does, in a few words, with how it is written.
  var meaning: String {
    switch self {
    case .fn: "defines a function: `fn f(x, y = 2) = x * y`, or with a block in braces"
    case .if: "runs a block on a condition, and has its value: `if x > 0 { 1 } else { -1 }`"
    case .else: "what `if` does otherwise: `else { ... }`, `else if y { ... }`"
    case .for: "runs a block for each item: `for x in xs { ... }`, `for i, x in xs { ... }`"
    case .in: "whether an item is in a list, text or range: `x in xs`; also in `for` and `sweep`"
    case .while: "runs a block as long as a condition holds: `while x > 1 { ... }`"
    case .break: "ends the innermost loop"
    case .continue: "goes on to the next turn of the innermost loop"
    case .return: "ends a function with a value: `return x`; without it, the last value counts"
    case .and: "both conditions: `x > 0 and x < 1`"
    case .or: "either condition: `x < 0 or x > 1`"
    case .not: "the opposite of a condition: `not x in xs`"
    case .true: "the truth value that holds; 1 in arithmetic"
    case .false: "the truth value that does not hold; 0 in arithmetic"
    case .none: "the value of what has none"
    case .try: "goes on after an error: `try { ... } catch e { print e.message }`"
    case .catch: "what `try` does with an error, which has a message, a place and a trace"
    case .sweep: "a table with one row for each combination: `sweep tau in [1, 2], seed in 1..3 { ... }`"
    case .expect: "an error unless a condition holds: `expect x == 1, \"why\"`"
    case .include: "puts another file in this place: `include \"file.rls\"`"
    case .import: "makes another file's names the fields of one: `import \"file.rls\" as m`, then `m.f(1)`"
    }
  }
}

/// Punctuation.
enum Symbol: String, Sendable, CaseIterable {
  case parenOpen = "("
  case parenClose = ")"
  case bracketOpen = "["
  case bracketClose = "]"
  case braceOpen = "{"
  case braceClose = "}"
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case dot = "."
  case pipe = "|"
  case arrow = "=>"
  case assign = "="
  case plusAssign = "+="
  case minusAssign = "-="
  case timesAssign = "*="
  case divideAssign = "/="
  case plus = "+"
  case minus = "-"
  case times = "*"
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
  case range = ".."
  case openRange = "..<"
  case spread = "..."
  case otherwise = "??"
}
