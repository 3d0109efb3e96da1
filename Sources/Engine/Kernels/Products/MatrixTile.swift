// Products: matrix products, forwards from packed weights and backwards to inputs and weights.

/// The innermost product: a few rows times a panel of packed columns, held in registers.
///
/// Every output is one chain of fused multiply-adds, k ascending, so its bits depend neither on the rows
/// computed beside it nor on the width of the machine's registers.
enum MatrixTile {
  /// Columns of a packed panel.
  static let width = 32

  /// Eight rows by 32 columns: `y[i][j] = source[i][j] + sum_k a[i][k] b[k][j]`.
  ///
  /// `a[i][k]` lies at `a + i * aRow + k * aStep`, `b[k]` at `b + k * bStep`; without `source` the sum is
  /// stored alone. `y` and `source` have rows of `yRow` floats.
  @inline(__always)
  static func eight(
    _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats, _ bStep: Int,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    var c00 = Lanes.zero
    var c01 = Lanes.zero
    var c10 = Lanes.zero
    var c11 = Lanes.zero
    var c20 = Lanes.zero
    var c21 = Lanes.zero
    var c30 = Lanes.zero
    var c31 = Lanes.zero
    var c40 = Lanes.zero
    var c41 = Lanes.zero
    var c50 = Lanes.zero
    var c51 = Lanes.zero
    var c60 = Lanes.zero
    var c61 = Lanes.zero
    var c70 = Lanes.zero
    var c71 = Lanes.zero
    var p = a
    var q = a + 4 * aRow
    var b = b
    let row = aRow
    let row2 = 2 * aRow
    let row3 = 3 * aRow
    for _ in 0..<steps {
      let b0 = b.lanes(0)
      let b1 = b.lanes(16)
      var v = Lanes(repeating: p[0])
      c00 = c00.addingProduct(v, b0)
      c01 = c01.addingProduct(v, b1)
      v = Lanes(repeating: p[row])
      c10 = c10.addingProduct(v, b0)
      c11 = c11.addingProduct(v, b1)
      v = Lanes(repeating: p[row2])
      c20 = c20.addingProduct(v, b0)
      c21 = c21.addingProduct(v, b1)
      v = Lanes(repeating: p[row3])
      c30 = c30.addingProduct(v, b0)
      c31 = c31.addingProduct(v, b1)
      v = Lanes(repeating: q[0])
      c40 = c40.addingProduct(v, b0)
      c41 = c41.addingProduct(v, b1)
      v = Lanes(repeating: q[row])
      c50 = c50.addingProduct(v, b0)
      c51 = c51.addingProduct(v, b1)
      v = Lanes(repeating: q[row2])
      c60 = c60.addingProduct(v, b0)
      c61 = c61.addingProduct(v, b1)
      v = Lanes(repeating: q[row3])
      c70 = c70.addingProduct(v, b0)
      c71 = c71.addingProduct(v, b1)
      p += aStep
      q += aStep
      b += bStep
    }
    put(c00, c01, source, y, 0)
    put(c10, c11, source, y, yRow)
    put(c20, c21, source, y, 2 * yRow)
    put(c30, c31, source, y, 3 * yRow)
    put(c40, c41, source, y, 4 * yRow)
    put(c50, c51, source, y, 5 * yRow)
    put(c60, c61, source, y, 6 * yRow)
    put(c70, c71, source, y, 7 * yRow)
  }

  /// Four rows by 32 columns, as `eight`.
  @inline(__always)
  static func four(
    _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats, _ bStep: Int,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    var c00 = Lanes.zero
    var c01 = Lanes.zero
    var c10 = Lanes.zero
    var c11 = Lanes.zero
    var c20 = Lanes.zero
    var c21 = Lanes.zero
    var c30 = Lanes.zero
    var c31 = Lanes.zero
    var p = a
    var b = b
    let row2 = 2 * aRow
    let row3 = 3 * aRow
    for _ in 0..<steps {
      let b0 = b.lanes(0)
      let b1 = b.lanes(16)
      var v = Lanes(repeating: p[0])
      c00 = c00.addingProduct(v, b0)
      c01 = c01.addingProduct(v, b1)
      v = Lanes(repeating: p[aRow])
      c10 = c10.addingProduct(v, b0)
      c11 = c11.addingProduct(v, b1)
      v = Lanes(repeating: p[row2])
      c20 = c20.addingProduct(v, b0)
      c21 = c21.addingProduct(v, b1)
      v = Lanes(repeating: p[row3])
      c30 = c30.addingProduct(v, b0)
      c31 = c31.addingProduct(v, b1)
      p += aStep
      b += bStep
    }
    put(c00, c01, source, y, 0)
    put(c10, c11, source, y, yRow)
    put(c20, c21, source, y, 2 * yRow)
    put(c30, c31, source, y, 3 * yRow)
  }

  /// One row by 32 columns, as `eight`.
  @inline(__always)
  static func one(
    _ steps: Int, _ a: Floats, _ aStep: Int, _ b: Floats, _ bStep: Int, _ source: Floats?,
    _ y: MutableFloats
  ) {
    var c0 = Lanes.zero
    var c1 = Lanes.zero
    var p = a
    var b = b
    for _ in 0..<steps {
      let v = Lanes(repeating: p[0])
      c0 = c0.addingProduct(v, b.lanes(0))
      c1 = c1.addingProduct(v, b.lanes(16))
      p += aStep
      b += bStep
    }
    put(c0, c1, source, y, 0)
  }

  /// Four rows by 32 columns in two halves of 16, eight floats a register: for machines with 16 registers.
  @inline(__always)
  static func fourNarrow(
    _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats, _ bStep: Int,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    for half in 0..<2 {
      let column = half * 16
      var c00 = SIMD8<Float>.zero
      var c01 = SIMD8<Float>.zero
      var c10 = SIMD8<Float>.zero
      var c11 = SIMD8<Float>.zero
      var c20 = SIMD8<Float>.zero
      var c21 = SIMD8<Float>.zero
      var c30 = SIMD8<Float>.zero
      var c31 = SIMD8<Float>.zero
      var p = a
      var b = b + column
      let row2 = 2 * aRow
      let row3 = 3 * aRow
      for _ in 0..<steps {
        let b0 = b.eight(0)
        let b1 = b.eight(8)
        var v = SIMD8<Float>(repeating: p[0])
        c00 = c00.addingProduct(v, b0)
        c01 = c01.addingProduct(v, b1)
        v = SIMD8(repeating: p[aRow])
        c10 = c10.addingProduct(v, b0)
        c11 = c11.addingProduct(v, b1)
        v = SIMD8(repeating: p[row2])
        c20 = c20.addingProduct(v, b0)
        c21 = c21.addingProduct(v, b1)
        v = SIMD8(repeating: p[row3])
        c30 = c30.addingProduct(v, b0)
        c31 = c31.addingProduct(v, b1)
        p += aStep
        b += bStep
      }
      put(c00, c01, source, y, column)
      put(c10, c11, source, y, column + yRow)
      put(c20, c21, source, y, column + 2 * yRow)
      put(c30, c31, source, y, column + 3 * yRow)
    }
  }

  @inline(__always)
  private static func put(_ c0: Lanes, _ c1: Lanes, _ source: Floats?, _ y: MutableFloats, _ at: Int) {
    if let source {
      y.store(source.lanes(at) + c0, at)
      y.store(source.lanes(at + 16) + c1, at + 16)
    } else {
      y.store(c0, at)
      y.store(c1, at + 16)
    }
  }

  @inline(__always)
  private static func put(
    _ c0: SIMD8<Float>, _ c1: SIMD8<Float>, _ source: Floats?, _ y: MutableFloats, _ at: Int
  ) {
    if let source {
      y.store(source.eight(at) + c0, at)
      y.store(source.eight(at + 8) + c1, at + 8)
    } else {
      y.store(c0, at)
      y.store(c1, at + 8)
    }
  }
}
