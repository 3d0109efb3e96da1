/// Arithmetic and comparisons on eight numbers at once.
extension VectorMath {
  @inline(__always)
  private static func indicator(_ mask: SIMDMask<SIMD8<Int64>>) -> Vector {
    Vector(repeating: 0).replacing(with: 1, where: mask)
  }

  enum Identity: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { x }
  }

  enum Negation: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { -x }
  }

  enum Square: Function {
    @inline(__always)
    static func apply(_ x: Vector) -> Vector { x * x }
  }

  enum Sum: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { a + b }
  }

  enum Difference: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { a - b }
  }

  enum Product: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { a * b }
  }

  enum Quotient: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { a / b }
  }

  enum Minimum: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector {
      b.replacing(with: a, where: (a .<= b) .| (a .!= a))
    }
  }

  enum Maximum: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector {
      b.replacing(with: a, where: (a .>= b) .| (a .!= a))
    }
  }

  /// 0 where a is 0, whatever b is.
  enum ZeroSafeProduct: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { (a * b).replacing(with: 0, where: a .== 0) }
  }

  enum Below: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .< b) }
  }

  enum NotAbove: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .<= b) }
  }

  enum Above: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .> b) }
  }

  enum NotBelow: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .>= b) }
  }

  enum Equal: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .== b) }
  }

  enum Unequal: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator(a .!= b) }
  }

  enum Both: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator((a .!= 0) .& (b .!= 0)) }
  }

  enum Either: PairFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector) -> Vector { indicator((a .!= 0) .| (b .!= 0)) }
  }

  /// b where a is not 0, else c.
  enum Choice: TripleFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      b.replacing(with: c, where: a .== 0)
    }
  }

  /// a, but at least b and at most c; NaN stays.
  enum Clamped: TripleFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      a.replacing(with: b, where: a .< b).replacing(with: c, where: a .> c)
    }
  }

  /// 1 where a is from b to c, else 0.
  enum Inside: TripleFunction {
    @inline(__always)
    static func apply(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector { indicator((a .>= b) .& (a .<= c)) }
  }
}
