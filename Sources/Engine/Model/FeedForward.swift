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

  /// `rows` rows from `normed`, added to `residual`, into `output`; leaves gates and ups in `gateUp`.
  func forward(
    _ rows: Int, _ packed: PackedFeedForward, normed: Floats, gateUp: MutableFloats, residual: Floats,
    into output: MutableFloats
  ) {
    packed.gateUp.multiply(rows, normed, width, into: gateUp, 2 * hidden)
    withFloats(rows * hidden) { activated in
      for row in 0..<rows {
        GatedUnit.forward(Floats(gateUp + row * 2 * hidden), hidden, into: activated + row * hidden)
      }
      packed.down.multiply(rows, Floats(activated), hidden, into: output, width, adding: residual)
    }
  }

  /// From the gradient at the output of `rows` rows, that at `gateUp` and at `normed`; computes `activated` again.
  func backward(
    _ rows: Int, _ packed: PackedFeedForward, dOutput: Floats, gateUp: Floats, activated: MutableFloats,
    dGateUp: MutableFloats, dNormed: MutableFloats
  ) {
    withFloats(rows * hidden) { dActivated in
      packed.down.multiply(rows, dOutput, width, into: dActivated, hidden)
      for row in 0..<rows {
        let wide = row * 2 * hidden
        GatedUnit.backward(
          Floats(dActivated + row * hidden), gateUp + wide, hidden, into: dGateUp + wide,
          product: activated + row * hidden)
      }
    }
    packed.gateUp.multiply(rows, Floats(dGateUp), 2 * hidden, into: dNormed, width)
  }
}
