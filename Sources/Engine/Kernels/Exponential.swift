/// The exponential and the logarithm as polynomials in IEEE operations alone, so that they give the same
/// bits on every machine with a fused multiply-add.
enum Exponential {
  /// e^x for one value, with the bits of the sixteen-lane form.
  @inline(__always) static func scalar(_ x: Float) -> Float { exp16(Lanes(repeating: x))[0] }

  /// The natural logarithm of a positive, finite, normal number, with the bits of the eight-lane form.
  @inline(__always) static func log(_ x: Float) -> Float { log(SIMD8<Float>(repeating: x))[0] }

  /// The natural logarithm of positive, finite, normal numbers, correctly rounded but for ties.
  ///
  /// m in [sqrt(1/2), sqrt 2) with x = m 2^e; log m = 2 artanh((m-1)/(m+1)) by its series in double precision.
  @inline(__always) static func log(_ x: SIMD8<Float>) -> SIMD8<Float> {
    typealias Wide = SIMD8<Double>
    let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
    let one = SIMD8<UInt32>(repeating: 0x3F80_0000)
    let fraction = (bits & SIMD8(repeating: 0x007F_FFFF)) | one
    var exponent = Wide(SIMD8<Int32>(truncatingIfNeeded: bits &>> SIMD8(repeating: 23))) - 127
    var m = Wide(unsafeBitCast(fraction, to: SIMD8<Float>.self))
    let isLarge = m .> Wide(repeating: 1.414_213_562_373_095_1)
    m.replace(with: m * 0.5, where: isLarge)
    exponent.replace(with: exponent + 1, where: isLarge)
    let s = (m - 1) / (m + 1)
    let q = s * s
    var p = Wide(repeating: 1.0 / 15)
    p = Wide(repeating: 1.0 / 13).addingProduct(p, q)
    p = Wide(repeating: 1.0 / 11).addingProduct(p, q)
    p = Wide(repeating: 1.0 / 9).addingProduct(p, q)
    p = Wide(repeating: 1.0 / 7).addingProduct(p, q)
    p = Wide(repeating: 1.0 / 5).addingProduct(p, q)
    p = Wide(repeating: 1.0 / 3).addingProduct(p, q)
    p = Wide(repeating: 1).addingProduct(p, q)
    return SIMD8<Float>((2 * s * p).addingProduct(exponent, Wide(repeating: 0.693_147_180_559_945_3)))
  }
}

/// e^x for sixteen values, within 2 ulp; 0 below -87, infinity above 88.7, NaN for NaN.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 split in two), e^r by its Taylor polynomial of degree 7,
/// then 2^n in two halves through the exponent bits.
@inline(__always) func exp16(_ x: Lanes) -> Lanes {
  let magic: Float = 12_582_912
  let capped = x.replacing(with: Lanes(repeating: 89), where: x .> Lanes(repeating: 89))
  let clamped = capped.replacing(with: Lanes(repeating: -88), where: capped .< Lanes(repeating: -88))
  let shifted = Lanes(repeating: magic).addingProduct(clamped, Lanes(repeating: 1.442_695_04))
  let n = shifted - Lanes(repeating: magic)
  var r = clamped.addingProduct(n, Lanes(repeating: -0.693_359_375))
  r = r.addingProduct(n, Lanes(repeating: 2.121_944_4e-4))
  var p = Lanes(repeating: 1.984_126_98e-4)
  p = Lanes(repeating: 1.388_888_89e-3).addingProduct(p, r)
  p = Lanes(repeating: 8.333_333_33e-3).addingProduct(p, r)
  p = Lanes(repeating: 4.166_666_67e-2).addingProduct(p, r)
  p = Lanes(repeating: 1.666_666_67e-1).addingProduct(p, r)
  p = Lanes(repeating: 0.5).addingProduct(p, r)
  p = Lanes(repeating: 1).addingProduct(p, r)
  p = Lanes(repeating: 1).addingProduct(p, r)
  let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- SIMD16<Int32>(repeating: 0x4B40_0000)
  let half = exponent &>> SIMD16<Int32>(repeating: 1)
  let rest = exponent &- half
  let bias = SIMD16<Int32>(repeating: 127)
  let shift = SIMD16<Int32>(repeating: 23)
  let low = unsafeBitCast((half &+ bias) &<< shift, to: Lanes.self)
  let high = unsafeBitCast((rest &+ bias) &<< shift, to: Lanes.self)
  let value = p * low * high
  return value.replacing(with: Lanes(repeating: 0), where: x .< Lanes(repeating: -87))
}
