import Synchronization

/// Decodes sequences token by token with a cache of keys and values.
///
/// Every row goes through the layers of the training forward pass, in their order of summation.
final class ProcessorDecoder: BackendDecoder {
  private let policy: Policy
  private let prompts: DecodingPrompts
  private let choice: TokenChoice
  /// The pass over the prompts, which holds their keys and values.
  private let prefill: ModelPass
  private var step: Step?
  /// The most sequences that take a token at once: the outputs of all are held.
  private let capacity: Int
  /// The experts of the tokens that each sequence has taken, and of each prompt's.
  private var taken: [ExpertSets]
  private var prompted: [[UInt16]] = []
  /// The tokens drawn in a step, one for each row.
  private let drawn: Storage<DecodedToken>
  /// What the last token of each sequence was drawn from, where that is recorded.
  private let kept = Mutex<[Int: TokenSet]>([:])

  /// The layers at work on one token of each sequence.
  private struct Step {
    let rows: DecodingRows
    let layers: [any LayerPass]
    let routed: [any RoutedPass]
    let stages: [Stage]
  }

  init(_ policy: Policy, _ prompts: DecodingPrompts, _ choice: TokenChoice) throws(EngineError) {
    self.policy = policy
    self.prompts = prompts
    self.choice = choice
    var layout = SequenceLayout()
    for prompt in prompts.prompts { layout.append(prompt, headsFrom: prompt.count - 1) }
    prefill = try ModelPass(policy, layout, .keys)
    let sets = ExpertSets(policy.configuration)
    taken = sets.map { Array(repeating: $0, count: prompts.promptOf.count) } ?? []
    capacity = min(prompts.promptOf.count, policy.model.head.chunkRows)
    drawn = try Storage(uninitialized: prompts.promptOf.count, for: "rollout")
  }

  func reserve(_ tokens: Int) throws(EngineError) {
    let panels = KeyValueRun.panels(max(tokens, 1))
    let held = step?.rows.panels ?? 0
    guard panels > held else { return }
    let rows = DecodingRows(
      prefill.layout, sequences: prompts.promptOf.count, capacity: capacity,
      panels: held > 0 ? max(panels, 2 * held) : panels)
    var context = PassContext(
      policy: policy, packed: prefill.context.packed,
      rotary: try policy.rotaryTable(prefill.layout.positionCount + rows.panels * KeyValueRun.panel),
      rows: .decoding(rows), retention: .nothing)
    let made = try FloatArena.plan(for: "rollout") { arena in
      let stream = arena.take(capacity, policy.configuration.width)
      var layers: [any LayerPass] = []
      for (layer, prompts) in zip(policy.model.body, prefill.layers) {
        arena.beginLayer()
        context.prompts = prompts
        layers.append(layer.pass(context, from: stream, into: stream, &arena))
      }
      let head = policy.model.head.pass(
        context, stream: stream, rows: (0..<capacity).map { Int32($0) }, &arena)
      return Step(
        rows: rows, layers: layers, routed: layers.compactMap { $0 as? any RoutedPass },
        stages: layers.flatMap { $0.forward() } + [draw(rows, head, &arena)])
    }
    if let step { for (new, old) in zip(made.layers, step.layers) { new.resume(old) } }
    step = made
  }

  /// Draws the next tokens of the rows that ask for one.
  private func draw(
    _ rows: DecodingRows, _ head: OutputHead.OutputHeadPass, _ arena: inout FloatArena
  ) -> Stage {
    let exponentials = arena.take(capacity, policy.model.head.rowFloats)
    let scratch = arena.take(capacity, choice.scratchFloats)
    return .rows { [choice, drawn, unowned self] range in
      guard range.contains(where: { rows.rows[$0].uniform != nil }) else { return }
      let outputs = head.outputs(range)
      for row in range {
        guard let uniform = rows.rows[row].uniform else { continue }
        let at = row - range.lowerBound
        choice.draw(
          outputs[at..<at + 1], CollectionOfOne(uniform), exponentials: exponentials[row..<row + 1],
          scratch: scratch[row..<row + 1]
        ) { token, set in
          drawn[row] = token
          if let set { keep(set, rows.rows[row].sequence) }
        }
      }
    }
  }

  func begin(_ draws: [DecodingDraw]) throws(EngineError) -> [DecodedToken] {
    var first = [Int](repeating: 0, count: prompts.prompts.count + 1)
    for draw in draws { first[prompts.promptOf[draw.sequence] + 1] += 1 }
    for prompt in prompts.prompts.indices { first[prompt + 1] += first[prompt] }
    let rowFloats = policy.model.head.rowFloats
    let (starts, choice, drawn) = (first, choice, drawn)
    try prefill.forward { prompt, outputs in
      let own = starts[prompt]..<starts[prompt + 1]
      if own.isEmpty { return }
      FloatView.scratch(2, max(rowFloats, choice.scratchFloats)) { room in
        var next = own.lowerBound
        choice.draw(
          outputs, draws[own].lazy.map(\.uniform), exponentials: room[0..<1], scratch: room[1..<2]
        ) { token, set in
          drawn[next] = token
          if let set { keep(set, draws[next].sequence) }
          next += 1
        }
      }
    }
    let routed = prefill.routed
    if !routed.isEmpty { prompted = prefill.layout.segments.map { ExpertSets.numbers(routed, $0.rows) } }
    return draws.indices.map { drawn[$0] }
  }

  func advance(_ rows: [DecodingRow]) throws(EngineError) -> [DecodedToken?] {
    guard let step else { return [] }
    var tokens: [DecodedToken?] = []
    for first in stride(from: 0, to: rows.count, by: capacity) {
      step.rows.rows = Array(rows[first..<min(rows.count, first + capacity)])
      let count = step.rows.rows.count
      // An equal share for every thread, in whole tiles.
      let share = (count + Runtime.current.threads - 1) / Runtime.current.threads
      try Stage.run(
        step.stages, rows: count, by: max(8, min(Stage.rowBlock, (share + 7) & ~7)), "rollout")
      for (index, row) in step.rows.rows.enumerated() where !taken.isEmpty {
        taken[row.sequence].completion += ExpertSets.numbers(step.routed, index..<index + 1)
      }
      tokens += step.rows.rows.enumerated().map { $1.uniform == nil ? nil : drawn[$0] }
    }
    return tokens
  }

  private func keep(_ set: TokenSet, _ sequence: Int) { kept.withLock { $0[sequence] = set } }

  func kept(_ sequence: Int) -> TokenSet? { kept.withLock { $0[sequence] } }

  func experts(_ sequence: Int) -> ExpertSets? {
    guard taken.indices.contains(sequence),
      let prompt = prompted.first == nil ? nil : prompts.promptOf[sequence]
    else { return nil }
    var sets = taken[sequence]
    sets.prompt = prompted[prompt]
    return sets
  }
}
