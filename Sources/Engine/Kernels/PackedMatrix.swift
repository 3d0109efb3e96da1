/// A matrix in panels of 32 columns, each panel with its `depth` rows one after the other, so that a
/// product reads it straight through.
///
/// Missing columns of the last panel are zero.
struct PackedMatrix {
  let base: Floats
  /// The length of the sums, k.
  let depth: Int
  /// The number of outputs.
  let columns: Int

  /// Sums longer than this are cut into blocks that are added in order.
  static let block = 256

  /// The floats that a matrix of this size takes when packed.
  static func size(depth: Int, columns: Int) -> Int { (columns + 31) / 32 * 32 * depth }

  /// Packs W `[columns, depth]`, row-major, for x W^T.
  static func pack(transposing w: Floats, depth: Int, columns: Int, into base: MutableFloats) -> PackedMatrix
  {
    for panel in 0..<(columns + 31) / 32 {
      let target = base + panel * depth * 32
      let width = min(32, columns - panel * 32)
      if width < 32 { target.update(repeating: 0, count: depth * 32) }
      for j in 0..<width {
        let source = w + (panel * 32 + j) * depth
        for k in 0..<depth { target[k &* 32 &+ j] = source[k] }
      }
    }
    return PackedMatrix(base: Floats(base), depth: depth, columns: columns)
  }

  /// Packs W `[depth, columns]`, row-major, for x W.
  static func pack(_ w: Floats, depth: Int, columns: Int, into base: MutableFloats) -> PackedMatrix {
    for panel in 0..<(columns + 31) / 32 {
      let target = base + panel * depth * 32
      let width = min(32, columns - panel * 32)
      if width < 32 { target.update(repeating: 0, count: depth * 32) }
      for k in 0..<depth { (target + k * 32).update(from: w + k * columns + panel * 32, count: width) }
    }
    return PackedMatrix(base: Floats(base), depth: depth, columns: columns)
  }

  /// `y = x * matrix (+ source)` for `rows` rows of x.
  ///
  /// Each sum is a chain of fused multiply-adds, k ascending, in blocks of 256 that are added in order; its
  /// bits depend on nothing but the row and the matrix.
  /// - Parameters:
  ///   - x: `[rows, depth]`, rows `xRow` floats apart.
  ///   - y: `[rows, columns]`, rows `yRow` floats apart; so is `source`, which may be `y` itself.
  func multiply(
    _ rows: Int, _ x: Floats, _ xRow: Int, into y: MutableFloats, _ yRow: Int, adding source: Floats? = nil
  ) {
    let wide = MatrixTile.hasWideRegisters
    for panel in 0..<(columns + 31) / 32 {
      let column = panel * 32
      let width = min(32, columns - column)
      var k = 0
      repeat {
        let steps = min(PackedMatrix.block, depth - k)
        let b = base + (panel * depth + k) * 32
        let from = k == 0 ? source.map { $0 + column } : Floats(y) + column
        if width == 32 {
          PackedMatrix.tiles(wide, rows, steps, x + k, xRow, b, from, y + column, yRow)
        } else {
          PackedMatrix.partial(wide, rows, steps, x + k, xRow, b, from, y + column, yRow, width)
        }
        k += steps
      } while k < depth
    }
  }

  private static func tiles(
    _ wide: Bool, _ rows: Int, _ steps: Int, _ x: Floats, _ xRow: Int, _ b: Floats,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    var row = 0
    if wide {
      while row + 8 <= rows {
        MatrixTile.eight(
          steps, x + row * xRow, xRow, 1, b, 32, source.map { $0 + row * yRow }, y + row * yRow, yRow)
        row += 8
      }
    }
    while row + 4 <= rows {
      let (from, to) = (source.map { $0 + row * yRow }, y + row * yRow)
      if wide {
        MatrixTile.four(steps, x + row * xRow, xRow, 1, b, 32, from, to, yRow)
      } else {
        MatrixTile.fourNarrow(steps, x + row * xRow, xRow, 1, b, 32, from, to, yRow)
      }
      row += 4
    }
    while row < rows {
      MatrixTile.one(steps, x + row * xRow, 1, b, 32, source.map { $0 + row * yRow }, y + row * yRow)
      row += 1
    }
  }

  /// A last panel with fewer than 32 columns: whole tiles aside, then the columns that exist.
  private static func partial(
    _ wide: Bool, _ rows: Int, _ steps: Int, _ x: Floats, _ xRow: Int, _ b: Floats,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int, _ width: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { aside in
      guard let tile = aside.baseAddress else { return }
      var row = 0
      while row < rows {
        let height = min(8, rows - row)
        tiles(wide, height, steps, x + row * xRow, xRow, b, nil, tile, 32)
        for i in 0..<height {
          let at = (row + i) * yRow
          for j in 0..<width { y[at + j] = source.map { $0[at + j] + tile[i * 32 + j] } ?? tile[i * 32 + j] }
        }
        row += height
      }
    }
  }
}
