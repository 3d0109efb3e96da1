/// Counter-based random numbers: Philox4x32-10.
///
/// Every draw is a pure function of a key and a counter, so there is no generator state to save and no
/// order to preserve. The key is folded from a path such as (seed, purpose, step, sample).
///
/// Paper: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC'11).
public struct Philox: Sendable, Hashable {
  private let key: SIMD2<UInt32>
  private let stream: UInt64

  /// What a stream of numbers is for; two purposes never share numbers.
  public enum Purpose: UInt64, Sendable {
    case initialWeights = 1
    case prompts, sampling, supervised, evaluation, shuffle, script, evaluationPrompts, routing
  }

  /// A stream for `purpose` under `seed`, set apart from others by `path`.
  public init(seed: UInt64, _ purpose: Purpose, _ path: UInt64...) {
    var state = Philox.mix(seed ^ 0x9E37_79B9_7F4A_7C15)
    state = Philox.mix(state ^ purpose.rawValue)
    self.key = SIMD2(UInt32(truncatingIfNeeded: state), UInt32(truncatingIfNeeded: state >> 32))
    var stream: UInt64 = 0
    for part in path { stream = Philox.mix(stream &+ 0xD1B5_4A32_D192_ED03 ^ part) }
    self.stream = stream
  }

  /// Four random words for `counter`.
  public func words(at counter: UInt64) -> SIMD4<UInt32> {
    Philox.block(
      SIMD4(
        UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)), key)
  }

  /// 64 random bits for `counter`.
  public func bits(at counter: UInt64) -> UInt64 {
    let words = words(at: counter)
    return UInt64(words[0]) << 32 | UInt64(words[1])
  }

  /// Uniform in [0, 1), 53 bits.
  public func uniform(at counter: UInt64) -> Double { Double(bits(at: counter) >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound; the bias is below 2^-32 for the bounds used here.
  public func integer(below bound: Int, at counter: UInt64) -> Int {
    guard bound > 1 else { return 0 }
    return Int(bits(at: counter).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A permutation of 0..<count (Fisher and Yates), one draw an element.
  public func permutation(_ count: Int) throws -> [Int] {
    var order = Array(0..<max(count, 0))
    for i in stride(from: count - 1, to: 0, by: -1) {
      if i & 0xFFFF == 0 { try Interrupt.check("permutation") }
      order.swapAt(i, integer(below: i + 1, at: UInt64(i)))
    }
    return order
  }

  /// The ten rounds on one counter block.
  static func block(_ counter: SIMD4<UInt32>, _ key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for round in 0..<10 {
      if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let p0 = UInt64(c[0]) &* 0xD251_1F53
      let p1 = UInt64(c[2]) &* 0xCD9E_8D57
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0))
    }
    return c
  }

  /// The first two words for eight counters, `apart` from one another.
  @inline(__always)
  func eightWords(at counter: UInt64, apart: UInt64) -> (SIMD8<UInt32>, SIMD8<UInt32>) {
    let lane = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7)
    let counters = SIMD8(repeating: counter) &+ lane &* SIMD8(repeating: apart)
    let (high, low) = (SIMD8<UInt64>(repeating: 32), SIMD8<UInt64>(repeating: 0xFFFF_FFFF))
    // Each word of the counter in the lower half of 64 bits, where products of words fit.
    var c0 = counters & low
    var c1 = counters &>> high
    var c2 = SIMD8(repeating: stream & 0xFFFF_FFFF)
    var c3 = SIMD8(repeating: stream >> 32)
    var k = key
    for round in 0..<10 {
      if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let p0 = c0 &* SIMD8(repeating: 0xD251_1F53)
      let p1 = c2 &* SIMD8(repeating: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (
        (p1 &>> high) ^ c1 ^ SIMD8(repeating: UInt64(k[0])), p1 & low,
        (p0 &>> high) ^ c3 ^ SIMD8(repeating: UInt64(k[1])), p0 & low
      )
    }
    return (SIMD8<UInt32>(truncatingIfNeeded: c0), SIMD8<UInt32>(truncatingIfNeeded: c1))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
