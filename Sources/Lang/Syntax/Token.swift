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
  case parenOpen = "(", parenClose = ")", bracketOpen = "[", bracketClose = "]", braceOpen = "{", braceClose = "}"
  case comma = ",", colon = ":", semicolon = ";", dot = ".", pipe = "|", arrow = "=>"
  case assign = "=", plusAssign = "+=", minusAssign = "-=", timesAssign = "*=", divideAssign = "/="
  case plus = "+", minus = "-", times = "*", divide = "/", modulo = "%", power = "^", matmul = "@"
  case equal = "==", unequal = "!=", less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">="
  case range = "..", openRange = "..<"
}
