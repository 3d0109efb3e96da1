/// The feed-forward place of a block: y = x + W_down (silu(W_gate n) * W_up n).
///
/// The one place that knows what stands there; a mixture of experts will be another.
struct FeedForward {
  let width: Int
  let hidden: Int

  init(_ c: PolicyConfiguration) {
    width = c.width
    hidden = c.ffnWidth
  }

  /// Rows `rows` from `normed`, added to `residual`, into `output`.
  func forward(
    _ rows: Range<Int>, _ packed: PackedFeedForward, _ a: FeedForwardActivations, normed: Floats,
    residual: Floats, into output: MutableFloats
  ) {
    let first = rows.lowerBound
    let gateUp = a.gateUp + first * 2 * hidden
    let activated = a.activated + first * hidden
    packed.gateUp.multiply(rows.count, normed + first * width, width, into: gateUp, 2 * hidden)
    for row in 0..<rows.count {
      GatedUnit.forward(gateUp + row * 2 * hidden, hidden, into: activated + row * hidden)
    }
    packed.down.multiply(
      rows.count, activated, hidden, into: output + first * width, width, adding: residual + first * width)
  }

  /// From the gradient at the output, that at `gateUp` and at `normed`.
  func backward(
    _ rows: Range<Int>, _ packed: PackedFeedForward, _ a: FeedForwardActivations, dOutput: Floats,
    dActivated: MutableFloats, dGateUp: MutableFloats, dNormed: MutableFloats
  ) {
    let first = rows.lowerBound
    packed.down.multiply(
      rows.count, dOutput + first * width, width, into: dActivated + first * hidden, hidden)
    for row in rows {
      GatedUnit.backward(
        dActivated + row * hidden, a.gateUp + row * 2 * hidden, hidden, into: dGateUp + row * 2 * hidden)
    }
    packed.gateUp.multiply(
      rows.count, dGateUp + first * 2 * hidden, 2 * hidden, into: dNormed + first * width, width)
  }
}
