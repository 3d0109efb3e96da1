/// Normal numbers by Marsaglia's polar method, which needs nothing but IEEE operations and a logarithm of our own, so
/// that weights have the same bits everywhere.
///
/// A pair (u, v), uniform in [-1, 1)^2, with s = u^2 + v^2 in (0, 1) gives (u, v) sqrt(-2 log(s) / s); any other is
/// drawn again, as attempt 1, 2, ... of the same pair.
enum NormalNumbers {
  /// Writes numbers `range`, which begins at an even one, of a stream into the first row of `target`.
  static func draw(_ stream: Philox, _ range: Range<Int>, deviation: Double, into target: FloatView) {
    let to = target.at(0)
    var i = range.lowerBound
    while i + 16 <= range.upperBound {
      let pairs = eightPairs(stream, UInt64(i / 2))
      let x = SIMD8<Float>(pairs.x * deviation)
      let y = SIMD8<Float>(pairs.y * deviation)
      for lane in 0..<8 {
        to[i + 2 * lane] = x[lane]
        to[i + 2 * lane + 1] = y[lane]
      }
      i += 16
    }
    while i < range.upperBound {
      let pair = pair(stream, UInt64(i / 2), from: 0)
      to[i] = Float(pair.x * deviation)
      if i + 1 < range.upperBound { to[i + 1] = Float(pair.y * deviation) }
      i += 2
    }
  }

  /// Pairs `first` to `first + 7`: the first attempts together, the few others one by one.
  @inline(__always)
  private static func eightPairs(_ stream: Philox, _ first: UInt64) -> (x: SIMD8<Double>, y: SIMD8<Double>) {
    let words = stream.eightWords(at: first << 6, apart: 64)
    let u = SIMD8<Double>(SIMD8<Int32>(truncatingIfNeeded: words.0)) * 0x1p-31
    let v = SIMD8<Double>(SIMD8<Int32>(truncatingIfNeeded: words.1)) * 0x1p-31
    let s = u * u + v * v
    let accepted = (s .> 1e-30) .& (s .< 1)
    let logs = SIMD8<Double>(Exponential.log(SIMD8<Float>(s.replacing(with: 0.5, where: .!accepted))))
    let factor = (-2 * logs / s).squareRoot()
    var (x, y) = (u * factor, v * factor)
    for lane in 0..<8 where !accepted[lane] {
      let pair = pair(stream, first + UInt64(lane), from: 1)
      x[lane] = pair.x
      y[lane] = pair.y
    }
    return (x, y)
  }

  /// A pair whose attempts before `attempt` have failed.
  private static func pair(_ stream: Philox, _ index: UInt64, from attempt: UInt64) -> SIMD2<Double> {
    for attempt in attempt..<64 {
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
