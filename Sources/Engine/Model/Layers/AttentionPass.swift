/// Attention over whole sequences.
final class AttentionPass: LayerPass {
  private let rows: AttentionRows
  private let layer: AttentionLayer
  private let context: PassContext
  private let layout: SequenceLayout
  /// Keys in panels, each a row of `(panels, 16 headWidth)`: those of a segment follow one another, head by head.
  private let keys: FloatView
  /// Room for scores, one row for each segment.
  private let scores: FloatView

  init(_ rows: AttentionRows, _ context: PassContext, _ arena: inout FloatArena) {
    self.rows = rows
    self.context = context
    layout = context.layout
    layer = rows.layer
    let panels = layout.keyPanels * layer.kvHeads
    keys =
      context.retention == .nothing
      ? arena.borrow(panels, layer.panelFloats) : arena.take(panels, layer.panelFloats)
    scores = arena.borrow(layout.segments.count, Attention.scratch(layout.longestScores))
  }

  func forward() -> [Stage] {
    [
      .rows { [self] range in
        rows.project(range)
        for row in range {
          let segment = layout.segments[Int(layout.segmentOfRow[row])]
          rows.storeKeys(
            row, at: row - segment.firstRow, keys, segment.firstPanel * layer.kvHeads,
            capacity: segment.panels)
        }
      },
      .tasks(layout.segments.count) { [self] in attend(segment: $0) },
      .rows { [self] in rows.finish($0) },
    ]
  }

  /// A segment's tiles overlap at its end rather than leave a part of one: a row has the same bits in any tile.
  private func attend(segment index: Int) {
    let segment = layout.segments[index]
    let prefix = segment.prompt.map { layout.segments[$0] }
    let height = min(Attention.tile, segment.count)
    for tile in stride(from: 0, to: segment.count, by: Attention.tile) {
      let first = segment.firstRow + min(tile, segment.count - height)
      rows.attend(first..<first + height, scores: scores[index..<index + 1]) { kvHead in
        run(prefix ?? segment, kvHead, count: prefix?.count ?? 0)
      } own: { row, kvHead in
        run(segment, kvHead, count: row - segment.firstRow + 1)
      }
    }
  }

  /// The first `count` keys and values of a segment.
  func run(_ segment: SequenceLayout.Segment, _ kvHead: Int, count: Int) -> KeyValueRun {
    let value = layer.rotatedWidth + kvHead * layer.headWidth
    return KeyValueRun(
      keys: keys.at(segment.firstPanel * layer.kvHeads + kvHead * segment.panels),
      values: rows.projected.at(segment.firstRow, value), valueRow: rows.projected.stride, count: count)
  }

  /// Gradients of the backward pass, beside those of the residual stream.
  private struct Gradients {
    /// At the mix of values, `(rows, queryWidth)`.
    let attended: FloatView
    /// At queries, keys and values, `(rows, queryWidth + 2 keyWidth)`.
    let projected: FloatView
    /// Values in panels, as keys are.
    let valuePanels: FloatView
    /// Scratch of attention, one row for each prompt and key-value head.
    let scratch: FloatView
  }

  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage] {
    let count = layout.rowCount
    let toNormed = InputGradient(context.weights(layer.projections), &arena)
    let toAttended = InputGradient(context.weights(layer.output), &arena)
    // The matrices of the block above still read its gradients while those of this one are computed.
    let projected = [
      arena.borrow(count, layer.projections.rows), arena.borrow(count, layer.projections.rows),
    ]
    let gradients = Gradients(
      attended: arena.borrow(count, layer.queryWidth), projected: projected[layer.block % 2],
      valuePanels: arena.borrow(keys.rows, keys.columns),
      scratch: arena.borrow(
        layout.groups.count * layer.kvHeads, Attention.gradientScratch(layout.longestScores)))
    let dGain = sums.partial(count, rows.gain.columns, &arena)
    // Queries, then keys.
    let dHeadGains = sums.partial(count, 2 * layer.headWidth, &arena)
    return [
      InputGradient.packing([toNormed, toAttended]),
      .rows { range in toAttended.multiply(dOutput[range], into: gradients.attended[range]) },
      .tasks(layout.groups.count * layer.kvHeads) { [self] task in
        attention(task, gradients)
      },
      .rows { [self] range in
        heads(range, gradients.projected, GradientSums.cleared(dHeadGains, range))
        FloatView.scratch(range.count, rows.gain.columns) { dNormed in
          toNormed.multiply(gradients.projected[range], into: dNormed)
          RootMeanSquareNorm.backward(
            dNormed, rows.input[range], inverse: rows.inverse[range], gain: rows.gain,
            residual: dOutput[range], into: dInput[range], dGain: GradientSums.cleared(dGain, range))
        }
      },
      sums.deferred(
        matrices: [
          sums.matrix(
            layer.projections, dy: gradients.projected, x: rows.input,
            normalization: (rows.inverse, rows.gain)),
          sums.matrix(layer.output, dy: dOutput, x: rows.attended),
        ],
        gains: [
          (dHeadGains.columns(from: 0, layer.headWidth), layer.queryNorm),
          (dHeadGains.columns(from: layer.headWidth, layer.headWidth), layer.keyNorm), (dGain, layer.norm),
        ]),
    ]
  }

  /// Through the attention of one key-value head: a prompt and all its completions, so that what they give to the
  /// prompt's keys and values is summed in their order.
  private func attention(_ task: Int, _ gradients: Gradients) {
    let group = layout.groups[task / layer.kvHeads]
    let kvHead = task % layer.kvHeads
    let scratch = gradients.scratch.at(task)
    let head = layer.headWidth
    let key = layer.queryWidth + kvHead * head
    let value = key + layer.keyWidth
    let shared = layer.heads / layer.kvHeads
    for index in group {
      let segment = layout.segments[index]
      let panels = gradients.valuePanels.at(segment.firstPanel * layer.kvHeads + kvHead * segment.panels)
      for row in segment.rows {
        gradients.projected.at(row, key).update(repeating: 0, count: head)
        gradients.projected.at(row, value).update(repeating: 0, count: head)
        KeyValueRun.store(rows.projected.at(row, value), head, at: row - segment.firstRow, into: panels)
      }
    }
    for index in group {
      let segment = layout.segments[index]
      let prompt = segment.prompt.map { layout.segments[$0] }
      let prefix = gradientRun(prompt ?? segment, kvHead, gradients, count: prompt?.count ?? 0)
      for first in stride(from: 0, to: segment.count, by: Attention.gradientRows) {
        let count = min(Attention.gradientRows, segment.count - first)
        let own = gradientRun(segment, kvHead, gradients, count: first + count)
        let row = segment.firstRow + first
        for h in kvHead * shared..<(kvHead + 1) * shared {
          let queries = QueryGradientRows(
            q: rows.rotated.at(row, h * head), qRow: rows.rotated.stride, o: rows.attended.at(row, h * head),
            dO: gradients.attended.at(row, h * head), oRow: rows.attended.stride,
            maximum: rows.maximum.at(row, h), inverseSum: rows.inverseSum.at(row, h),
            statisticsRow: rows.maximum.stride, dq: gradients.projected.at(row, h * head),
            dqRow: gradients.projected.stride, count: count)
          Attention.backward(queries, head, prefix: prefix, own: own, scratch: scratch)
        }
      }
    }
  }

  private func gradientRun(
    _ segment: SequenceLayout.Segment, _ kvHead: Int, _ gradients: Gradients, count: Int
  ) -> KeyValueGradientRun {
    let panel = segment.firstPanel * layer.kvHeads + kvHead * segment.panels
    let key = layer.queryWidth + kvHead * layer.headWidth
    let target = gradients.projected.at(segment.firstRow, key)
    return KeyValueGradientRun(
      keyPanels: keys.at(panel), valuePanels: gradients.valuePanels.at(panel),
      keys: rows.rotated.at(segment.firstRow, key), keyRow: rows.rotated.stride,
      dKeys: target, dValues: target + layer.keyWidth, gradientRow: gradients.projected.stride, count: count)
  }

  /// Through the rotation and the normalisation of queries and keys, in place.
  private func heads(_ range: Range<Int>, _ gradients: FloatView, _ dGains: FloatView) {
    let head = layer.headWidth
    for row in range {
      let angles = rows.rotary.angles(rows.rows.position(row))
      for h in 0..<layer.heads + layer.kvHeads {
        let isQuery = h < layer.heads
        let d = gradients.at(row, h * head)
        RotaryTable.rotateBack(d, angles, head / 2, isQuery ? layer.scale : 1, into: d)
        RootMeanSquareNorm.backward(
          d, rows.projected.at(row, h * head), rows.headInverse.at(row, h).pointee,
          (isQuery ? rows.queryGain : rows.keyGain).at(0), head, residual: nil, into: d,
          dGains.at(0, isQuery ? 0 : head))
      }
    }
  }
}
