/// Attention of the newest tokens of sequences whose earlier keys and values are in a cache.
final class AttentionStep: LayerPass {
  private let rows: AttentionRows
  private let layer: AttentionLayer
  private let decoding: DecodingRows
  /// The prompts' keys and values.
  private let prompts: AttentionPass
  /// Keys in panels, each a row: for each sequence and head as many as there is room for.
  private let keys: FloatView
  /// Values, one row for each token that there is room for, sequence by sequence.
  private let values: FloatView
  private let scores: FloatView
  private let panels: Int

  init(
    _ rows: AttentionRows, _ decoding: DecodingRows, _ prompts: AttentionPass, _ arena: inout FloatArena
  ) {
    self.rows = rows
    self.decoding = decoding
    layer = rows.layer
    self.prompts = prompts
    panels = decoding.panels
    keys = arena.take(decoding.sequences * panels * layer.kvHeads, layer.panelFloats)
    values = arena.take(decoding.sequences * panels * KeyValueRun.panel, layer.keyWidth)
    scores = arena.borrow(
      decoding.capacity, decoding.layout.longestScores + panels * KeyValueRun.panel)
  }

  /// One loop does all: every sequence sees its prompt and what is in its own cache.
  func forward() -> [Stage] {
    [
      .rows { [self] range in
        rows.project(range)
        let projectedValues = rows.projected.columns(from: layer.rotatedWidth, layer.keyWidth)
        for row in range {
          let at = decoding.rows[row]
          rows.storeKeys(row, at: at.index, keys, at.sequence * panels * layer.kvHeads, capacity: panels)
          values.copy(
            at.sequence * panels * KeyValueRun.panel + at.index,
            from: projectedValues, row)
        }
        attend(range)
        rows.finish(range)
      }
    ]
  }

  /// Rows of the same prompt attend to it together.
  private func attend(_ range: Range<Int>) {
    var first = range.lowerBound
    while first < range.upperBound {
      let prompt = decoding.rows[first].prompt
      var last = first + 1
      while last < min(first + Attention.tile, range.upperBound), decoding.rows[last].prompt == prompt {
        last += 1
      }
      let segment = decoding.layout.segments[prompt]
      rows.attend(first..<last, scores: scores[first..<last]) { kvHead in
        prompts.run(segment, kvHead, count: segment.count)
      } own: { row, kvHead in
        let at = decoding.rows[row]
        return KeyValueRun(
          keys: keys.at((at.sequence * layer.kvHeads + kvHead) * panels),
          values: values.at(at.sequence * panels * KeyValueRun.panel, kvHead * layer.headWidth),
          valueRow: values.stride, count: at.index + 1)
      }
      first = last
    }
  }

  func resume(_ earlier: any LayerPass) {
    guard let earlier = earlier as? AttentionStep else { return }
    let shared = min(panels, earlier.panels)
    for sequence in 0..<decoding.sequences {
      for head in 0..<layer.kvHeads {
        let first = sequence * layer.kvHeads + head
        for panel in 0..<shared {
          keys.copy(first * panels + panel, from: earlier.keys, first * earlier.panels + panel)
        }
      }
      let first = sequence * KeyValueRun.panel
      for token in 0..<shared * KeyValueRun.panel {
        values.copy(first * panels + token, from: earlier.values, first * earlier.panels + token)
      }
    }
  }

  /// Nothing that is sampled is differentiated on the way.
  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage] { [] }
}
