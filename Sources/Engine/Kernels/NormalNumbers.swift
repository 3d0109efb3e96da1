/// Normal numbers by Marsaglia's polar method, which needs nothing but IEEE operations and a logarithm of our own, so
/// that weights have the same bits everywhere.
enum NormalNumbers {
  /// Writes numbers `range`, which begins at an even one, of a stream into the first row of `target`.
  static func draw(_ stream: Philox, _ range: Range<Int>, deviation: Double, into target: FloatView) {
    let to = target.at(0)
    for i in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      let pair = pair(stream, UInt64(i / 2))
      to[i] = Float(pair.x * deviation)
      if i + 1 < range.upperBound { to[i + 1] = Float(pair.y * deviation) }
    }
  }

  /// Two independent standard normal numbers.
  private static func pair(_ stream: Philox, _ index: UInt64) -> SIMD2<Double> {
    for attempt in 0..<64 as Range<UInt64> {
      let words = stream.words(at: index << 6 | attempt)
      let u = Double(Int32(bitPattern: words[0])) * 0x1p-31
      let v = Double(Int32(bitPattern: words[1])) * 0x1p-31
      let s = u * u + v * v
      if s > 1e-30, s < 1 {
        let factor = (-2 * Double(Exponential.log(Float(s))) / s).squareRoot()
        return SIMD2(u * factor, v * factor)
      }
    }
    return .zero
  }
}
