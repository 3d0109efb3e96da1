extension BinaryOperation {
  static let add: Self = Self(
    "add", "+", "a + b",
    .rules(left: { upstream, _, _, _ in upstream }, right: { upstream, _, _, _ in upstream }),
    VectorMath.Sum.self)
  static let sub: Self = Self(
    "sub", "-", "a - b",
    .rules(left: { upstream, _, _, _ in upstream }, right: { upstream, _, _, _ in try -upstream }),
    VectorMath.Difference.self)
  static let mul: Self = Self(
    "mul", "*", "a times b, element by element",
    .rules(
      left: { upstream, _, b, _ in try upstream.times(b) },
      right: { upstream, a, _, _ in try upstream.times(a) }),
    VectorMath.Product.self)
  static let div: Self = Self(
    "div", "/", "a divided by b",
    .rules(
      left: { upstream, _, b, _ in try upstream.times(1 / b) },
      right: { upstream, _, b, y in try upstream.times(-(y / b)) }),
    VectorMath.Quotient.self)
  static let mod: Self = Self(
    "mod", "%", "the remainder of a / b, with the sign of b",
    .rules(
      left: { upstream, _, _, _ in upstream },
      right: { upstream, a, b, _ in try upstream.times(-UnaryOperation.floor(a / b)) }),
    { a, b in
      let remainder = libmFmod(a, b)
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    })
  static let pow: Self = Self(
    "pow", "^", "a to the power of b; the slope in b is 0 where a is 0",
    .rules(
      left: { upstream, a, b, _ in
        let slope = try b * BinaryOperation.pow(a, b - 1)
        return try Tensor.select(BinaryOperation.eq(b, Tensor(0)), Tensor(0), upstream.times(slope))
      },
      right: { upstream, a, _, y in
        let slope = try upstream.times(y * UnaryOperation.log(a))
        return try Tensor.select(BinaryOperation.eq(a, Tensor(0)), Tensor(0), slope)
      }),
    { libmPow($0, $1) })
  static let min: Self = Self(
    "min", nil, "the smaller of a and b, nan if either is; at a tie the whole gradient goes to a",
    .rules(
      left: { upstream, a, b, _ in try Tensor.select(BinaryOperation.le(a, b), upstream, Tensor(0)) },
      right: { upstream, a, b, _ in try Tensor.select(BinaryOperation.le(a, b), Tensor(0), upstream) }),
    VectorMath.Minimum.self)
  static let max: Self = Self(
    "max", nil, "the larger of a and b, nan if either is; at a tie the whole gradient goes to a",
    .rules(
      left: { upstream, a, b, _ in try Tensor.select(BinaryOperation.ge(a, b), upstream, Tensor(0)) },
      right: { upstream, a, b, _ in try Tensor.select(BinaryOperation.ge(a, b), Tensor(0), upstream) }),
    VectorMath.Maximum.self)
  static let atan2: Self = Self(
    "atan2", nil, "the angle of the point (b, a), in radians",
    .rules(
      left: { upstream, a, b, _ in try upstream.times(b / (a * a + b * b)) },
      right: { upstream, a, b, _ in try upstream.times(-a / (a * a + b * b)) }),
    { libmAtan2($0, $1) })
  static let lt: Self = Self("lt", "<", "1 where a is below b, else 0", .zero, VectorMath.Below.self)
  static let le: Self = Self("le", "<=", "1 where a is not above b, else 0", .zero, VectorMath.NotAbove.self)
  static let gt: Self = Self("gt", ">", "1 where a is above b, else 0", .zero, VectorMath.Above.self)
  static let ge: Self = Self("ge", ">=", "1 where a is not below b, else 0", .zero, VectorMath.NotBelow.self)
  static let eq: Self = Self("eq", "==", "1 where a equals b, else 0", .zero, VectorMath.Equal.self)
  static let ne: Self = Self("ne", "!=", "1 where a differs from b, else 0", .zero, VectorMath.Unequal.self)
  static let and: Self = Self(
    "and", "and", "1 where neither is 0, else 0", .zero, VectorMath.Both.self)
  static let or: Self = Self(
    "or", "or", "1 where not both are 0, else 0", .zero, VectorMath.Either.self)

  /// Every operation of two tensors that the language offers.
  public static let all: [BinaryOperation] = [
    add, sub, mul, div, mod, pow, min, max, atan2, lt, le, gt, ge, eq, ne, and, or,
  ]

  /// a times b where a is not 0, and 0 where it is, even if b is infinite or nan.
  static let zeroSafeProduct: Self = Self(
    "mul", nil, "a times b, 0 where a is 0",
    .rules(
      left: { upstream, _, b, _ in try upstream.times(b) },
      right: { upstream, a, _, _ in try upstream.times(a) }),
    VectorMath.ZeroSafeProduct.self)
}

extension Tensor {
  /// This upstream gradient times a slope; zero upstream gives zero whatever the slope is.
  func times(_ slope: Tensor) throws -> Tensor { try BinaryOperation.zeroSafeProduct(self, slope) }

  /// Elementwise sum.
  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try BinaryOperation.add(a, b) }
  /// Elementwise difference.
  public static func - (a: Tensor, b: Tensor) throws -> Tensor { try BinaryOperation.sub(a, b) }
  /// Elementwise product.
  public static func * (a: Tensor, b: Tensor) throws -> Tensor { try BinaryOperation.mul(a, b) }
  /// Elementwise quotient.
  public static func / (a: Tensor, b: Tensor) throws -> Tensor { try BinaryOperation.div(a, b) }
  /// Every element plus a number.
  public static func + (a: Tensor, b: Double) throws -> Tensor { try BinaryOperation.add(a, Tensor(b)) }
  /// Every element minus a number.
  public static func - (a: Tensor, b: Double) throws -> Tensor { try BinaryOperation.sub(a, Tensor(b)) }
  /// Every element times a number.
  public static func * (a: Tensor, b: Double) throws -> Tensor { try BinaryOperation.mul(a, Tensor(b)) }
  /// Every element divided by a number.
  public static func / (a: Tensor, b: Double) throws -> Tensor { try BinaryOperation.div(a, Tensor(b)) }
  /// A number plus every element.
  public static func + (a: Double, b: Tensor) throws -> Tensor { try BinaryOperation.add(Tensor(a), b) }
  /// A number minus every element.
  public static func - (a: Double, b: Tensor) throws -> Tensor { try BinaryOperation.sub(Tensor(a), b) }
  /// A number times every element.
  public static func * (a: Double, b: Tensor) throws -> Tensor { try BinaryOperation.mul(Tensor(a), b) }
  /// A number divided by every element.
  public static func / (a: Double, b: Tensor) throws -> Tensor { try BinaryOperation.div(Tensor(a), b) }
  /// Minus every element.
  public static prefix func - (a: Tensor) throws -> Tensor { try UnaryOperation.neg(a) }
}
