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
  private let memory: Storage<Float>

  /// Rows computed together; it decides speed alone, never bits.
  static let rowBlock = 64

  /// Where everything lies.
  struct Plan {
    var activations: [BlockActivations] = []
    /// Keys in panels, a block: every second one shares memory unless all are retained.
    var keys: [MutableFloats] = []
    /// The residual stream at the end.
    var stream: MutableFloats
    /// Normalised head rows, their factors and their logits.
    var normed: MutableFloats
    var inverse: MutableFloats
    var logits: MutableFloats
    /// Room for attention scores, a part for each segment.
    var scores: MutableFloats

    init(
      _ layout: SequenceLayout, _ c: PolicyConfiguration, _ retention: Retention, _ arena: inout FloatArena
    ) {
      let rows = layout.rowCount
      let heads = layout.headRows.count
      let keySize = layout.keyPanels * KeyValueRun.panel
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
      scores = arena.take(layout.segments.count, Attention.scratch(layout.longestScores))
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
      try Parallel.run(layout.segments.count, "forward") { attend(segment: $0, layer) }
      try Parallel.rows(rows, by: size, "forward") { range in
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
      let keys = plan.keys[layer] + segment.firstPanel * KeyValueRun.panel * c.keyWidth
      blocks[layer].storeKeys(row, a, at: row - segment.firstRow, keys, capacity: segment.panels)
    }
  }

  /// A segment's tiles overlap at its end rather than leave a part of one: a row has the same bits in any tile.
  private func attend(segment index: Int, _ layer: Int) {
    let segment = layout.segments[index]
    let prefix = segment.prompt.map { layout.segments[$0] }
    let scores = plan.scores + index * Attention.scratch(layout.longestScores)
    let height = min(Attention.tile, segment.count)
    for tile in stride(from: 0, to: segment.count, by: Attention.tile) {
      let first = segment.firstRow + min(tile, segment.count - height)
      blocks[layer].attend(first..<first + height, plan.activations[layer], scores: scores) { kvHead in
        keyValues(prefix ?? segment, layer, kvHead, count: prefix?.count ?? 0)
      } own: { row, kvHead in
        keyValues(segment, layer, kvHead, count: row - segment.firstRow + 1)
      }
    }
  }

  /// The first `count` keys and values of a segment.
  func keyValues(_ segment: SequenceLayout.Segment, _ layer: Int, _ kvHead: Int, count: Int) -> KeyValueRun {
    let c = policy.configuration
    let panel = segment.firstPanel * c.kvHeads + kvHead * segment.panels
    let keys = plan.keys[layer] + panel * KeyValueRun.panel * c.headWidth
    let values = plan.activations[layer].projected + segment.firstRow * c.projectionWidth
    return KeyValueRun(
      keys: Floats(keys), values: Floats(values + c.rotatedWidth + kvHead * c.headWidth),
      valueRow: c.projectionWidth, count: count)
  }
}
