/// dW = dY^T X: the gradient of a weight matrix, summed over the rows of a batch.
///
/// Rows are summed ascending in blocks of 256, whatever the number of threads; a caller spreads the tiles of
/// the output, never the sum.
struct WeightGradient {
  /// The gradient at the outputs, `[rows, outputs]`.
  let dy: Floats
  let outputs: Int
  /// The floats between rows of `dy`.
  let outputRow: Int
  /// The inputs, `[rows, inputs]`.
  let x: Floats
  let inputs: Int
  /// The result, `[outputs, inputs]`.
  let dw: MutableFloats

  static let rowBlock = 256
  static let outputBlock = 128

  /// The number of independent parts.
  var parts: Int { panels * ((outputs + WeightGradient.outputBlock - 1) / WeightGradient.outputBlock) }

  private var panels: Int { (inputs + 31) / 32 }

  /// Computes part `index`; adds to what `dw` holds when `adding`.
  func compute(part index: Int, rows: Int, adding: Bool) {
    let column = index % panels * 32, width = min(32, inputs - column)
    let first = index / panels * WeightGradient.outputBlock
    let last = min(outputs, first + WeightGradient.outputBlock)
    let wide = MatrixTile.hasWideRegisters
    withUnsafeTemporaryAllocation(
      byteCount: (WeightGradient.rowBlock + 8) * 32 * 4, alignment: 64
    ) { bytes in
      let scratch = bytes.bindMemory(to: Float.self)
      guard let panel = scratch.baseAddress else { return }
      let tile = panel + WeightGradient.rowBlock * 32
      if width < 32 { panel.update(repeating: 0, count: WeightGradient.rowBlock * 32) }
      var row = 0
      repeat {
        let steps = max(0, min(WeightGradient.rowBlock, rows - row))
        for m in 0..<steps {
          let from = x + (row + m) * inputs + column, to = panel + m * 32
          if width == 32 {
            to.store(from.lanes(0), 0)
            to.store(from.lanes(16), 16)
          } else {
            to.update(from: from, count: width)
          }
        }
        let add = adding || row > 0
        var n = first
        while n < last {
          let height = min(8, last - n)
          let a = dy + row * outputRow + n, target = dw + n * inputs + column
          if width == 32 {
            WeightGradient.tiles(wide, height, steps, a, outputRow, panel, add ? Floats(target) : nil, target, inputs)
          } else {
            WeightGradient.tiles(wide, height, steps, a, outputRow, panel, nil, tile, 32)
            for i in 0..<height {
              for j in 0..<width {
                let at = i * inputs + j
                target[at] = add ? target[at] + tile[i * 32 + j] : tile[i * 32 + j]
              }
            }
          }
          n += height
        }
        row += WeightGradient.rowBlock
      } while row < rows
    }
  }

  private static func tiles(
    _ wide: Bool, _ height: Int, _ steps: Int, _ a: Floats, _ aStep: Int, _ b: Floats,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    if wide, height == 8 {
      MatrixTile.eight(steps, a, 1, aStep, b, source, y, yRow)
      return
    }
    var i = 0
    while i + 4 <= height {
      MatrixTile.fourNarrow(steps, a + i, 1, aStep, b, source.map { $0 + i * yRow }, y + i * yRow, yRow)
      i += 4
    }
    while i < height {
      MatrixTile.one(steps, a + i, aStep, b, source.map { $0 + i * yRow }, y + i * yRow)
      i += 1
    }
  }
}
