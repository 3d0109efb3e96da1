// Passes: policies at work. `SequenceLayout` says where tokens lie, `ModelPass` takes them through the layers,
// `ForwardPass` and `NextTokenDistributions` read the ends, `ProcessorDecoder` samples.

/// What runs policies: this machine's processor, or an accelerator in its place.
///
/// Tokens, derivatives and policies go in; numbers for each token, gradients and policies come out. Nothing else of a
/// backend is seen.
protocol Backend: Sendable {
  /// The forward pass over `spans`, which make `predictions` predictions together, read as `end` says.
  /// - Weight forGradient: keeps what the backward pass needs.
  func forward(
    _ policy: Policy, _ spans: [SequenceLayout], _ end: any End, predictions: Int, forGradient: Bool
  ) throws(EngineError) -> any BackendPass
  /// A decoder of sequences that follow `prompts`, each of which begins as many as `group` says.
  func decoder(_ policy: Policy, _ prompts: DecodingPrompts, _ choice: TokenChoice) throws(EngineError)
    -> any BackendDecoder
  /// The policy after one update that ascends the objective whose gradient this is; uses the gradient up.
  func update(_ policy: Policy, ascending gradient: Gradient) throws(EngineError) -> UpdateResult
}

/// A forward pass that has been made.
protocol BackendPass: AnyObject {
  var readings: EndReadings { get }
  /// What the routers gave to each expert; nil for a policy without experts.
  var load: ExpertLoad? { get }
  /// The experts that the routers chose for each completion; nil for a policy without experts.
  var experts: [ExpertSets]? { get }
  /// The gradient with respect to the weights, from derivatives with respect to what was read.
  func backward(_ derivatives: TokenDerivatives) throws(EngineError) -> Gradient
}

/// Sequences that are being sampled, with their keys and values.
protocol BackendDecoder: AnyObject {
  /// Makes room for `tokens` tokens in each sequence.
  func reserve(_ tokens: Int) throws(EngineError)
  /// Computes the prompts, and draws the first token of some sequences, in their order.
  func begin(_ draws: [DecodingDraw]) throws(EngineError) -> [DecodedToken]
  /// Takes one token of each of some sequences, in their order, and draws the next where a row asks for one.
  func advance(_ rows: [DecodingRow]) throws(EngineError) -> [DecodedToken?]
  /// The experts of the tokens that a sequence has taken; nil for a policy without experts.
  func experts(_ sequence: Int) -> ExpertSets?
  /// What the last token of a sequence was drawn from; nil where it is not recorded.
  func kept(_ sequence: Int) -> TokenSet?
}

/// This machine's processor.
struct Processor: Backend {
  func forward(
    _ policy: Policy, _ spans: [SequenceLayout], _ end: any End, predictions: Int, forGradient: Bool
  ) throws(EngineError) -> any BackendPass {
    try ProcessorPass(policy, spans, end, predictions: predictions, forGradient: forGradient)
  }

  func decoder(
    _ policy: Policy, _ prompts: DecodingPrompts, _ choice: TokenChoice
  ) throws(EngineError) -> any BackendDecoder {
    try ProcessorDecoder(policy, prompts, choice)
  }

  func update(_ policy: Policy, ascending gradient: Gradient) throws(EngineError) -> UpdateResult {
    try PolicyUpdate(policy, gradient).result()
  }
}

/// The passes over all sequences of a batch, span by span.
private final class ProcessorPass: BackendPass {
  let readings: EndReadings
  private(set) var load: ExpertLoad?
  private(set) var experts: [ExpertSets]?
  private let policy: Policy
  private let spans: [SequenceLayout]
  private let end: any End
  /// The pass whose activations are still there: the only one, where the batch fits.
  private var kept: ModelPass?

  init(
    _ policy: Policy, _ spans: [SequenceLayout], _ end: any End, predictions: Int, forGradient: Bool
  ) throws(EngineError) {
    self.policy = policy
    self.spans = spans
    self.end = end
    let readings = try EndReadings(end, predictions: predictions)
    self.readings = readings
    load = ExpertLoad(policy.configuration)
    if load != nil { experts = [] }
    let keeps = forGradient && spans.count == 1
    for layout in spans {
      let pass = try ModelPass(policy, layout, keeps ? .everything : .nothing)
      try pass.forward { row, outputs in end.read(layout, row, outputs, into: readings) }
      let routed = pass.routed
      load?.add(routed, layout)
      experts?.add(routed, layout)
      if keeps { kept = pass }
    }
  }

  func backward(_ derivatives: TokenDerivatives) throws(EngineError) -> Gradient {
    for count in [derivatives.logProbs.count, derivatives.entropy?.count ?? readings.values.count] {
      guard count == readings.values.count else {
        throw EngineError(
          .shape, "backward", "\(count) derivatives came for \(readings.values.count) completion tokens")
      }
    }
    let gradient = try Gradient(policy)
    if spans.isEmpty { gradient.values.view.clear() }
    var balance: FloatView?
    if derivatives.balance != 0 { balance = try load?.slopes(times: -derivatives.balance) }
    for (index, layout) in spans.enumerated() {
      let pass: ModelPass
      if let kept {
        pass = kept
      } else {
        pass = try ModelPass(policy, layout, .everything)
        try pass.forward { _, _ in }
      }
      let sums = GradientSums(gradient: gradient, adding: index > 0, balance: balance)
      try pass.backward(sums) { row, outputs in end.differentiate(layout, row, outputs, derivatives) }
    }
    kept = nil
    return gradient
  }
}
