/// The smallest unit of program text.
struct Token: Sendable {
  /// What kind of token it is; punctuation and keywords carry their spelling.
  enum Kind: Sendable, Equatable {
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

/// A part of a string literal: text, or code between `\(` and `)` as byte offsets into the source.
enum StringPiece: Sendable, Equatable {
  case text(String)
  case code(start: Int, end: Int)
}

/// Words that cannot be names.
enum Keyword: String, Sendable, CaseIterable {
  case fn, `if`, `else`, `for`, `in`, `while`, `break`, `continue`, `return`
  case and, or, not, `true`, `false`, none, `try`, `catch`, sweep, expect, include
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
}
