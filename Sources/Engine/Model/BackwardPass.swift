/// The way back through a span: from derivatives of the head's outputs to the gradient of the weights.
///
/// Rows go back block by block; sums over rows run in an order that the layout alone decides.
final class BackwardPass {
  private let pass: SpanPass
  private let layout: SequenceLayout
  private let c: PolicyConfiguration
  private let table: ParameterTable
  private let packed: PackedWeights
  private let weights: Floats
  private let gradient: MutableFloats
  private let adding: Bool
  private let plan: Plan
  private let memory: Storage<Float>

  /// Where everything lies.
  private struct Plan {
    /// Gradients of the residual stream: at a block's exit, in its middle, at its entry.
    var dOutput: MutableFloats
    var dMiddle: MutableFloats
    var dInput: MutableFloats
    /// The feed-forward block's product, computed again.
    var activated: MutableFloats
    var dGateUp: MutableFloats
    var dAttended: MutableFloats
    var dProjected: MutableFloats
    /// Values in panels, as keys are.
    var valuePanels: MutableFloats
    /// Scratch of attention, a part for each prompt and key-value head.
    var scratch: MutableFloats
    /// Gains' gradients summed over each block of rows: of a whole row, and of queries and keys.
    var partial: MutableFloats
    var headPartial: MutableFloats
    var dHead: MutableFloats

    init(_ layout: SequenceLayout, _ c: PolicyConfiguration, _ arena: inout FloatArena) {
      let rows = layout.rowCount
      dOutput = arena.take(rows, c.width)
      dMiddle = arena.take(rows, c.width)
      dInput = arena.take(rows, c.width)
      activated = arena.take(rows, c.ffnWidth)
      dGateUp = arena.take(rows, 2 * c.ffnWidth)
      dAttended = arena.take(rows, c.queryWidth)
      dProjected = arena.take(rows, c.projectionWidth)
      valuePanels = arena.take(layout.keyPanels * KeyValueRun.panel, c.keyWidth)
      scratch = arena.take(layout.groups.count * c.kvHeads, Attention.gradientScratch(layout.longestScores))
      partial = arena.take(rows / SpanPass.rowBlock + 1, c.width)
      headPartial = arena.take(rows / SpanPass.rowBlock + 1, 2 * c.headWidth)
      dHead = arena.take(layout.headRows.count, c.width)
    }
  }

  init(_ pass: SpanPass, _ gradient: Gradient, adding: Bool) throws(EngineError) {
    let layout = pass.layout
    let c = pass.policy.configuration
    self.pass = pass
    self.layout = layout
    self.c = c
    table = pass.policy.table
    packed = try pass.policy.backwardWeights()
    weights = Floats(pass.policy.weights.base)
    self.gradient = gradient.values.base
    self.adding = adding
    (memory, plan) = try FloatArena.block(for: "backward") { Plan(layout, c, &$0) }
  }

  /// Turns the outputs of a head row, padding and all, into the derivatives with respect to them.
  typealias Differentiate = (_ layout: SequenceLayout, _ row: Int, _ outputs: MutableFloats) -> Void

  func run(_ differentiate: Differentiate) throws(EngineError) {
    try head(differentiate)
    var dOutput = plan.dOutput
    var dInput = plan.dInput
    for layer in stride(from: c.layers - 1, through: 0, by: -1) {
      try block(layer, dOutput, dInput)
      swap(&dOutput, &dInput)
    }
    try embedding(dOutput)
  }

  /// Through head and final normalisation.
  private func head(_ differentiate: Differentiate) throws(EngineError) {
    let rows = layout.headRows.count
    let width = c.width
    let rowFloats = c.logitRow
    let logits = pass.plan.logits
    let stream = Floats(pass.plan.stream)
    let norm = weights + table.finalNorm
    try Parallel.rows(layout.rowCount, by: SpanPass.rowBlock, "backward") { range in
      (plan.dOutput + range.lowerBound * width).update(repeating: 0, count: range.count * width)
    }
    try Parallel.rows(rows, by: SpanPass.rowBlock, "backward") { range in
      for row in range { differentiate(layout, row, logits + row * rowFloats) }
      let first = range.lowerBound
      packed.head.multiply(
        range.count, Floats(logits + first * rowFloats), rowFloats, into: plan.dHead + first * width, width)
      let partial = cleared(plan.partial, range, width)
      for row in range {
        let source = Int(layout.headRows[row])
        RootMeanSquareNorm.backward(
          Floats(plan.dHead + row * width), stream + source * width, pass.plan.inverse[row], norm, width,
          residual: nil, into: plan.dOutput + source * width, partial)
      }
    }
    reduce(plan.partial, rows, width, 0, width, into: table.finalNorm)
    try matrices(
      rows,
      [
        WeightGradient(
          dy: Floats(logits), outputs: c.outputs, outputRow: rowFloats, x: Floats(pass.plan.normed),
          inputs: width,
          dw: gradient + table.head)
      ])
  }

  private func block(_ layer: Int, _ dOutput: MutableFloats, _ dInput: MutableFloats) throws(EngineError) {
    let rows = layout.rowCount
    let width = c.width
    let a = pass.plan.activations[layer]
    let offsets = table.blocks[layer]
    let packed = packed.blocks[layer]
    let feedForward = FeedForward(c)
    try Parallel.rows(rows, by: SpanPass.rowBlock, "backward") { range in
      let first = range.lowerBound
      withFloats(range.count * width) { dNormed in
        feedForward.backward(
          range.count, packed.feedForward, dOutput: Floats(dOutput + first * width),
          gateUp: Floats(a.gateUp + first * 2 * c.ffnWidth), activated: plan.activated + first * c.ffnWidth,
          dGateUp: plan.dGateUp + first * 2 * c.ffnWidth, dNormed: dNormed)
        let partial = cleared(plan.partial, range, width)
        for row in range {
          let at = row * width
          RootMeanSquareNorm.backward(
            Floats(dNormed + (row - first) * width), Floats(a.middle + at), a.inverse2[row],
            weights + offsets.feedForwardNorm, width, residual: Floats(dOutput + at), into: plan.dMiddle + at,
            partial)
        }
      }
      packed.output.multiply(
        range.count, Floats(plan.dMiddle + first * width), width,
        into: plan.dAttended + first * c.queryWidth, c.queryWidth)
    }
    reduce(plan.partial, rows, width, 0, width, into: offsets.feedForwardNorm)
    try attention(layer)
    try Parallel.rows(rows, by: SpanPass.rowBlock, "backward") { range in
      projections(range, layer)
      let first = range.lowerBound
      withFloats(range.count * width) { dNormed in
        packed.projections.multiply(
          range.count, Floats(plan.dProjected + first * c.projectionWidth), c.projectionWidth, into: dNormed,
          width)
        let partial = cleared(plan.partial, range, width)
        for row in range {
          let at = row * width
          RootMeanSquareNorm.backward(
            Floats(dNormed + (row - first) * width), Floats(a.input + at), a.inverse[row],
            weights + offsets.inputNorm, width, residual: Floats(plan.dMiddle + at), into: dInput + at,
            partial)
        }
      }
    }
    reduce(plan.headPartial, rows, 2 * c.headWidth, 0, c.headWidth, into: offsets.queryNorm)
    reduce(plan.headPartial, rows, 2 * c.headWidth, c.headWidth, c.headWidth, into: offsets.keyNorm)
    reduce(plan.partial, rows, width, 0, width, into: offsets.inputNorm)
    try matrices(
      rows,
      [
        WeightGradient(
          dy: Floats(plan.dGateUp), outputs: 2 * c.ffnWidth, outputRow: 2 * c.ffnWidth, x: Floats(a.middle),
          normalization: (Floats(a.inverse2), weights + offsets.feedForwardNorm), inputs: width,
          dw: gradient + offsets.feedForward.gateUp),
        WeightGradient(
          dy: Floats(dOutput), outputs: width, outputRow: width, x: Floats(plan.activated),
          inputs: c.ffnWidth, dw: gradient + offsets.feedForward.down),
        WeightGradient(
          dy: Floats(plan.dProjected), outputs: c.projectionWidth, outputRow: c.projectionWidth,
          x: Floats(a.input), normalization: (Floats(a.inverse), weights + offsets.inputNorm), inputs: width,
          dw: gradient + offsets.projections),
        WeightGradient(
          dy: Floats(plan.dMiddle), outputs: width, outputRow: width, x: Floats(a.attended),
          inputs: c.queryWidth, dw: gradient + offsets.output),
      ])
  }

  /// Through attention: a prompt and all its completions at once, so that what they give to the prompt's
  /// keys and values is summed in their order.
  private func attention(_ layer: Int) throws(EngineError) {
    let kvHeads = c.kvHeads
    let head = c.headWidth
    let row = c.projectionWidth
    let shared = c.heads / kvHeads
    let a = pass.plan.activations[layer]
    try Parallel.run(layout.groups.count * kvHeads, "backward") { task in
      let group = layout.groups[task / kvHeads]
      let kvHead = task % kvHeads
      let scratch = plan.scratch + task * Attention.gradientScratch(layout.longestScores)
      for index in group {
        let segment = layout.segments[index]
        let panels = plan.valuePanels + panelOffset(segment, kvHead)
        for i in segment.rows {
          let at = i * row + c.queryWidth + kvHead * head
          (plan.dProjected + at).update(repeating: 0, count: head)
          (plan.dProjected + at + c.keyWidth).update(repeating: 0, count: head)
          let from = a.projected + at + c.keyWidth
          let to = panels + KeyValueRun.place(i - segment.firstRow, head)
          for d in 0..<head { to[d &* KeyValueRun.panel] = from[d] }
        }
      }
      for index in group {
        let segment = layout.segments[index]
        let prompt = segment.prompt.map { layout.segments[$0] }
        let prefix = gradientRun(prompt ?? segment, layer, kvHead, count: prompt?.count ?? 0)
        for first in stride(from: 0, to: segment.count, by: Attention.gradientRows) {
          let count = min(Attention.gradientRows, segment.count - first)
          let own = gradientRun(segment, layer, kvHead, count: first + count)
          let i = segment.firstRow + first
          for h in kvHead * shared..<(kvHead + 1) * shared {
            let at = i * c.queryWidth + h * head
            let rows = QueryGradientRows(
              q: Floats(a.rotated + i * c.rotatedWidth + h * head), qRow: c.rotatedWidth,
              o: Floats(a.attended + at), dO: Floats(plan.dAttended + at), oRow: c.queryWidth,
              peak: Floats(a.peak + i * c.heads + h), inverseSum: Floats(a.inverseSum + i * c.heads + h),
              statisticsRow: c.heads, dq: plan.dProjected + i * row + h * head, dqRow: row, count: count)
            Attention.backward(rows, head, prefix: prefix, own: own, scratch: scratch)
          }
        }
      }
    }
  }

  /// Where a segment's panels of one key-value head begin.
  private func panelOffset(_ segment: SequenceLayout.Segment, _ kvHead: Int) -> Int {
    (segment.firstPanel * c.kvHeads + kvHead * segment.panels) * KeyValueRun.panel * c.headWidth
  }

  private func gradientRun(
    _ segment: SequenceLayout.Segment, _ layer: Int, _ kvHead: Int, count: Int
  ) -> KeyValueGradientRun {
    let a = pass.plan.activations[layer]
    let head = c.headWidth
    let panels = panelOffset(segment, kvHead)
    let key = c.queryWidth + kvHead * head
    let target = plan.dProjected + segment.firstRow * c.projectionWidth + key
    return KeyValueGradientRun(
      keyPanels: Floats(pass.plan.keys[layer] + panels), valuePanels: Floats(plan.valuePanels + panels),
      keys: Floats(a.rotated + segment.firstRow * c.rotatedWidth + key), keyRow: c.rotatedWidth,
      dKeys: target, dValues: target + c.keyWidth, gradientRow: c.projectionWidth, count: count)
  }

  /// Back through turning and the normalisation of queries and keys, in place.
  private func projections(_ range: Range<Int>, _ layer: Int) {
    let a = pass.plan.activations[layer]
    let block = pass.blocks[layer]
    let head = c.headWidth
    let partial = cleared(plan.headPartial, range, 2 * head)
    for row in range {
      let segment = layout.segments[Int(layout.segmentOfRow[row])]
      let angles = pass.rotary.angles(segment.firstPosition + row - segment.firstRow)
      for h in 0..<c.heads + c.kvHeads {
        let isQuery = h < c.heads
        let at = row * c.projectionWidth + h * head
        let d = plan.dProjected + at
        RotaryTable.turnBack(Floats(d), angles, head / 2, isQuery ? block.scale : 1, into: d)
        RootMeanSquareNorm.backward(
          Floats(d), Floats(a.projected + at), a.headInverse[row * (c.heads + c.kvHeads) + h],
          isQuery ? block.queryNorm : block.keyNorm, head, residual: nil, into: d,
          isQuery ? partial : partial + head)
      }
    }
  }

  /// The sums of a block of rows, at zero.
  private func cleared(_ partial: MutableFloats, _ range: Range<Int>, _ width: Int) -> MutableFloats {
    let partial = partial + range.lowerBound / SpanPass.rowBlock * width
    partial.update(repeating: 0, count: width)
    return partial
  }

  /// Adds the sums of the blocks of rows, in order.
  private func reduce(
    _ partial: MutableFloats, _ rows: Int, _ stride: Int, _ from: Int, _ width: Int, into offset: Int
  ) {
    let target = gradient + offset
    if !adding { target.update(repeating: 0, count: width) }
    for block in 0..<(rows + SpanPass.rowBlock - 1) / SpanPass.rowBlock {
      let partial = partial + block * stride + from
      for i in 0..<width { target[i] += partial[i] }
    }
  }

  private func matrices(_ rows: Int, _ products: [WeightGradient]) throws(EngineError) {
    var first: [Int] = []
    var parts = 0
    for product in products {
      first.append(parts)
      parts += product.parts
    }
    try Parallel.run(parts, "backward") { part in
      let index = (first.lastIndex { $0 <= part }) ?? 0
      products[index].compute(part: part - first[index], rows: rows, adding: adding)
    }
  }

  /// Into the embedding: each part of the width takes all rows in their order.
  private func embedding(_ dx: MutableFloats) throws(EngineError) {
    let width = c.width
    let target = gradient + table.embedding
    let strip = 64
    let isFresh = !adding && !c.tiedHead
    try Parallel.run((width + strip - 1) / strip, "backward") { part in
      let first = part * strip
      let last = min(width, first + strip)
      if isFresh {
        for token in 0..<c.vocabulary {
          (target + token * width + first).update(repeating: 0, count: last - first)
        }
      }
      for row in 0..<layout.rowCount {
        let to = target + Int(layout.tokens[row]) * width
        let from = dx + row * width
        for i in first..<last { to[i] += from[i] }
      }
    }
  }
}
