/// The end of the model: final normalisation, and a matrix that gives each row as many outputs as there are tokens, or
/// one for a `ScalarModel`.
///
/// Outputs are computed in chunks of rows: with a large vocabulary those of all rows are never held at once, and the
/// backward pass computes them again.
struct OutputHead: Layer {
  private let norm: Weight
  private let matrix: Weight
  private let epsilon: Float
  /// The numbers that a row of outputs takes, padded.
  let rowFloats: Int

  init(_ c: PolicyConfiguration, embedding: Weight, _ table: inout ParameterTable) {
    norm = table.add("model.norm.weight", columns: c.width, .gain)
    epsilon = Float(c.normEpsilon)
    switch c.head {
    case .tokens where c.tiedHead:
      matrix = embedding
      table.alias("lm_head.weight", of: embedding)
    case .tokens:
      matrix = table.add("lm_head.weight", rows: c.vocabulary, columns: c.width, .head)
    case .scalar:
      matrix = table.add("score.weight", rows: 1, columns: c.width, .head)
    }
    rowFloats = Softmax.padded(matrix.rows)
  }

  var matrices: [Weight] { [matrix] }
  var floatsPerRow: Int { norm.columns + rowFloats }

  /// The rows whose outputs are held at once: 64 MB of them, in whole blocks of the sums over rows.
  var chunkRows: Int {
    let block = WeightGradient.rowBlock
    return max(1, (1 << 24) / rowFloats / block) * block
  }

  /// Turns a row of outputs into what is read off them; `row` counts the rows that the head sees.
  typealias Read = (_ row: Int, _ outputs: FloatView) -> Void

  func pass(
    _ context: PassContext, stream: FloatView, rows: [Int32], _ arena: inout FloatArena
  ) -> OutputHeadPass {
    OutputHeadPass(self, context, stream, rows, &arena)
  }

  /// The head at work on some rows of the residual stream.
  final class OutputHeadPass {
    private let head: OutputHead
    private let stream: FloatView
    private let rows: [Int32]
    private let gain: FloatView
    private let weights: FloatView
    private let packed: PackedMatrix
    private let chunks: [Range<Int>]
    /// Normalised rows of a chunk, `(chunk, width)`, and the factors of all, `(rows, 1)`.
    private let normed: FloatView
    private let inverse: FloatView
    /// The outputs of a chunk, `(chunk, rowFloats)`.
    private let outputs: FloatView

    fileprivate init(
      _ head: OutputHead, _ context: PassContext, _ stream: FloatView, _ rows: [Int32],
      _ arena: inout FloatArena
    ) {
      self.head = head
      self.stream = stream
      self.rows = rows
      gain = context.weights(head.norm)
      weights = context.weights(head.matrix)
      packed = context.packed[head.matrix]
      chunks = stride(from: 0, to: rows.count, by: head.chunkRows).map {
        $0..<min(rows.count, $0 + head.chunkRows)
      }
      let most = chunks.first?.count ?? 0
      normed = arena.take(most, gain.columns)
      inverse = arena.take(rows.count)
      outputs = arena.take(most, head.rowFloats)
    }

    private func parts(_ chunk: Range<Int>) -> Int { (chunk.count + Stage.rowBlock - 1) / Stage.rowBlock }

    /// The rows of a part, counted from the chunk's first.
    private func range(_ part: Int, of chunk: Range<Int>) -> Range<Int> {
      part * Stage.rowBlock..<min(chunk.count, (part + 1) * Stage.rowBlock)
    }

    /// The outputs of some rows of a chunk.
    private func compute(_ range: Range<Int>, of chunk: Range<Int>) {
      for row in range {
        let source = Int(rows[chunk.lowerBound + row])
        RootMeanSquareNorm.forward(
          stream[source..<source + 1], gain: gain, head.epsilon, into: normed[row..<row + 1],
          inverse: inverse[chunk.lowerBound + row..<chunk.lowerBound + row + 1])
      }
      packed.multiply(normed[range], into: outputs[range])
      for row in range { Softmax.pad(outputs.at(row), weights.rows) }
    }

    /// The outputs of some rows, where all fit into one chunk.
    func outputs(_ range: Range<Int>) -> FloatView {
      compute(range, of: chunks[0])
      return outputs[range]
    }

    /// Computes outputs and hands each row to `read`, padded with minus infinity.
    func forward(_ read: @escaping Read) -> [Stage] {
      chunks.map { chunk in
        .tasks(parts(chunk)) { [self] part in
          let range = range(part, of: chunk)
          compute(range, of: chunk)
          for row in range { read(chunk.lowerBound + row, outputs[row..<row + 1]) }
        }
      }
    }

    /// The gradient at the residual stream; `differentiate` turns a row of outputs, padding and all, into the
    /// derivatives with respect to them.
    func backward(
      into dStream: FloatView, _ sums: GradientSums, _ arena: inout FloatArena,
      _ differentiate: @escaping Read
    ) -> [Stage] {
      let dGain = arena.take(rows.count / Stage.rowBlock + 1, gain.columns)
      var stages: [Stage] = [.rows { dStream[$0].clear() }]
      for (index, chunk) in chunks.enumerated() {
        stages.append(
          .tasks(parts(chunk)) { [self] part in
            let range = range(part, of: chunk)
            if chunks.count > 1 { compute(range, of: chunk) }
            for row in range { differentiate(chunk.lowerBound + row, outputs[row..<row + 1]) }
            let first = chunk.lowerBound + range.lowerBound
            let partial = GradientSums.cleared(dGain, first..<first + range.count)
            FloatView.scratch(range.count, gain.columns) { dNormed in
              InputGradient.multiply(outputs[range], weights, into: dNormed)
              for row in range {
                let source = Int(rows[chunk.lowerBound + row])
                RootMeanSquareNorm.backward(
                  dNormed.at(row - range.lowerBound), stream.at(source),
                  inverse.at(chunk.lowerBound + row).pointee, gain.at(0), gain.columns, residual: nil,
                  into: dStream.at(source), partial.at(0))
              }
            }
          })
        let product = WeightGradient(
          dy: outputs[0..<chunk.count], x: normed[0..<chunk.count], dw: sums.view(head.matrix),
          adding: sums.adding || index > 0)
        let isLast = index + 1 == chunks.count
        stages.append(
          sums.deferred(matrices: [product], gains: isLast ? [(dGain, head.norm)] : [], rows: rows.count))
        if !isLast { stages.append(.tasks(0) { _ in }) }
      }
      return stages
    }
  }
}
