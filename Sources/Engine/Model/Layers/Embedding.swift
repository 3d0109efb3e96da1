/// The first layer: a token's row of a matrix begins the residual stream.
struct Embedding: BodyLayer {
  let matrix: Weight

  init(_ c: PolicyConfiguration, _ table: inout ParameterTable) {
    matrix = table.add("model.embed_tokens.weight", rows: c.vocabulary, columns: c.width, .embedding)
    isHead = c.tiedHead
  }

  /// Whether the head, whose backward pass comes first, adds to the same gradient.
  fileprivate let isHead: Bool

  var matrices: [Weight] { [] }
  var floatsPerRow: Int { 0 }

  func pass(
    _ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena
  ) -> any LayerPass {
    EmbeddingPass(self, context, output)
  }
}

private final class EmbeddingPass: LayerPass {
  private let layer: Embedding
  private let rows: PassContext.Rows
  private let matrix: FloatView
  private let output: FloatView

  init(_ layer: Embedding, _ context: PassContext, _ output: FloatView) {
    self.layer = layer
    rows = context.rows
    matrix = context.weights(layer.matrix)
    self.output = output
  }

  func forward() -> [Stage] {
    [
      .rows { [self] range in
        for row in range { output.copy(row, from: matrix, rows.token(row)) }
      }
    ]
  }

  /// Each part of the width takes all rows in their order.
  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage] {
    let target = sums.view(layer.matrix)
    let strip = 64
    let isFresh = !sums.adding && !layer.isHead
    return [
      .tasks((target.columns + strip - 1) / strip) { [rows] part in
        let columns = min(strip, target.columns - part * strip)
        let to = target.columns(from: part * strip, columns)
        let from = dOutput.columns(from: part * strip, columns)
        if isFresh { to.clear() }
        for row in 0..<from.rows { to.add(rows.token(row), from, row) }
      }
    ]
  }
}
