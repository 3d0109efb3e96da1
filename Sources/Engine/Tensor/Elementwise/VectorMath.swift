/// Elementary functions on eight numbers at once.
///
/// Goals, in order: (1) at most 2 units in the last place from the true value over the whole range,
/// subnormal results included; (2) the same bits for a number wherever it stands in an array, and alone;
/// (3) infinities and NaN as in IEEE 754; (4) speed.
enum VectorMath {
  typealias Vector = SIMD8<Double>

  /// A function on eight numbers as a type, so that a loop over an array is compiled around it.
  protocol Function: SendableMetatype {
    static func apply(_ x: Vector) -> Vector
  }

  /// A function of two times eight numbers as a type.
  protocol PairFunction: SendableMetatype {
    static func apply(_ a: Vector, _ b: Vector) -> Vector
  }

  /// A function of three times eight numbers as a type.
  protocol TripleFunction: SendableMetatype {
    static func apply(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector
  }
  private typealias Bits = SIMD8<Int64>

  /// 1.5 * 2^52: adding it leaves a number's nearest integer in the low bits.
  private static var roundingMagic: Double { 0x1.8p52 }

  @inline(__always)
  private static func powerOfTwo(_ exponent: Bits) -> Vector {
    unsafeBitCast((exponent &+ Bits(repeating: 1023)) &<< Bits(repeating: 52), to: Vector.self)
  }

  /// The exponential.
  ///
  ///     x = k ln 2 + r, |r| <= ln 2 / 2;  exp x = 2^k (1 + r + r^2 q(r))
  ///
  /// `q` is of degree 9, fitted by least squares of r^2 q(r) at 160 Chebyshev points, which leaves an error
  /// below 4e-18. The scale is applied in two halves, so that subnormal results are rounded once.
  @inline(__always)
  static func exp(_ x: Vector) -> Vector {
    // Comparisons and selects compile to vector instructions; `clamped` calls a function a lane.
    var clamped = x.replacing(with: Vector(repeating: -750), where: x .< Vector(repeating: -750))
    clamped.replace(with: Vector(repeating: 710), where: x .> Vector(repeating: 710))
    let magic = Vector(repeating: roundingMagic)
    let shifted = magic.addingProduct(clamped, Vector(repeating: 0x1.71547652b82fep0))
    let k = shifted - magic
    var r = clamped.addingProduct(k, Vector(repeating: -0x1.62e42fefa39efp-1))
    r = r.addingProduct(k, Vector(repeating: -0x1.abc9e3b39803fp-56))
    var q = Vector(repeating: 0x1.af6e0201a4beap-26)
    q = Vector(repeating: 0x1.28b116b697948p-22).addingProduct(q, r)
    q = Vector(repeating: 0x1.71ddeece21c85p-19).addingProduct(q, r)
    q = Vector(repeating: 0x1.a019959a5f471p-16).addingProduct(q, r)
    q = Vector(repeating: 0x1.a01a01b41568ap-13).addingProduct(q, r)
    q = Vector(repeating: 0x1.6c16c18611ee8p-10).addingProduct(q, r)
    q = Vector(repeating: 0x1.111111110ea9fp-7).addingProduct(q, r)
    q = Vector(repeating: 0x1.555555554fddbp-5).addingProduct(q, r)
    q = Vector(repeating: 0x1.555555555555cp-3).addingProduct(q, r)
    q = Vector(repeating: 0x1.000000000000cp-1).addingProduct(q, r)
    let p = r.addingProduct(r * r, q) + 1
    let exponent = unsafeBitCast(shifted, to: Bits.self) &- unsafeBitCast(magic, to: Bits.self)
    let half = exponent &>> Bits(repeating: 1)
    let value = p * powerOfTwo(half) * powerOfTwo(exponent &- half)
    return value.replacing(with: x, where: x .!= x)
  }

  /// The natural logarithm; minus infinity at 0, NaN below.
  ///
  ///     x = 2^k m, m in [sqrt 1/2, sqrt 2);  f = m - 1, s = f / (2 + f)
  ///     log m = f - (f^2/2 - s (f^2/2 + R)),  R = sum_{n=1..11} 2 s^2n / (2n + 1)
  @inline(__always)
  static func log(_ x: Vector) -> Vector {
    let tiny = x .< Vector(repeating: Double.leastNormalMagnitude)
    let scaled = x.replacing(with: x * 0x1p54, where: tiny)
    let bits = unsafeBitCast(scaled, to: Bits.self)
    let k = (bits &- Bits(repeating: 0x3FE6_A09E_667F_3BCD)) &>> Bits(repeating: 52)
    let f = unsafeBitCast(bits &- (k &<< Bits(repeating: 52)), to: Vector.self) - 1
    let magic = Vector(repeating: roundingMagic)
    var exponent = unsafeBitCast(unsafeBitCast(magic, to: Bits.self) &+ k, to: Vector.self) - magic
    exponent.replace(with: exponent - 54, where: tiny)
    let s = f / (f + 2)
    let z = s * s
    var series = Vector(repeating: 2.0 / 23)
    series = Vector(repeating: 2.0 / 21).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 19).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 17).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 15).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 13).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 11).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 9).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 7).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 5).addingProduct(series, z)
    series = Vector(repeating: 2.0 / 3).addingProduct(series, z)
    let halfSquare = 0.5 * f * f
    let correction = (s * (halfSquare + series * z)).addingProduct(
      exponent, Vector(repeating: 0x1.abc9e3b39803fp-56))
    let mantissa = f - (halfSquare - correction)
    var value = mantissa.addingProduct(exponent, Vector(repeating: 0x1.62e42fefa39efp-1))
    value.replace(with: x, where: x .== Double.infinity)
    value.replace(with: -Double.infinity, where: x .== 0)
    value.replace(with: Double.nan, where: x .< 0)
    return value.replacing(with: x, where: x .!= x)
  }

  /// log(1 + x) without the loss of a small x: `log u + (x - (u - 1)) / u` with u = 1 + x rounded.
  @inline(__always)
  static func log1p(_ x: Vector) -> Vector {
    let u = x + 1
    var value = log(u) + (x - (u - 1)) / u
    value.replace(with: x, where: x .== Double.infinity)
    value.replace(with: x, where: x .== 0)
    value.replace(with: -Double.infinity, where: x .== -1)
    return value
  }

  @inline(__always)
  private static func magnitude(_ x: Vector) -> Vector {
    unsafeBitCast(unsafeBitCast(x, to: Bits.self) & Bits(repeating: .max), to: Vector.self)
  }

  /// The logistic function at -|x|: q = exp(-|x|) / (1 + exp(-|x|)), at most 1/2.
  @inline(__always)
  static func sigmoidTail(_ x: Vector) -> Vector {
    let e = exp(-magnitude(x))
    return e / (e + 1)
  }

  /// The logistic function 1 / (1 + exp(-x)) of x and q = `sigmoidTail(x)`, accurate in both tails.
  @inline(__always)
  static func sigmoid(_ x: Vector, tail q: Vector) -> Vector { q.replacing(with: 1 - q, where: x .>= 0) }

  /// log sigmoid(x) = min(x, 0) - log(1 + exp(-|x|)).
  @inline(__always)
  static func logSigmoid(_ x: Vector) -> Vector {
    x.replacing(with: 0, where: x .> 0) - log1p(exp(-magnitude(x)))
  }

  /// softplus(x) = max(x, 0) + log(1 + exp(-|x|)).
  @inline(__always)
  static func softplus(_ x: Vector) -> Vector {
    x.replacing(with: 0, where: x .< 0) + log1p(exp(-magnitude(x)))
  }

  /// Loads eight numbers, or what is left of them padded with ones.
  @inline(__always)
  static func load(_ base: UnsafePointer<Double>, _ count: Int) -> Vector {
    if count >= 8 { return UnsafeRawPointer(base).loadUnaligned(as: Vector.self) }
    var vector = Vector(repeating: 1)
    for lane in 0..<count { vector[lane] = base[lane] }
    return vector
  }

  /// Stores eight numbers, or the first `count` of them.
  @inline(__always)
  static func store(_ vector: Vector, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
    if count >= 8 {
      UnsafeMutableRawPointer(out).storeBytes(of: vector, as: Vector.self)
    } else {
      for lane in 0..<count { out[lane] = vector[lane] }
    }
  }

  /// Stores what `vector` gives for every eight places, and for the rest.
  @inline(__always)
  static func fill(
    _ out: UnsafeMutablePointer<Double>, _ count: Int, _ vector: (_ start: Int, _ count: Int) -> Vector
  ) {
    var i = 0
    while i + 8 <= count {
      store(vector(i, 8), out + i, 8)
      i += 8
    }
    if i < count { store(vector(i, count - i), out + i, count - i) }
  }

  /// `function` along a strip.
  @inline(__always)
  static func map<F: Function>(
    _ function: F.Type, _ a: Strip, _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    if a.step == 0 {
      let value = F.apply(Vector(repeating: a.base[0]))
      fill(out, count) { _, _ in value }
    } else {
      fill(out, count) { F.apply(load(a.base + $0, $1)) }
    }
  }

  /// `function` along two strips; a strip that stands still is loaded once.
  @inline(__always)
  static func map<F: PairFunction>(
    _ function: F.Type, _ a: Strip, _ b: Strip, _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    if a.step == 0 {
      let left = Vector(repeating: a.base[0])
      fill(out, count) { F.apply(left, b.step == 0 ? Vector(repeating: b.base[0]) : load(b.base + $0, $1)) }
    } else if b.step == 0 {
      let right = Vector(repeating: b.base[0])
      fill(out, count) { F.apply(load(a.base + $0, $1), right) }
    } else {
      fill(out, count) { F.apply(load(a.base + $0, $1), load(b.base + $0, $1)) }
    }
  }

  /// `function` along three strips.
  @inline(__always)
  static func map<F: TripleFunction>(
    _ function: F.Type, _ a: Strip, _ b: Strip, _ c: Strip, _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    fill(out, count) { start, count in
      F.apply(
        a.step == 0 ? Vector(repeating: a.base[0]) : load(a.base + start, count),
        b.step == 0 ? Vector(repeating: b.base[0]) : load(b.base + start, count),
        c.step == 0 ? Vector(repeating: c.base[0]) : load(c.base + start, count))
    }
  }

  /// The numbers that `sum` adds up eight lanes at a time, before it adds blocks in pairs.
  static let sumBlock = 512

  /// The sum of `count` numbers in a fixed order: eight lanes over blocks, blocks in pairs.
  static func sum(_ base: UnsafePointer<Double>, _ count: Int) -> Double {
    pairwise(0, count) { start, count in blockSum(base + start, count) }
  }

  /// The sum of what `block` gives for each block of `start..<start + count`, added in pairs.
  static func pairwise(_ start: Int, _ count: Int, _ block: (_ start: Int, _ count: Int) -> Double) -> Double
  {
    if count <= sumBlock { return block(start, count) }
    let half = (count / 2 + sumBlock - 1) / sumBlock * sumBlock
    return pairwise(start, half, block) + pairwise(start + half, count - half, block)
  }

  private static func blockSum(_ base: UnsafePointer<Double>, _ count: Int) -> Double {
    if count <= 8 {
      var total = 0.0
      for i in 0..<count { total += base[i] }
      return total
    }
    var lanes = Vector(repeating: 0)
    var i = 0
    while i + 8 <= count {
      lanes += load(base + i, 8)
      i += 8
    }
    var tail = 0.0
    while i < count {
      tail += base[i]
      i += 1
    }
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1] + tail
  }
}

extension VectorMath {
  enum Exp: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.exp(x) }
  }

  enum Log: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.log(x) }
  }

  enum Log1p: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.log1p(x) }
  }

  enum SigmoidTail: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.sigmoidTail(x) }
  }

  enum SigmoidOfTail: PairFunction {
    @inline(__always)
    static func apply(_ x: Vector, _ q: Vector) -> Vector { VectorMath.sigmoid(x, tail: q) }
  }

  enum LogSigmoid: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.logSigmoid(x) }
  }

  enum Softplus: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { VectorMath.softplus(x) }
  }
}
