/// A hash of numbers' bits, in eight streams.
struct Fingerprint {
  private var streams = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &* 0x9E37_79B9_7F4A_7C15

  mutating func add(_ value: UInt64) {
    streams = (streams ^ SIMD8(repeating: value)) &* 0x2545_F491_4F6C_DD1D
    streams ^= streams &>> 29
  }

  /// Adds the numbers of the first row.
  mutating func add(_ view: FloatView) {
    let (values, count) = (view.at(0), view.columns)
    var i = 0
    while i + 8 <= count {
      let bits = unsafeBitCast(values.eight(i), to: SIMD8<UInt32>.self)
      streams = (streams ^ SIMD8<UInt64>(truncatingIfNeeded: bits)) &* 0x2545_F491_4F6C_DD1D
      streams ^= streams &>> 29
      i += 8
    }
    while i < count {
      add(UInt64(values[i].bitPattern))
      i += 1
    }
  }

  var value: UInt64 {
    var hash: UInt64 = 0
    for i in 0..<8 {
      hash = (hash ^ streams[i]) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    return hash
  }
}
