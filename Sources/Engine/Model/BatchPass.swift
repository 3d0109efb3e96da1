/// The passes over all sequences of a batch, span by span, forwards and back.
///
/// What is read off a head row, and what its derivatives are, is up to those who ask.
final class BatchPass {
  let policy: Policy
  private let spans: [SequenceLayout]
  /// The pass whose activations are still there: the only one, where the batch fits.
  private var kept: SpanPass?

  /// Bytes of activations held at once; a larger batch is computed again, part by part, on the way back.
  static let activationLimit = 1 << 30

  /// Layouts that cover `sequences`, each with activations that fit below the limit.
  static func spans(
    _ policy: Policy, _ sequences: TokenSequences, activationLimit: Int = BatchPass.activationLimit
  ) throws(EngineError) -> [SequenceLayout] {
    let c = policy.configuration
    try sequences.validate(vocabulary: c.vocabulary, "forward")
    let perRow = (BlockActivations.floatsPerRow(c) + c.keyWidth) * c.layers + 2 * c.width + c.logitRow
    return SequenceLayout.spans(sequences, rowLimit: max(256, activationLimit / 4 / perRow))
  }

  /// Runs `spans` forwards; `read` gets the outputs of each head row, padded with minus infinity.
  init(
    _ policy: Policy, _ spans: [SequenceLayout], forGradient: Bool,
    read: (_ layout: SequenceLayout, _ row: Int, _ outputs: Floats) -> Void
  ) throws(EngineError) {
    let c = policy.configuration
    self.policy = policy
    self.spans = spans
    let keep = forGradient && spans.count == 1
    for layout in spans {
      let pass = try SpanPass(policy, layout, keep ? .everything : .nothing)
      try pass.run()
      let rows = layout.headRows.count
      Parallel.run((rows + 63) / 64) { part in
        for row in part * 64..<min(rows, part * 64 + 64) {
          read(layout, row, Floats(pass.plan.logits + row * c.logitRow))
        }
      }
      if keep { kept = pass }
    }
  }

  /// The gradient with respect to the weights, from derivatives with respect to the outputs of each head row.
  func backward(_ differentiate: BackwardPass.Differentiate) throws(EngineError) -> Gradient {
    let gradient = try Gradient(policy)
    var adding = false
    for layout in spans {
      let pass: SpanPass
      if let kept {
        pass = kept
      } else {
        pass = try SpanPass(policy, layout, .everything)
        try pass.run()
      }
      try BackwardPass(pass, gradient, adding: adding).run(differentiate)
      adding = true
    }
    if spans.isEmpty { gradient.values.base.update(repeating: 0, count: gradient.values.count) }
    kept = nil
    return gradient
  }
}

/// The derivative of an objective with respect to every weight of a policy, flat as the weights are.
public final class Gradient: @unchecked Sendable {
  let values: Storage<Float>

  init(_ policy: Policy) throws(EngineError) {
    values = try Storage<Float>(uninitialized: policy.parameterCount, for: "backward")
  }

  /// The derivatives, copied.
  public var elements: [Float] {
    withExtendedLifetime(values) { Array(UnsafeBufferPointer(start: values.base, count: values.count)) }
  }
}
