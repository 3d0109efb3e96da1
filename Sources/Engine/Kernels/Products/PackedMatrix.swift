/// A matrix in panels of 32 columns, each panel with its `depth` rows one after the other, so that a
/// product reads it straight through.
///
/// Missing columns of the last panel are zero.
struct PackedMatrix: Sendable {
  /// One row for each panel, `depth` times 32 floats.
  private let panels: FloatView
  /// The length of the sums, k.
  let depth: Int
  /// The number of outputs.
  let columns: Int

  /// Sums longer than this are cut into blocks that are added in order.
  static let block = 256

  /// Stands for a matrix that nobody has packed; its products write nothing.
  static let none = PackedMatrix()

  private init() {
    depth = 0
    columns = 0
    panels = FloatView(unplaced: 0, 0)
  }

  /// A matrix of W `[columns, depth]` for x W^T, whose panels `pack` has still to fill.
  init(columns: Int, depth: Int, _ arena: inout FloatArena) {
    self.depth = depth
    self.columns = columns
    panels = arena.take((columns + 31) / 32, depth * 32)
  }

  /// A matrix of W `[depth, columns]` for x W, while one layer works, whose panels `pack(rows:of:)` has still to fill.
  init(depth: Int, columns: Int, ahead arena: inout FloatArena) {
    self.depth = depth
    self.columns = columns
    panels = arena.borrowAhead((columns + 31) / 32, depth * 32)
  }

  /// The number of parts that `pack` fills one at a time.
  var parts: Int { (panels.rows + 15) / 16 }

  /// Packs part `index` of W, row-major.
  func pack(part index: Int, of w: FloatView) {
    for panel in index * 16..<min(panels.rows, index * 16 + 16) {
      let target = panels.at(panel)
      let width = min(32, columns - panel * 32)
      if width < 32 { target.update(repeating: 0, count: depth * 32) }
      for first in stride(from: 0, to: depth, by: 16) {
        for j in 0..<width {
          let source = w.at(panel * 32 + j)
          for k in first..<min(depth, first + 16) { target[k &* 32 &+ j] = source[k] }
        }
      }
    }
  }

  /// Packs some rows of W `[depth, columns]`, row-major, as they lie.
  func pack(rows: Range<Int>, of w: FloatView) {
    let whole = columns & ~31
    for k in rows {
      let source = w.at(k)
      for column in stride(from: 0, to: whole, by: 32) {
        let target = panels.at(column / 32, k * 32)
        target.store(source.lanes(column), 0)
        target.store(source.lanes(column + 16), 16)
      }
      if whole < columns {
        let target = panels.at(whole / 32, k * 32)
        target.update(from: source + whole, count: columns - whole)
        (target + columns - whole).update(repeating: 0, count: 32 + whole - columns)
      }
    }
  }

  /// `y = x * matrix (+ source)` for all rows of x.
  ///
  /// Each sum is a chain of fused multiply-adds, k ascending, in blocks of 256 that are added in order; its
  /// bits depend on nothing but the row and the matrix. `source` may be `y` itself.
  func multiply(_ x: FloatView, into y: FloatView, adding source: FloatView? = nil) {
    for panel in 0..<panels.rows {
      let column = panel * 32
      let base = Floats(panels.at(panel))
      var k = 0
      repeat {
        let steps = min(PackedMatrix.block, depth - k)
        let from = k == 0 ? source.map { Floats($0.at(0, column)) } : Floats(y.at(0, column))
        PackedMatrix.panel(
          x.rows, steps, x.at(0, k), x.stride, base + k * 32, from, source?.stride ?? y.stride,
          y.at(0, column),
          y.stride, min(32, columns - column))
        k += steps
      } while k < depth
    }
  }

  /// `width` columns of a product, at most 32, of `rows` rows with a panel.
  @inline(__always)
  static func panel(
    _ rows: Int, _ steps: Int, _ x: Floats, _ xRow: Int, _ b: Floats, _ source: Floats?, _ sourceRow: Int,
    _ y: MutableFloats, _ yRow: Int, _ width: Int
  ) {
    let wide = MatrixTile.hasWideRegisters
    if width == 32, source == nil || sourceRow == yRow {
      tiles(wide, rows, steps, x, xRow, b, source, y, yRow)
    } else {
      partial(wide, rows, steps, x, xRow, b, source, sourceRow, y, yRow, width)
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
    _ source: Floats?, _ sourceRow: Int, _ y: MutableFloats, _ yRow: Int, _ width: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { aside in
      guard let tile = aside.baseAddress else { return }
      var row = 0
      while row < rows {
        let height = min(8, rows - row)
        tiles(wide, height, steps, x + row * xRow, xRow, b, nil, tile, 32)
        for i in 0..<height {
          let to = y + (row + i) * yRow
          let from = source.map { $0 + (row + i) * sourceRow }
          for j in 0..<width { to[j] = from.map { $0[j] + tile[i * 32 + j] } ?? tile[i * 32 + j] }
        }
        row += height
      }
    }
  }
}
