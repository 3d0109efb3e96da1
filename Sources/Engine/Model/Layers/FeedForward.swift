/// The dense feed-forward layer: y = x + W_down (silu(W_gate n) * W_up n), with n the normalised x.
struct FeedForward: FeedForwardLayer {
  fileprivate let norm: Weight
  /// W_gate, then W_up.
  fileprivate let gateUp: Weight
  fileprivate let down: Weight
  fileprivate let epsilon: Float

  init(_ c: PolicyConfiguration, block: Int, _ name: String, _ table: inout ParameterTable) {
    norm = table.add(name + "post_attention_layernorm.weight", columns: c.width, .gain)
    gateUp = table.add(
      [(name + "mlp.gate_proj.weight", c.ffnWidth), (name + "mlp.up_proj.weight", c.ffnWidth)],
      columns: c.width, .projection)
    down = table.add(
      name + "mlp.down_proj.weight", rows: c.width, columns: c.ffnWidth, .residualProjection)
    epsilon = Float(c.normEpsilon)
  }

  var matrices: [Weight] { [gateUp, down] }
  var floatsPerRow: Int { 1 + gateUp.rows }

  func pass(
    _ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena
  ) -> any LayerPass {
    FeedForwardPass(self, context, input, output, &arena)
  }
}

private final class FeedForwardPass: LayerPass {
  private let layer: FeedForward
  private let context: PassContext
  private let input: FloatView
  private let output: FloatView
  private let gain: FloatView
  private let packedGateUp: PackedMatrix
  private let packedDown: PackedMatrix
  /// The factors of the normalisation, `(rows, 1)`.
  private let inverse: FloatView
  /// Gates, then ups, `(rows, 2 hidden)`.
  private let gateUp: FloatView

  private var hidden: Int { layer.down.columns }

  init(
    _ layer: FeedForward, _ context: PassContext, _ input: FloatView, _ output: FloatView,
    _ arena: inout FloatArena
  ) {
    self.layer = layer
    self.context = context
    self.input = input
    self.output = output
    gain = context.weights(layer.norm)
    packedGateUp = context.packed[layer.gateUp]
    packedDown = context.packed[layer.down]
    inverse = context.keep(1, &arena)
    gateUp = context.keep(layer.gateUp.rows, &arena)
  }

  func forward() -> [Stage] {
    [
      .rows { [self] range in
        let x = input[range]
        let wide = gateUp[range]
        FloatView.scratch(range.count, x.columns) { normed in
          RootMeanSquareNorm.forward(x, gain: gain, layer.epsilon, into: normed, inverse: inverse[range])
          packedGateUp.multiply(normed, into: wide)
        }
        FloatView.scratch(range.count, hidden) { activated in
          GatedUnit.forward(wide, into: activated)
          packedDown.multiply(activated, into: output[range], adding: x)
        }
      }
    ]
  }

  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage] {
    let rows = context.rowCount
    let toNormed = InputGradient(context.weights(layer.gateUp), &arena)
    let toActivated = InputGradient(context.weights(layer.down), &arena)
    // The products of gates and ups, computed again, `(rows, hidden)`.
    let activated = arena.borrow(rows, hidden)
    let dGateUp = arena.borrow(rows, 2 * hidden)
    let dGain = sums.partial(rows, gain.columns, &arena)
    return [
      InputGradient.packing([toNormed, toActivated]),
      .rows { [self] range in
        FloatView.scratch(range.count, hidden) { dActivated in
          toActivated.multiply(dOutput[range], into: dActivated)
          GatedUnit.backward(dActivated, gateUp[range], into: dGateUp[range], product: activated[range])
        }
        FloatView.scratch(range.count, gain.columns) { dNormed in
          toNormed.multiply(dGateUp[range], into: dNormed)
          RootMeanSquareNorm.backward(
            dNormed, input[range], inverse: inverse[range], gain: gain, residual: dOutput[range],
            into: dInput[range], dGain: GradientSums.cleared(dGain, range))
        }
      },
      sums.deferred(
        matrices: [
          sums.matrix(layer.gateUp, dy: dGateUp, x: input, normalization: (inverse, gain)),
          sums.matrix(layer.down, dy: dOutput, x: activated),
        ],
        gains: [(dGain, layer.norm)]),
    ]
  }
}
