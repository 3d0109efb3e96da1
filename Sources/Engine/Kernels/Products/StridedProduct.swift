/// A product of matrices that lie anywhere, of any size: the queries and keys, weights and values of attention.
///
/// Every output is one chain of fused multiply-adds, k ascending, whatever is computed beside it.
enum StridedProduct {
  /// `y[i][j] = source[i][j] + sum_k a[i][k] b[k][j]` for `rows` rows and `columns` columns.
  ///
  /// `a[i][k]` lies at `a + i * aRow + k * aStep`, `b[k][j]` at `b + k * bStep + j`; `y` and `source`, which may
  /// be `y` itself, have rows of `yRow` floats; without `source` the sum is stored alone.
  @inline(never)
  static func compute(
    _ rows: Int, _ columns: Int, _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int,
    _ b: Floats, _ bStep: Int, _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    var j = 0
    while j + 32 <= columns {
      pairs(rows, steps, a, aRow, aStep, b + j, bStep, source.map { $0 + j }, y + j, yRow)
      j += 32
    }
    if j + 16 <= columns {
      strip(Lanes.self, rows, steps, a, aRow, aStep, b + j, bStep, source.map { $0 + j }, y + j, yRow)
      j += 16
    }
    if j + 8 <= columns {
      strip(SIMD8<Float>.self, rows, steps, a, aRow, aStep, b + j, bStep, source.map { $0 + j }, y + j, yRow)
      j += 8
    }
    while j < columns {
      for i in 0..<rows {
        var sum: Float = 0
        for k in 0..<steps { sum = fma(a[i * aRow + k * aStep], b[k * bStep + j], sum) }
        y[i * yRow + j] = source.map { $0[i * yRow + j] + sum } ?? sum
      }
      j += 1
    }
  }

  /// 32 columns.
  @inline(__always)
  private static func pairs(
    _ rows: Int, _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int, _ b: Floats, _ bStep: Int,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    let wide = MatrixTile.hasWideRegisters
    var i = 0
    if wide {
      while i + 8 <= rows {
        MatrixTile.eight(
          steps, a + i * aRow, aRow, aStep, b, bStep, source.map { $0 + i * yRow }, y + i * yRow, yRow)
        i += 8
      }
    }
    while i + 4 <= rows {
      let (from, to) = (source.map { $0 + i * yRow }, y + i * yRow)
      if wide {
        MatrixTile.four(steps, a + i * aRow, aRow, aStep, b, bStep, from, to, yRow)
      } else {
        MatrixTile.fourNarrow(steps, a + i * aRow, aRow, aStep, b, bStep, from, to, yRow)
      }
      i += 4
    }
    while i < rows {
      MatrixTile.one(steps, a + i * aRow, aStep, b, bStep, source.map { $0 + i * yRow }, y + i * yRow)
      i += 1
    }
  }

  /// As many columns as a vector has lanes, eight rows at a time.
  @inline(__always)
  private static func strip<Vector: SIMD & BitwiseCopyable>(
    _: Vector.Type, _ rows: Int, _ steps: Int, _ a: Floats, _ aRow: Int, _ aStep: Int,
    _ b: Floats, _ bStep: Int, _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) where Vector.Scalar == Float {
    func put(_ sum: Vector, _ i: Int) {
      let old = source.map { UnsafeRawPointer($0 + i * yRow).loadUnaligned(as: Vector.self) }
      UnsafeMutableRawPointer(y + i * yRow).storeBytes(of: old.map { $0 + sum } ?? sum, as: Vector.self)
    }
    var i = 0
    while i + 8 <= rows {
      var (c0, c1, c2, c3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var (c4, c5, c6, c7) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var p = a + i * aRow
      var q = p + 4 * aRow
      var k = UnsafeRawPointer(b)
      for _ in 0..<steps {
        let v = k.loadUnaligned(as: Vector.self)
        c0 = c0.addingProduct(Vector(repeating: p[0]), v)
        c1 = c1.addingProduct(Vector(repeating: p[aRow]), v)
        c2 = c2.addingProduct(Vector(repeating: p[2 * aRow]), v)
        c3 = c3.addingProduct(Vector(repeating: p[3 * aRow]), v)
        c4 = c4.addingProduct(Vector(repeating: q[0]), v)
        c5 = c5.addingProduct(Vector(repeating: q[aRow]), v)
        c6 = c6.addingProduct(Vector(repeating: q[2 * aRow]), v)
        c7 = c7.addingProduct(Vector(repeating: q[3 * aRow]), v)
        p += aStep
        q += aStep
        k += bStep * 4
      }
      put(c0, i)
      put(c1, i + 1)
      put(c2, i + 2)
      put(c3, i + 3)
      put(c4, i + 4)
      put(c5, i + 5)
      put(c6, i + 6)
      put(c7, i + 7)
      i += 8
    }
    while i < rows {
      var sum = Vector.zero
      var p = a + i * aRow
      var k = UnsafeRawPointer(b)
      for _ in 0..<steps {
        sum = sum.addingProduct(Vector(repeating: p[0]), k.loadUnaligned(as: Vector.self))
        p += aStep
        k += bStep * 4
      }
      put(sum, i)
      i += 1
    }
  }
}
