/// A pass over one layout: the layers at work, and the memory they need.
final class ModelPass {
  let policy: Policy
  let layout: SequenceLayout
  let context: PassContext
  /// The passes of the layers of the body.
  let layers: [any LayerPass]
  private let head: OutputHead.OutputHeadPass

  init(
    _ policy: Policy, _ layout: SequenceLayout, _ retention: PassContext.Retention
  ) throws(EngineError) {
    let context = PassContext(
      policy: policy, packed: try policy.packedWeights(),
      rotary: try policy.rotaryTable(layout.positionCount),
      rows: .layout(layout), retention: retention)
    self.policy = policy
    self.layout = layout
    self.context = context
    (layers, head) = try FloatArena.plan(for: "forward") { arena in
      let width = policy.configuration.width
      var stream = arena.take(layout.rowCount, width)
      var passes: [any LayerPass] = []
      for layer in policy.model.body {
        arena.beginLayer()
        let isFirst = passes.isEmpty
        let next =
          isFirst || retention != .everything ? stream : arena.take(layout.rowCount, width)
        passes.append(layer.pass(context, from: stream, into: next, &arena))
        stream = next
      }
      arena.beginLayer()
      return (passes, policy.model.head.pass(context, stream: stream, rows: layout.headRows, &arena))
    }
  }

  /// Computes the outputs of all head rows; `read` gets each.
  func forward(_ read: (_ row: Int, _ outputs: FloatView) -> Void) throws(EngineError) {
    try withoutActuallyEscaping(read) { (read) throws(EngineError) in
      try Stage.run(
        layers.flatMap { $0.forward() } + head.forward(read), rows: layout.rowCount, "forward")
    }
  }

  /// The passes of mixture layers.
  var routed: [any RoutedPass] { layers.compactMap { $0 as? any RoutedPass } }

  /// Puts the gradient of the weights where `sums` says; `differentiate` turns the outputs of a head row into the
  /// derivatives with respect to them.
  func backward(
    _ sums: GradientSums, _ differentiate: (_ row: Int, _ outputs: FloatView) -> Void
  ) throws(EngineError) {
    try withoutActuallyEscaping(differentiate) { (differentiate) throws(EngineError) in
      let stages = try FloatArena.plan(for: "backward") { arena in
        // The gradient of the residual stream at the entry of a layer: deferred tasks read it two layers on.
        let gradients = (0..<3).map { _ in arena.take(layout.rowCount, policy.configuration.width) }
        arena.beginLayer()
        var stages = head.backward(into: gradients[layers.count % 3], sums, &arena, differentiate)
        for (index, layer) in layers.enumerated().reversed() {
          arena.beginLayer()
          stages += layer.backward(gradients[(index + 1) % 3], into: gradients[index % 3], sums, &arena)
        }
        return stages
      }
      try Stage.run(stages, rows: layout.rowCount, "backward")
    }
  }
}
