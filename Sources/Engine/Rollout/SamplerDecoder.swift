/// Decodes one batch of completions token by token with a cache of keys and values.
///
/// Every row goes through the kernels of the training forward pass, in their order of summation.
final class Decoder {
  private let policy: Policy
  private let c: PolicyConfiguration
  private let group: Int
  /// Which of all completions these are.
  private let batch: Range<Int>
  private let options: SamplingOptions
  private let choice: TokenChoice
  private let firstPrompt: Int
  private let prefill: SpanPass
  private let blocks: [TransformerBlock]
  private let head: OutputHead
  private let rotary: RotaryTable
  private let ownPanels: Int
  let plan: Plan
  private let memory: Storage<Float>
  /// Sequences still going, and the tokens of all, `maxNewTokens` apart.
  private var active: [Int]
  private var tokens: [Int32]
  private var lengths: [Int]
  private var finished: [Bool]
  private let streams: [Philox]

  /// Where everything lies.
  struct Plan {
    let activations: BlockActivations
    let stream: MutableFloats
    let normed: MutableFloats
    let inverse: MutableFloats
    let logits: MutableFloats
    let exponentials: MutableFloats
    let choiceScratch: MutableFloats
    let scores: MutableFloats
    let scoreRow: Int
    /// A block's cache: for each sequence its keys in panels, and its values row by row.
    let keys: [MutableFloats]
    let values: [MutableFloats]
    let logProbs: MutableFloats
    let entropy: MutableFloats
    /// 1 where a row's log-probability was not finite.
    let faults: MutableFloats
  }

  /// The completions decoded at once: as many as half a gigabyte of cache holds.
  static func batchLimit(_ c: PolicyConfiguration, _ maxNewTokens: Int) -> Int {
    let (perToken, tooMany) = (2 * c.keyWidth).multipliedReportingOverflow(by: c.layers)
    let (floats, tooLong) = perToken.multipliedReportingOverflow(by: maxNewTokens + 16)
    return tooMany || tooLong ? 1 : max(1, (1 << 27) / max(floats, 1))
  }

  init(
    _ policy: Policy, _ prompts: [[Int32]], _ group: Int, _ batch: Range<Int>, _ options: SamplingOptions
  ) throws(EngineError) {
    let c = policy.configuration
    self.policy = policy
    self.c = c
    self.group = group
    self.batch = batch
    self.options = options
    let choice = TokenChoice(options, vocabulary: c.vocabulary)
    self.choice = choice
    firstPrompt = batch.lowerBound / group
    var layout = SequenceLayout()
    for prompt in firstPrompt...(batch.upperBound - 1) / group {
      layout.append(prompts[prompt], headsFrom: prompts[prompt].count - 1)
    }
    prefill = try SpanPass(policy, layout, .keys)
    let packed = prefill.packed
    blocks = prefill.blocks
    head = prefill.head
    rotary = try policy.rotaryTable(layout.positionCount + options.maxNewTokens)
    let sequences = batch.count
    let length = options.maxNewTokens
    let ownPanels = KeyValueRun.panels(max(length, 1))
    self.ownPanels = ownPanels
    let scoreRow = layout.longestScores + ownPanels * KeyValueRun.panel
    let cache = sequences * ownPanels * KeyValueRun.panel
    (memory, plan) = try FloatArena.block(for: "rollout") { arena in
      let stream = arena.take(sequences, c.width)
      return Plan(
        activations: BlockActivations(sequences, c, residual: stream, &arena), stream: stream,
        normed: arena.take(sequences, c.width), inverse: arena.take(sequences),
        logits: arena.take(sequences, c.logitRow), exponentials: arena.take(sequences, c.logitRow),
        choiceScratch: arena.take(sequences, choice.scratchFloats), scores: arena.take(sequences, scoreRow),
        scoreRow: scoreRow,
        keys: (0..<c.layers).map { _ in arena.take(cache, c.keyWidth) },
        values: (0..<c.layers).map { _ in arena.take(cache, c.keyWidth) },
        logProbs: arena.take(sequences, length), entropy: arena.take(sequences, length),
        faults: arena.take(sequences))
    }
    _ = packed
    active = Array(0..<sequences)
    tokens = [Int32](repeating: 0, count: sequences * length)
    lengths = [Int](repeating: 0, count: sequences)
    finished = [Bool](repeating: false, count: sequences)
    streams = batch.map { index in
      Philox(seed: options.seed, options.purpose, options.step, UInt64(index / group), UInt64(index % group))
    }
  }

  /// Decodes until every sequence has ended.
  func run() throws(EngineError) {
    guard options.maxNewTokens > 0 else { return }
    try prefill.run()
    try choose { row in prefill.plan.logits + prompt(self.active[row]) * head.rowFloats }
    while !active.isEmpty {
      try decode()
      try choose { row in plan.logits + row * head.rowFloats }
    }
  }

  private func prompt(_ sequence: Int) -> Int { (batch.lowerBound + sequence) / group - firstPrompt }

  /// Rows computed together: an equal share for every thread, whole tiles.
  private var rowBlock: Int {
    let share = (active.count + Parallel.threads - 1) / Parallel.threads
    return max(8, min(64, (share + 7) & ~7))
  }

  /// Logits of the token after each active sequence.
  private func decode() throws(EngineError) {
    let embedding = Floats(policy.weights.base) + policy.table.embedding
    let a = plan.activations
    let length = options.maxNewTokens
    let width = c.width
    let head = head
    try Parallel.rows(active.count, by: rowBlock, "rollout") { range in
      for row in range {
        let sequence = active[row]
        let token = tokens[sequence * length + lengths[sequence] - 1]
        (plan.stream + row * width).update(from: embedding + Int(token) * width, count: width)
      }
      for layer in 0..<c.layers {
        blocks[layer].project(range, a, rotary) { row in
          prefill.layout.segments[prompt(active[row])].count + lengths[active[row]] - 1
        }
        for row in range { remember(row, layer) }
        attend(range, layer)
        blocks[layer].finish(range, a, into: plan.stream)
      }
      for row in range { head.normalize(Floats(plan.stream), row, row, plan.normed, plan.inverse) }
      head.logits(range, Floats(plan.normed), into: plan.logits)
    }
  }

  /// A row's place in the cache.
  private func cache(_ row: Int, _ layer: Int) -> (keys: MutableFloats, values: MutableFloats, index: Int) {
    let sequence = active[row]
    let offset = sequence * ownPanels * KeyValueRun.panel * c.keyWidth
    return (plan.keys[layer] + offset, plan.values[layer] + offset, lengths[sequence] - 1)
  }

  /// Puts a row's key and value into the cache.
  private func remember(_ row: Int, _ layer: Int) {
    let a = plan.activations
    let (keys, values, index) = cache(row, layer)
    blocks[layer].storeKeys(row, a, at: index, keys, capacity: ownPanels)
    (values + index * c.keyWidth).update(
      from: a.projected + row * c.projectionWidth + c.rotatedWidth, count: c.keyWidth)
  }

  /// Rows attend to their prompt, those of the same prompt together, and to what is in their caches.
  private func attend(_ range: Range<Int>, _ layer: Int) {
    let a = plan.activations
    var first = range.lowerBound
    while first < range.upperBound {
      let question = prompt(active[first])
      var last = first + 1
      while last < min(first + Attention.tile, range.upperBound), prompt(active[last]) == question {
        last += 1
      }
      let segment = prefill.layout.segments[question]
      blocks[layer].attend(first..<last, a, scores: plan.scores + first * plan.scoreRow) { kvHead in
        prefill.keyValues(segment, layer, kvHead, count: segment.count)
      } own: { row, kvHead in
        let (keys, values, index) = cache(row, layer)
        return KeyValueRun(
          keys: Floats(keys + kvHead * ownPanels * KeyValueRun.panel * c.headWidth),
          values: Floats(values + kvHead * c.headWidth), valueRow: c.keyWidth, count: index + 1)
      }
      first = last
    }
  }

  /// Chooses a token for every active sequence and lets those go that end with it.
  private func choose(_ logits: (Int) -> MutableFloats) throws(EngineError) {
    let length = options.maxNewTokens
    let rowFloats = head.rowFloats
    let inverseTemperature = Float(1 / options.reportedTemperature)
    try tokens.withUnsafeMutableBufferPointer { (buffer) throws(EngineError) in
      guard let tokens = buffer.baseAddress else { return }
      try Parallel.rows(active.count, by: 16, "rollout") { range in
        for row in range {
          let sequence = active[row]
          let step = lengths[sequence]
          let place = sequence * length + step
          let z = Floats(logits(row))
          let exponentials = plan.exponentials + row * rowFloats
          let softmax = Softmax(z, rowFloats, inverseTemperature, exponentials: exponentials)
          let uniform = streams[sequence].uniform(at: UInt64(step))
          let token = choice.choose(
            z, Floats(exponentials), uniform, scratch: plan.choiceScratch + row * choice.scratchFloats)
          let logProb = softmax.logProb(z[token], inverseTemperature)
          plan.logProbs[place] = logProb
          plan.entropy[place] = softmax.entropy
          plan.faults[row] = logProb.isFinite ? 0 : 1
          tokens[place] = Int32(truncatingIfNeeded: token)
        }
      }
    }
    var kept = 0
    for row in 0..<active.count {
      let sequence = active[row]
      guard plan.faults[row] == 0 else {
        throw EngineError(
          .numeric, "rollout", "the policy's log-probabilities are not finite",
          hint: "its weights have run away: go back to an earlier policy and lower the learning rate")
      }
      self.lengths[sequence] += 1
      if let end = options.endToken, tokens[sequence * length + self.lengths[sequence] - 1] == end {
        finished[sequence] = true
      } else if self.lengths[sequence] < length {
        self.active[kept] = sequence
        kept += 1
      }
    }
    self.active.removeLast(active.count - kept)
  }

  /// Appends the completions and whether they ended.
  func collect(_ completions: inout [[Int32]], _ finished: inout [Bool]) {
    for sequence in 0..<batch.count {
      let first = sequence * options.maxNewTokens
      completions.append(Array(tokens[first..<first + lengths[sequence]]))
    }
    finished.append(contentsOf: self.finished)
  }

  /// The numbers of all tokens, one sequence after the other.
  func packed(_ values: MutableFloats) throws(EngineError) -> Storage<Float> {
    let result = try Storage<Float>(uninitialized: lengths.reduce(0, +), for: "rollout")
    var at = 0
    for sequence in 0..<batch.count {
      (result.base + at).update(from: values + sequence * options.maxNewTokens, count: lengths[sequence])
      at += lengths[sequence]
    }
    return result
  }
}
