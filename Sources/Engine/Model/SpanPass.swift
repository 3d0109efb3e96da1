/// A forward pass over one layout, and the memory it needs.
final class SpanPass {
  /// What outlives the pass.
  enum Retention {
    /// Nothing but the logits.
    case nothing
    /// Keys and values, for sampling to go on from.
    case keys
    /// Everything the gradient reads.
    case everything
  }

  let policy: Policy
  let layout: SequenceLayout
  let packed: PackedWeights
  let blocks: [TransformerBlock]
  let head: OutputHead
  let rotary: RotaryTable
  let plan: Plan
  private let memory: RecycledFloats

  /// Rows computed together; it decides speed alone, never bits.
  static let rowBlock = 64

  /// Where everything lies.
  struct Plan {
    var activations: [BlockActivations] = []
    /// Keys in blocks of 16, a block: every second one shares memory unless all are retained.
    var keys: [MutableFloats] = []
    /// The residual stream at the end.
    var stream: MutableFloats
    /// Normalised head rows, their factors and their logits.
    var normed: MutableFloats
    var inverse: MutableFloats
    var logits: MutableFloats
    /// Room for attention scores, a part for each block of rows.
    var scores: MutableFloats

    init(
      _ layout: SequenceLayout, _ c: PolicyConfiguration, _ retention: Retention, _ arena: inout FloatArena
    ) {
      let rows = layout.rowCount
      let heads = layout.headRows.count
      let keySize = layout.keyBlocks * 16
      stream = arena.take(rows, c.width)
      for layer in 0..<c.layers {
        if retention == .nothing, layer >= 2 {
          activations.append(activations[layer - 2])
          keys.append(keys[layer - 2])
        } else {
          activations.append(
            BlockActivations(rows, c, residual: retention == .everything ? nil : stream, &arena))
          keys.append(arena.take(keySize, c.keyWidth))
        }
      }
      normed = arena.take(heads, c.width)
      inverse = arena.take(heads)
      logits = arena.take(heads, c.logitRow)
      scores = arena.take((rows + SpanPass.rowBlock - 1) / SpanPass.rowBlock, layout.longestScores)
    }
  }

  init(_ policy: Policy, _ layout: SequenceLayout, _ retention: Retention) throws(EngineError) {
    let c = policy.configuration
    self.policy = policy
    self.layout = layout
    packed = try policy.forwardWeights()
    rotary = try policy.rotaryTable(layout.positionCount)
    (memory, plan) = try FloatArena.block(for: "forward") { Plan(layout, c, retention, &$0) }
    let packed = packed
    blocks = (0..<c.layers).map { TransformerBlock($0, policy, packed) }
    head = OutputHead(policy, packed)
  }

  /// Computes the logits of all head rows.
  func run() throws(EngineError) {
    let c = policy.configuration
    let rows = layout.rowCount
    let size = SpanPass.rowBlock
    let embedding = Floats(policy.weights.base) + policy.table.embedding
    guard let first = plan.activations.first else { return }
    try Parallel.rows(rows, by: size, "forward") { range in
      for row in range {
        (first.input + row * c.width).update(
          from: embedding + Int(layout.tokens[row]) * c.width, count: c.width)
      }
      project(range, 0)
    }
    for layer in 0..<c.layers {
      let next = layer + 1 < c.layers ? plan.activations[layer + 1].input : plan.stream
      try Parallel.rows(rows, by: size, "forward") { range in
        attend(range, layer)
        blocks[layer].finish(range, plan.activations[layer], into: next)
        if layer + 1 < c.layers { project(range, layer + 1) }
      }
    }
    try Parallel.rows(layout.headRows.count, by: size, "forward") { range in
      for row in range {
        head.normalize(Floats(plan.stream), Int(layout.headRows[row]), row, plan.normed, plan.inverse)
      }
      head.logits(range, Floats(plan.normed), into: plan.logits)
    }
  }

  private func project(_ range: Range<Int>, _ layer: Int) {
    let c = policy.configuration
    let a = plan.activations[layer]
    blocks[layer].project(range, a, rotary) { row in
      let segment = layout.segments[Int(layout.segmentOfRow[row])]
      return segment.firstPosition + row - segment.firstRow
    }
    for row in range {
      let segment = layout.segments[Int(layout.segmentOfRow[row])]
      let keys = plan.keys[layer] + segment.firstBlock * 16 * c.keyWidth
      blocks[layer].storeKeys(row, a, at: row - segment.firstRow, keys, capacity: segment.blocks)
    }
  }

  private func attend(_ range: Range<Int>, _ layer: Int) {
    let a = plan.activations[layer]
    let scores = plan.scores + range.lowerBound / SpanPass.rowBlock * layout.longestScores
    for row in range {
      let segment = layout.segments[Int(layout.segmentOfRow[row])]
      let seen = row - segment.firstRow + 1
      blocks[layer].attend(row, a, scores: scores) { kvHead in
        let own = keyValues(segment, layer, kvHead, count: seen)
        guard let prompt = segment.prompt else { return (keyValues(segment, layer, kvHead, count: 0), own) }
        let prefix = layout.segments[prompt]
        return (keyValues(prefix, layer, kvHead, count: prefix.count), own)
      }
    }
  }

  /// The first `count` keys and values of a segment.
  func keyValues(_ segment: SequenceLayout.Segment, _ layer: Int, _ kvHead: Int, count: Int) -> KeyValueRun {
    let c = policy.configuration
    let keys =
      plan.keys[layer] + (segment.firstBlock * c.kvHeads + kvHead * segment.blocks) * 16 * c.headWidth
    let values = plan.activations[layer].projected + segment.firstRow * c.projectionWidth
    return KeyValueRun(
      keys: Floats(keys), values: Floats(values + c.rotatedWidth + kvHead * c.headWidth),
      valueRow: c.projectionWidth, count: count)
  }
}
