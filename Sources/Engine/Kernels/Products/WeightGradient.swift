/// dW = dY^T X: the gradient of a weight matrix, summed over the rows of a batch.
///
/// Rows are summed ascending in blocks of 128, whatever the number of threads; a caller spreads the tiles of
/// the output, never the sum.
struct WeightGradient {
  /// The gradient at the outputs, `(rows, outputs)`.
  let dy: FloatView
  /// The inputs, `(rows, inputs)`, before normalisation where there is one.
  let x: FloatView
  /// The factors, one per row, and the gains of the normalisation that the inputs went through.
  var normalization: (inverse: FloatView, gain: FloatView)?
  /// The result, `(outputs, inputs)`.
  let dw: FloatView
  /// Whether the sums are added to what `dw` holds.
  let adding: Bool
  /// The rows of one side that are meant, where the other has them side by side.
  var gathered: (side: Side, rows: ArraySlice<Int32>)?

  /// One of the factors.
  enum Side {
    case inputs, outputs
  }

  private var outputs: Int { dw.rows }
  private var inputs: Int { dw.columns }

  static let rowBlock = 128
  static let outputBlock = 128
  /// A part of a matrix with many inputs takes some of them, so that parts cost about the same.
  static let inputBlock = 256

  private var inputParts: Int { (inputs + WeightGradient.inputBlock - 1) / WeightGradient.inputBlock }

  /// The number of independent parts.
  var parts: Int { (outputs + WeightGradient.outputBlock - 1) / WeightGradient.outputBlock * inputParts }

  /// Computes part `index`.
  ///
  /// Eight outputs and 32 inputs at a time are laid out row after row before they are multiplied.
  func compute(part index: Int) {
    let rows = gathered?.rows.count ?? dy.rows
    let first = index / inputParts * WeightGradient.outputBlock
    let last = min(outputs, first + WeightGradient.outputBlock)
    let firstInput = index % inputParts * WeightGradient.inputBlock
    let lastInput = min(inputs, firstInput + WeightGradient.inputBlock)
    let rowBlock = WeightGradient.rowBlock
    let wide = MatrixTile.hasWideRegisters
    withUnsafeTemporaryAllocation(
      byteCount: (rowBlock * (WeightGradient.outputBlock + 32) + 256) * 4, alignment: 64
    ) { bytes in
      guard let left = bytes.bindMemory(to: Float.self).baseAddress else { return }
      let panel = left + rowBlock * WeightGradient.outputBlock
      let tile = panel + rowBlock * 32
      var row = 0
      repeat {
        let steps = max(0, min(rowBlock, rows - row))
        let add = adding || row > 0
        packOutputs(row, steps, first, last, into: left)
        var column = firstInput
        while column < lastInput {
          let width = min(32, lastInput - column)
          packInputs(row, steps, column, width, into: panel)
          var n = first
          while n < last {
            let height = min(8, last - n)
            let a = Floats(left + (n - first) * rowBlock)
            let target = dw.at(n, column)
            if width == 32 {
              WeightGradient.tiles(wide, height, steps, a, panel, add ? Floats(target) : nil, target, inputs)
            } else {
              WeightGradient.tiles(wide, height, steps, a, panel, nil, tile, 32)
              for i in 0..<height {
                for j in 0..<width {
                  let at = i * inputs + j
                  target[at] = add ? target[at] + tile[i * 32 + j] : tile[i * 32 + j]
                }
              }
            }
            n += height
          }
          column += width
        }
        row += rowBlock
      } while row < rows
    }
  }

  /// Where row `row` of a side lies.
  @inline(__always) private func place(_ row: Int, _ side: Side) -> Int {
    guard let gathered, gathered.side == side else { return row }
    return Int(gathered.rows[gathered.rows.startIndex + row])
  }

  private func packOutputs(_ row: Int, _ steps: Int, _ first: Int, _ last: Int, into left: MutableFloats) {
    for m in 0..<steps {
      let from = Floats(dy.at(place(row + m, .outputs)))
      var n = first
      while n + 8 <= last {
        left.store(from.eight(n), (n - first) * WeightGradient.rowBlock + m * 8)
        n += 8
      }
      if n < last {
        (left + (n - first) * WeightGradient.rowBlock + m * 8).update(from: from + n, count: last - n)
      }
    }
  }

  private func packInputs(_ row: Int, _ steps: Int, _ column: Int, _ width: Int, into panel: MutableFloats) {
    for m in 0..<steps {
      let place = place(row + m, .inputs)
      let from = Floats(x.at(place, column))
      let to = panel + m * 32
      if let normalization {
        let r = normalization.inverse.at(place).pointee
        RootMeanSquareNorm.scale(from, r, normalization.gain.at(0, column), width, into: to)
        (to + width).update(repeating: 0, count: 32 - width)
      } else if width == 32 {
        to.store(from.lanes(0), 0)
        to.store(from.lanes(16), 16)
      } else {
        to.update(from: from, count: width)
        (to + width).update(repeating: 0, count: 32 - width)
      }
    }
  }

  private static func tiles(
    _ wide: Bool, _ height: Int, _ steps: Int, _ a: Floats, _ b: Floats,
    _ source: Floats?, _ y: MutableFloats, _ yRow: Int
  ) {
    if wide, height == 8 {
      MatrixTile.eight(steps, a, 1, 8, b, 32, source, y, yRow)
      return
    }
    var i = 0
    while i + 4 <= height {
      MatrixTile.fourNarrow(steps, a + i, 1, 8, b, 32, source.map { $0 + i * yRow }, y + i * yRow, yRow)
      i += 4
    }
    while i < height {
      MatrixTile.one(steps, a + i, 8, b, 32, source.map { $0 + i * yRow }, y + i * yRow)
      i += 1
    }
  }
}
