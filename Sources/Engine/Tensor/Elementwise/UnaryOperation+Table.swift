/// The slopes below multiply with `upstream.times`, in which a zero upstream gives zero whatever the slope is:
/// a branch that `where` did not take cannot turn into NaN.
extension UnaryOperation {
  static let neg: Self = Self(
    "neg", "minus x", .rule { upstream, _, _ in try -upstream }, cost: 1, VectorMath.Negation.self)
  static let abs: Self = Self(
    "abs", "the magnitude of x; its slope at 0 is 0",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.sign(x)) }, { $0.magnitude })
  static let sign: Self = Self(
    "sign", "-1, 0 or 1", .zero, { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
  static let exp: Self = Self(
    "exp", "the exponential", .rule { upstream, _, y in try upstream.times(y) },
    VectorMath.Exp.self)
  static let log: Self = Self(
    "log", "the natural logarithm; -inf at 0, nan below",
    .rule { upstream, x, _ in try upstream.times(1 / x) }, VectorMath.Log.self)
  static let log2: Self = Self(
    "log2", "the logarithm to base 2",
    .rule { upstream, x, _ in try upstream.times(1 / (x * 0.693_147_180_559_945_3)) }, { libmLog2($0) })
  static let log10: Self = Self(
    "log10", "the logarithm to base 10",
    .rule { upstream, x, _ in try upstream.times(1 / (x * 2.302_585_092_994_045_7)) }, { libmLog10($0) })
  static let log1p: Self = Self(
    "log1p", "log(1 + x), accurate for small x",
    .rule { upstream, x, _ in try upstream.times(1 / (x + 1)) }, VectorMath.Log1p.self)
  static let expm1: Self = Self(
    "expm1", "exp(x) - 1, accurate for small x",
    .rule { upstream, _, y in try upstream.times(y + 1) }, { libmExpm1($0) })
  static let sqrt: Self = Self(
    "sqrt", "the square root", .rule { upstream, _, y in try upstream.times(0.5 / y) },
    { $0.squareRoot() })
  static let square: Self = Self(
    "square", "x times x", .rule { upstream, x, _ in try upstream.times(2 * x) }, cost: 1,
    VectorMath.Square.self)
  static let sin: Self = Self(
    "sin", "the sine of x in radians",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.cos(x)) }, { libmSin($0) })
  static let cos: Self = Self(
    "cos", "the cosine of x in radians",
    .rule { upstream, x, _ in try upstream.times(-UnaryOperation.sin(x)) }, { libmCos($0) })
  static let tan: Self = Self(
    "tan", "the tangent of x in radians",
    .rule { upstream, _, y in try upstream.times(1 + y * y) }, { libmTan($0) })
  static let asin: Self = Self(
    "asin", "the arc sine, in radians",
    .rule { upstream, x, _ in try upstream.times(1 / UnaryOperation.sqrt(1 - x * x)) }, { libmAsin($0) })
  static let acos: Self = Self(
    "acos", "the arc cosine, in radians",
    .rule { upstream, x, _ in try upstream.times(-1 / UnaryOperation.sqrt(1 - x * x)) }, { libmAcos($0) })
  static let atan: Self = Self(
    "atan", "the arc tangent, in radians",
    .rule { upstream, x, _ in try upstream.times(1 / (1 + x * x)) }, { libmAtan($0) })
  static let sinh: Self = Self(
    "sinh", "the hyperbolic sine",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.cosh(x)) }, { libmSinh($0) })
  static let cosh: Self = Self(
    "cosh", "the hyperbolic cosine",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.sinh(x)) }, { libmCosh($0) })
  static let tanh: Self = Self(
    "tanh", "the hyperbolic tangent",
    .rule { upstream, _, y in try upstream.times(1 - y * y) }, { libmTanh($0) })
  static let sigmoid: Self = Self(
    "sigmoid", "the logistic function 1 / (1 + exp(-x))",
    // q (1 - q) with q = sigma(-|x|), at most 1/2, keeps its digits where sigma (1 - sigma) cancels.
    .rule { upstream, x, _ in
      let q = try UnaryOperation.sigmoidTail(x)
      return try upstream.times(q * (1 - q))
    },
    through: sigmoidTail, VectorMath.SigmoidOfTail.self)
  static let logSigmoid: Self = Self(
    "log_sigmoid", "log(sigmoid(x)), accurate in both tails",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.sigmoid(-x)) },
    VectorMath.LogSigmoid.self)
  static let softplus: Self = Self(
    "softplus", "log(1 + exp(x)), accurate in both tails",
    .rule { upstream, x, _ in try upstream.times(UnaryOperation.sigmoid(x)) },
    VectorMath.Softplus.self)
  static let relu: Self = Self(
    "relu", "max(x, 0); its slope at 0 is 0",
    .rule { upstream, x, _ in try Tensor.select(BinaryOperation.gt(x, Tensor(0)), upstream, Tensor(0)) },
    { $0 > 0 || $0.isNaN ? $0 : 0 })
  static let floor: Self = Self(
    "floor", "the largest integer not above x; slope 0", .zero, { $0.rounded(.down) })
  static let ceil: Self = Self(
    "ceil", "the smallest integer not below x; slope 0", .zero, { $0.rounded(.up) })
  /// The nearest integer, halves to the even one.
  public static let round: Self = Self(
    "round", "the nearest integer, halves to the even one; slope 0", .zero,
    { $0.rounded(.toNearestOrEven) })
  static let isFinite: Self = Self(
    "is_finite", "1 where x is neither infinite nor nan, else 0", .zero, { $0.isFinite ? 1 : 0 })
  static let isNaN: Self = Self("is_nan", "1 where x is nan, else 0", .zero, { $0.isNaN ? 1 : 0 })
  static let logicalNot: Self = Self(
    "not", "1 where x is 0, else 0", .zero, { $0 == 0 ? 1 : 0 })

  /// The smaller of sigmoid(x) and sigmoid(-x); no operation of the language.
  static let sigmoidTail: Self = Self(
    "sigmoid", "sigmoid(-|x|)",
    .rule { upstream, x, q in try upstream.times(q * (1 - q) * -UnaryOperation.sign(x)) },
    VectorMath.SigmoidTail.self)

  /// Every operation of one tensor that the language offers.
  public static let all: [UnaryOperation] = [
    neg, abs, sign, exp, log, log2, log10, log1p, expm1, sqrt, square, sin, cos, tan, asin, acos, atan, sinh,
    cosh, tanh, sigmoid, logSigmoid, softplus, relu, floor, ceil, round, isFinite, isNaN, logicalNot,
  ]
}
