/// A hash of numbers' bits, in eight streams.
struct Fingerprint {
  private var streams = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &* 0x9E37_79B9_7F4A_7C15

  mutating func add(_ value: UInt64) {
    streams = (streams ^ SIMD8(repeating: value)) &* 0x2545_F491_4F6C_DD1D
    streams ^= streams &>> 29
  }

  /// Adds the numbers of the views' first rows, as though they were one row.
  mutating func add(_ views: [FloatView]) {
    var (eight, filled) = (SIMD8<UInt32>.zero, 0)
    for view in views {
      let (values, count) = (view.at(0), view.columns)
      var i = 0
      while i < count {
        if filled == 0, i + 8 <= count {
          add(unsafeBitCast(values.eight(i), to: SIMD8<UInt32>.self))
          i += 8
          continue
        }
        eight[filled] = values[i].bitPattern
        (i, filled) = (i + 1, filled + 1)
        if filled == 8 {
          add(eight)
          filled = 0
        }
      }
    }
    for lane in 0..<filled { add(UInt64(eight[lane])) }
  }

  private mutating func add(_ bits: SIMD8<UInt32>) {
    streams = (streams ^ SIMD8<UInt64>(truncatingIfNeeded: bits)) &* 0x2545_F491_4F6C_DD1D
    streams ^= streams &>> 29
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
