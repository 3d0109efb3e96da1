/// Sixteen floats: one register with AVX-512, two with AVX2, four with NEON.
typealias Lanes = SIMD16<Float>
typealias MutableFloats = UnsafeMutablePointer<Float>
typealias Floats = UnsafePointer<Float>

extension UnsafePointer<Float> {
  /// Sixteen floats from `offset` on, wherever they lie.
  @inline(__always) func lanes(_ offset: Int) -> Lanes {
    UnsafeRawPointer(self + offset).loadUnaligned(as: Lanes.self)
  }

  /// Eight floats from `offset` on, wherever they lie.
  @inline(__always) func eight(_ offset: Int) -> SIMD8<Float> {
    UnsafeRawPointer(self + offset).loadUnaligned(as: SIMD8<Float>.self)
  }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always) func lanes(_ offset: Int) -> Lanes { Floats(self).lanes(offset) }

  @inline(__always) func eight(_ offset: Int) -> SIMD8<Float> { Floats(self).eight(offset) }

  @inline(__always) func store(_ value: Lanes, _ offset: Int) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: Lanes.self)
  }

  @inline(__always) func store(_ value: SIMD8<Float>, _ offset: Int) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: SIMD8<Float>.self)
  }
}

extension SIMD16<Float> {
  /// The sum of the lanes, in halves: the order never changes.
  @inline(__always) var total: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// The largest lane.
  @inline(__always) var largest: Float {
    let eight = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return two.y > two.x ? two.y : two.x
  }

  /// The larger of each pair of lanes.
  @inline(__always) func larger(_ other: Self) -> Self { replacing(with: other, where: other .> self) }
}

/// Calls `body` with room for `count` floats, which is gone afterwards; contents are undefined at first.
@inline(__always) func withFloats(_ count: Int, _ body: (MutableFloats) -> Void) {
  withUnsafeTemporaryAllocation(byteCount: max(count, 1) * 4, alignment: 64) { bytes in
    if let base = bytes.bindMemory(to: Float.self).baseAddress { body(base) }
  }
}

/// a x b + c in one rounding.
@inline(__always) func fma(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }
