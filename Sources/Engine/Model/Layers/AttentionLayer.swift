/// The attention layer: y = x + W_o attention(q, k, v), with q, k and v projected from the normalised x.
///
/// Queries and keys are normalised head by head and rotated by their positions; query heads share key-value heads.
/// Queries carry the factor 1/sqrt(headWidth).
struct AttentionLayer: BodyLayer {
  let heads: Int
  let kvHeads: Int
  let headWidth: Int
  let norm: Weight
  /// W_q, W_k and W_v.
  let projections: Weight
  let output: Weight
  let queryNorm: Weight
  let keyNorm: Weight
  let epsilon: Float
  /// 1/sqrt(headWidth).
  let scale: Float
  /// The number of the block.
  let block: Int

  init(_ c: PolicyConfiguration, block: Int, _ name: String, _ table: inout ParameterTable) {
    heads = c.heads
    kvHeads = c.kvHeads
    headWidth = c.headWidth
    self.block = block
    let (queries, keys) = (c.heads * c.headWidth, c.kvHeads * c.headWidth)
    let attention = name + "self_attn."
    norm = table.add(name + "input_layernorm.weight", columns: c.width, .gain)
    projections = table.add(
      [
        (attention + "q_proj.weight", queries), (attention + "k_proj.weight", keys),
        (attention + "v_proj.weight", keys),
      ], columns: c.width, .projection)
    output = table.add(attention + "o_proj.weight", rows: c.width, columns: queries, .residualProjection)
    queryNorm = table.add(attention + "q_norm.weight", columns: c.headWidth, .gain)
    keyNorm = table.add(attention + "k_norm.weight", columns: c.headWidth, .gain)
    epsilon = Float(c.normEpsilon)
    scale = 1 / Float(c.headWidth).squareRoot()
  }

  /// Query numbers of a row.
  var queryWidth: Int { heads * headWidth }
  /// Key numbers of a row.
  var keyWidth: Int { kvHeads * headWidth }
  /// Query and key numbers of a row.
  var rotatedWidth: Int { queryWidth + keyWidth }
  /// The floats of a panel of keys of one head.
  var panelFloats: Int { KeyValueRun.panel * headWidth }

  var matrices: [Weight] { [projections, output] }
  var floatsPerRow: Int {
    1 + projections.rows + 3 * (heads + kvHeads) + rotatedWidth + queryWidth + keyWidth
  }
  var cacheFloatsPerToken: Int { 2 * keyWidth }

  func pass(
    _ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena
  ) -> any LayerPass {
    let rows = AttentionRows(self, context, input, output, &arena)
    if case .decoding(let decoding) = context.rows, let prompts = context.prompts as? AttentionPass {
      return AttentionStep(rows, decoding, prompts, &arena)
    }
    return AttentionPass(rows, context, &arena)
  }
}

/// What attention computes row by row, and the memory of its rows.
struct AttentionRows {
  let layer: AttentionLayer
  let rows: PassContext.Rows
  let rotary: RotaryTable
  let input: FloatView
  let output: FloatView
  let gain: FloatView
  let queryGain: FloatView
  let keyGain: FloatView
  private let packedProjections: PackedMatrix
  private let packedOutput: PackedMatrix
  /// The factors of the first normalisation, `(rows, 1)`.
  let inverse: FloatView
  /// Queries, keys and values as projected, `(rows, queryWidth + 2 keyWidth)`.
  let projected: FloatView
  /// The factors of the normalisation of each query and key head, `(rows, heads + kvHeads)`.
  let headInverse: FloatView
  /// Queries (times 1/sqrt(headWidth)) and keys, normalised and rotated, `(rows, queryWidth + keyWidth)`.
  let rotated: FloatView
  /// The mix of values, `(rows, queryWidth)`.
  let attended: FloatView
  /// The largest score, and the inverse sum of exponentials, of each head, `(rows, heads)`.
  let maximum: FloatView
  let inverseSum: FloatView

  init(
    _ layer: AttentionLayer, _ context: PassContext, _ input: FloatView, _ output: FloatView,
    _ arena: inout FloatArena
  ) {
    self.layer = layer
    rows = context.rows
    rotary = context.rotary
    self.input = input
    self.output = output
    gain = context.weights(layer.norm)
    queryGain = context.weights(layer.queryNorm)
    keyGain = context.weights(layer.keyNorm)
    packedProjections = context.packed[layer.projections]
    packedOutput = context.packed[layer.output]
    inverse = context.keep(1, &arena)
    projected = context.keep(layer.projections.rows, &arena, while: [.keys, .everything])
    headInverse = context.keep(layer.heads + layer.kvHeads, &arena)
    rotated = context.keep(layer.rotatedWidth, &arena)
    attended = context.keep(layer.queryWidth, &arena)
    maximum = context.keep(layer.heads, &arena)
    inverseSum = context.keep(layer.heads, &arena)
  }

  /// Normalisation, projections, and rotated queries and keys.
  func project(_ range: Range<Int>) {
    FloatView.scratch(range.count, input.columns) { normed in
      RootMeanSquareNorm.forward(
        input[range], gain: gain, layer.epsilon, into: normed, inverse: inverse[range])
      packedProjections.multiply(normed, into: projected[range])
    }
    let head = layer.headWidth
    for row in range {
      let from = projected.at(row)
      let to = rotated.at(row)
      let inverses = headInverse.at(row)
      let angles = rotary.angles(rows.position(row))
      for h in 0..<layer.heads + layer.kvHeads {
        let isQuery = h < layer.heads
        inverses[h] = RootMeanSquareNorm.forward(
          from + h * head, (isQuery ? queryGain : keyGain).at(0), head, layer.epsilon, into: to + h * head)
        RotaryTable.rotate(
          to + h * head, angles, head / 2, isQuery ? layer.scale : 1, into: to + h * head)
      }
    }
  }

  /// Writes the keys of `row` as key `index` of a sequence whose panels begin at row `first` of `keys`, `capacity`
  /// panels for each head.
  func storeKeys(_ row: Int, at index: Int, _ keys: FloatView, _ first: Int, capacity: Int) {
    let head = layer.headWidth
    for h in 0..<layer.kvHeads {
      KeyValueRun.store(
        rotated.at(row, layer.queryWidth + h * head), head, at: index, into: keys.at(first + h * capacity))
    }
  }

  /// Attention of all heads of at most `Attention.tile` rows that share a prompt: `prefix` gives its run for a
  /// key-value head, `own` the run of a row.
  func attend(
    _ range: Range<Int>, scores: FloatView, prefix: (_ kvHead: Int) -> KeyValueRun,
    own: (_ row: Int, _ kvHead: Int) -> KeyValueRun
  ) {
    let head = layer.headWidth
    let shared = layer.heads / layer.kvHeads
    let first = range.lowerBound
    for kvHead in 0..<layer.kvHeads {
      let prefix = prefix(kvHead)
      for h in kvHead * shared..<(kvHead + 1) * shared {
        Attention.forward(
          range.count, rotated.at(first, h * head), rotated.stride, head,
          prefix: prefix, own: { own(first + $0, kvHead) }, scores: scores.at(0),
          into: attended.at(first, h * head), attended.stride,
          maximum: maximum.at(first, h), inverseSum: inverseSum.at(first, h), maximum.stride)
      }
    }
  }

  /// The output projection, added to the residual stream.
  func finish(_ range: Range<Int>) {
    packedOutput.multiply(attended[range], into: output[range], adding: input[range])
  }
}
