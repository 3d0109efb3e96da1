/// One block's work on any rows: the sampler, the forward pass and nothing else computes activations.
struct TransformerBlock {
  let configuration: PolicyConfiguration
  let packed: PackedBlock
  let inputNorm: Floats
  let queryNorm: Floats
  let keyNorm: Floats
  let feedForwardNorm: Floats
  let feedForward: FeedForward
  let epsilon: Float
  /// 1/sqrt(headWidth), which queries carry.
  let scale: Float

  init(_ layer: Int, _ policy: Policy, _ packed: PackedWeights) {
    let weights = Floats(policy.weights.base)
    let offsets = policy.table.blocks[layer]
    configuration = policy.configuration
    self.packed = packed.blocks[layer]
    inputNorm = weights + offsets.inputNorm
    queryNorm = weights + offsets.queryNorm
    keyNorm = weights + offsets.keyNorm
    feedForwardNorm = weights + offsets.feedForwardNorm
    feedForward = FeedForward(configuration)
    epsilon = Float(configuration.normEpsilon)
    scale = 1 / Float(configuration.headWidth).squareRoot()
  }

  /// Normalisation, projections, and turned queries and keys of rows `rows`.
  func project(_ rows: Range<Int>, _ a: BlockActivations, _ rotary: RotaryTable, position: (Int) -> Int) {
    let c = configuration
    let width = c.width
    let head = c.headWidth
    let first = rows.lowerBound
    withFloats(rows.count * width) { normed in
      for row in rows {
        a.inverse[row] = RootMeanSquareNorm.forward(
          Floats(a.input + row * width), inputNorm, width, epsilon, into: normed + (row - first) * width)
      }
      packed.projections.multiply(
        rows.count, Floats(normed), width, into: a.projected + first * c.projectionWidth, c.projectionWidth)
    }
    for row in rows {
      let from = Floats(a.projected + row * c.projectionWidth)
      let to = a.rotated + row * c.rotatedWidth
      let inverses = a.headInverse + row * (c.heads + c.kvHeads)
      let angles = rotary.angles(position(row))
      for h in 0..<c.heads + c.kvHeads {
        let isQuery = h < c.heads
        inverses[h] = RootMeanSquareNorm.forward(
          from + h * head, isQuery ? queryNorm : keyNorm, head, epsilon, into: to + h * head)
        RotaryTable.turn(Floats(to + h * head), angles, head / 2, isQuery ? scale : 1, into: to + h * head)
      }
    }
  }

  /// Writes the keys of `row` as key `index` of a sequence whose panels begin at `keys`, `capacity` panels a head.
  func storeKeys(_ row: Int, _ a: BlockActivations, at index: Int, _ keys: MutableFloats, capacity: Int) {
    let c = configuration
    let head = c.headWidth
    let panel = KeyValueRun.panel
    let from = a.rotated + row * c.rotatedWidth + c.queryWidth
    for h in 0..<c.kvHeads {
      let to = keys + h * capacity * head * panel + KeyValueRun.place(index, head)
      for d in 0..<head { to[d &* panel] = from[h * head + d] }
    }
  }

  /// Attention of all heads of at most `Attention.tile` rows that share a prompt: `prefix` gives its run for a
  /// key-value head, `own` the run of a row.
  func attend(
    _ rows: Range<Int>, _ a: BlockActivations, scores: MutableFloats, prefix: (_ kvHead: Int) -> KeyValueRun,
    own: (_ row: Int, _ kvHead: Int) -> KeyValueRun
  ) {
    let c = configuration
    let head = c.headWidth
    let shared = c.heads / c.kvHeads
    let first = rows.lowerBound
    for kvHead in 0..<c.kvHeads {
      let prefix = prefix(kvHead)
      for h in kvHead * shared..<(kvHead + 1) * shared {
        Attention.forward(
          rows.count, Floats(a.rotated + first * c.rotatedWidth + h * head), c.rotatedWidth, head,
          prefix: prefix, own: { own(first + $0, kvHead) }, scores: scores,
          into: a.attended + first * c.queryWidth + h * head, c.queryWidth,
          peak: a.peak + first * c.heads + h, inverseSum: a.inverseSum + first * c.heads + h, c.heads)
      }
    }
  }

  /// What follows attention, for rows `rows`: the output projection and the feed-forward block.
  func finish(_ rows: Range<Int>, _ a: BlockActivations, into output: MutableFloats) {
    let c = configuration
    let width = c.width
    let first = rows.lowerBound
    packed.output.multiply(
      rows.count, Floats(a.attended + first * c.queryWidth), c.queryWidth, into: a.middle + first * width,
      width,
      adding: Floats(a.input + first * width))
    withFloats(rows.count * width) { normed in
      for row in rows {
        a.inverse2[row] = RootMeanSquareNorm.forward(
          Floats(a.middle + row * width), feedForwardNorm, width, epsilon,
          into: normed + (row - first) * width)
      }
      feedForward.forward(
        rows.count, packed.feedForward, normed: Floats(normed), gateUp: a.gateUp + first * 2 * c.ffnWidth,
        residual: Floats(a.middle + first * width), into: output + first * width)
    }
  }
}

/// The end of the model: final normalisation and head.
struct OutputHead {
  let width: Int
  let outputs: Int
  let rowFloats: Int
  let norm: Floats
  let packed: PackedMatrix
  let epsilon: Float

  init(_ policy: Policy, _ packed: PackedWeights) {
    let c = policy.configuration
    width = c.width
    outputs = c.outputs
    rowFloats = c.logitRow
    norm = Floats(policy.weights.base) + policy.table.finalNorm
    self.packed = packed.head
    epsilon = Float(c.normEpsilon)
  }

  /// Normalises row `source` of the residual stream as row `row`.
  func normalize(
    _ stream: Floats, _ source: Int, _ row: Int, _ normed: MutableFloats, _ inverse: MutableFloats
  ) {
    inverse[row] = RootMeanSquareNorm.forward(
      stream + source * width, norm, width, epsilon, into: normed + row * width)
  }

  /// The logits of normalised rows, padded with minus infinity.
  func logits(_ rows: Range<Int>, _ normed: Floats, into logits: MutableFloats) {
    let first = rows.lowerBound
    packed.multiply(rows.count, normed + first * width, width, into: logits + first * rowFloats, rowFloats)
    for row in rows { Softmax.pad(logits + row * rowFloats, outputs) }
  }
}
