extension ProgramText {
  /// Whether a space stands between a token and the one before it on its line.
  func hasSpace(before i: Int) -> Bool {
    // A number's point must not run into a range's.
    if text(i - 1).hasSuffix("."), text(i).hasPrefix(".") { return true }
    return !closesUp(i) && !holdsOn(i - 1)
  }

  /// Whether a token stands directly behind the one before it.
  private func closesUp(_ i: Int) -> Bool {
    guard case .symbol(let symbol) = tokens[i].kind else { return false }
    switch symbol {
    case .comma, .semicolon, .colon, .dot, .parenClose, .bracketClose, .range, .openRange, .spread:
      return true
    case .braceClose: return !opensBlock(opening[i])
    case .parenOpen, .bracketOpen: return roles[i].contains(.followsValue)
    case .braceOpen, .pipe, .arrow, .assign, .plusAssign, .minusAssign, .timesAssign, .divideAssign, .plus,
      .minus,
      .times, .divide, .modulo, .power, .matmul, .equal, .unequal, .less, .lessEqual, .greater, .greaterEqual,
      .otherwise:
      return false
    }
  }

  /// Whether the token behind this one stands directly behind it.
  private func holdsOn(_ i: Int) -> Bool {
    guard case .symbol(let symbol) = tokens[i].kind else { return false }
    switch symbol {
    case .parenOpen, .bracketOpen, .dot, .range, .openRange: return true
    case .braceOpen: return !opensBlock(i)
    case .plus, .minus: return roles[i].contains(.isSign)
    case .parenClose, .bracketClose, .braceClose, .comma, .colon, .semicolon, .pipe, .arrow, .assign,
      .plusAssign,
      .minusAssign, .timesAssign, .divideAssign, .times, .divide, .modulo, .power, .matmul, .equal, .unequal,
      .less,
      .lessEqual, .greater, .greaterEqual, .spread, .otherwise:
      return false
    }
  }
}
