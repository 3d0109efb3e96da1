/// A fraction in lowest terms with a positive denominator; arithmetic that overflows gives nil.
struct Fraction: Equatable {
  let numerator: Int
  let denominator: Int

  init(_ whole: Int) {
    numerator = whole
    denominator = 1
  }

  private init?(_ numerator: Int, over denominator: Int) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    var (a, b) = (numerator.magnitude, denominator.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = Int(max(a, 1)) * (denominator < 0 ? -1 : 1)
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
  }

  /// `left sign right`, or nil for a division by 0, an overflow or an unknown sign.
  static func combine(_ left: Fraction, _ sign: UInt8, _ right: Fraction) -> Fraction? {
    func product(_ a: Int, _ b: Int) -> Int? {
      let (value, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? nil : value
    }
    func sum(_ a: Int, _ b: Int) -> Int? {
      let (value, overflow) = a.addingReportingOverflow(b)
      return overflow ? nil : value
    }
    switch sign {
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard let a = product(left.numerator, right.denominator),
        let b = product(right.numerator, left.denominator), b != .min,
        let top = sum(a, sign == UInt8(ascii: "-") ? -b : b),
        let bottom = product(left.denominator, right.denominator)
      else { return nil }
      return Fraction(top, over: bottom)
    case UInt8(ascii: "*"):
      guard let top = product(left.numerator, right.numerator),
        let bottom = product(left.denominator, right.denominator)
      else { return nil }
      return Fraction(top, over: bottom)
    case UInt8(ascii: "/"):
      guard let top = product(left.numerator, right.denominator),
        let bottom = product(left.denominator, right.numerator)
      else { return nil }
      return Fraction(top, over: bottom)
    default: return nil
    }
  }
}

/// Exact evaluation of expressions of whole numbers, + - * / and parentheses.
enum Arithmetic {
  /// The value of `text` and the numbers in it, or nil when it is no expression, divides by 0 or overflows.
  ///
  /// Operators are binary; * and / bind tighter; equal ones group to the left. The parser keeps its own
  /// stacks (Dijkstra's shunting yard), so nesting costs no call depth.
  static func evaluate(_ text: String) -> (value: Fraction, numbers: [Int])? {
    let bytes = Array(text.utf8)
    var values: [Fraction] = []
    var signs: [UInt8] = []
    var numbers: [Int] = []
    var position = 0
    var expectsValue = true
    let open = UInt8(ascii: "(")
    let shut = UInt8(ascii: ")")

    func precedence(_ sign: UInt8) -> Int {
      sign == UInt8(ascii: "*") || sign == UInt8(ascii: "/") ? 2 : 1
    }
    func reduce() -> Bool {
      guard let sign = signs.popLast(), let right = values.popLast(), let left = values.popLast(),
        let value = Fraction.combine(left, sign, right)
      else { return false }
      values.append(value)
      return true
    }

    while position < bytes.count {
      let byte = bytes[position]
      if expectsValue {
        if byte == open {
          signs.append(open)
          position += 1
          continue
        }
        let start = position
        while position < bytes.count, bytes[position] >= UInt8(ascii: "0"),
          bytes[position] <= UInt8(ascii: "9")
        {
          position += 1
        }
        // A number has no leading zeros.
        guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0"),
          let number = Int(String(decoding: bytes[start..<position], as: UTF8.self))
        else { return nil }
        values.append(Fraction(number))
        numbers.append(number)
        expectsValue = false
        continue
      }
      position += 1
      if byte == shut {
        while let sign = signs.last, sign != open { guard reduce() else { return nil } }
        guard signs.popLast() == open else { return nil }
        continue
      }
      guard "+-*/".utf8.contains(byte) else { return nil }
      while let sign = signs.last, sign != open, precedence(sign) >= precedence(byte) {
        guard reduce() else { return nil }
      }
      signs.append(byte)
      expectsValue = true
    }
    if expectsValue { return nil }
    while let sign = signs.last {
      guard sign != open, reduce() else { return nil }
    }
    guard values.count == 1, let value = values.last else { return nil }
    return (value, numbers)
  }
}
