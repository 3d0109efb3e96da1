extension Batch {
  /// The sequences at `indices`, in that order; throws when one is outside or none is given.
  public func select(_ indices: [Int]) throws -> Batch {
    guard !indices.isEmpty else { throw EngineError(.argument, "batch", "there are no sequences to select") }
    for index in indices where index < 0 || index >= count {
      throw EngineError(.argument, "batch", "sequence \(index) is outside 0..<\(count)")
    }
    return try Batch(
      logp: logp.rows(at: indices), old: old.rows(at: indices), sampler: sampler?.rows(at: indices),
      ref: ref?.rows(at: indices), reward: reward?.rows(at: indices), baseline: baseline?.rows(at: indices),
      group: indices.map { group[$0] }, advantage: advantage?.rows(at: indices),
      weight: weight?.rows(at: indices), values: values?.rows(at: indices),
      entropy: entropy?.rows(at: indices), sequences: sequences?.select(indices),
      prompts: prompts.map { prompts in indices.map { prompts[$0] } },
      texts: texts.map { texts in indices.map { texts[$0] } }, temperature: temperature)
  }

  /// The batch in `parts` parts of whole sequences, in order, whose sizes differ by at most one.
  ///
  /// With a `seed` the sequences are dealt out at random first; within a part they keep their order, so that
  /// those of one prompt stay together.
  public func minibatches(_ parts: Int, seed: UInt64? = nil) throws -> [Batch] {
    guard parts > 0 else {
      throw EngineError(.argument, "minibatches", "needs at least one part, got \(parts)")
    }
    guard parts <= count else {
      throw EngineError(.argument, "minibatches", "\(count) sequences cannot make \(parts) parts")
    }
    if parts == 1, seed == nil { return [self] }
    let order = seed.map { Philox(seed: $0, .shuffle).permutation(count) } ?? Array(0..<count)
    return try (0..<parts).map { part in
      let start = count * part / parts
      let end = count * (part + 1) / parts
      return try select(order[start..<end].sorted())
    }
  }

  /// The sequences of all of `batches`, one batch after the other; groups stay apart.
  ///
  /// A field that one of the batches lacks is lacking in the result.
  public static func concat(_ batches: [Batch]) throws -> Batch {
    guard let first = batches.first else {
      throw EngineError(.argument, "concat", "there are no batches")
    }
    if batches.count == 1 { return first }
    for batch in batches where batch.temperature != first.temperature {
      throw EngineError(
        .argument, "concat", "temperatures \(first.temperature) and \(batch.temperature) differ")
    }
    var group: [Int] = []
    for batch in batches {
      let start = (group.max() ?? -1) + 1
      group += batch.group.map { $0 + start }
    }
    func join(_ field: (Batch) -> Tensor?) throws -> Tensor? {
      let parts = batches.compactMap(field)
      guard parts.count == batches.count else { return nil }
      let packed = parts.filter { $0.shape.tokenRows != nil }.count
      guard packed == 0 || packed == parts.count else {
        throw EngineError(.shape, "concat", "some values are by token and some by sequence")
      }
      return try Tensor.concat(parts)
    }
    let sequences = batches.compactMap(\.sequences)
    let texts = batches.compactMap(\.texts)
    let prompts = batches.compactMap(\.prompts)
    return try Batch(
      logp: Tensor.concat(batches.map(\.logp)), old: Tensor.concat(batches.map(\.old)),
      sampler: join(\.sampler), ref: join(\.ref), reward: join(\.reward), baseline: join(\.baseline),
      group: group, advantage: join(\.advantage), weight: join(\.weight), values: join(\.values),
      entropy: join(\.entropy),
      sequences: sequences.count == batches.count ? TokenSequences.concat(sequences) : nil,
      prompts: prompts.count == batches.count ? Array(prompts.joined()) : nil,
      texts: texts.count == batches.count ? Array(texts.joined()) : nil,
      temperature: first.temperature)
  }
}

extension TokenSequences {
  /// The completions at `indices` and the prompts they need; a prompt is stored once a run.
  func select(_ indices: [Int]) -> TokenSequences {
    var prompts: [[Int32]] = []
    var promptOf: [Int] = []
    var current = -1
    for index in indices {
      if self.promptOf[index] != current {
        current = self.promptOf[index]
        prompts.append(self.prompts[current])
      }
      promptOf.append(prompts.count - 1)
    }
    return TokenSequences(
      prompts: prompts, promptOf: promptOf, completions: indices.map { completions[$0] })
  }

  static func concat(_ parts: [TokenSequences]) -> TokenSequences {
    var all = TokenSequences(prompts: [], promptOf: [], completions: [])
    for part in parts {
      let start = all.prompts.count
      all.prompts += part.prompts
      all.promptOf += part.promptOf.map { $0 + start }
      all.completions += part.completions
    }
    return all
  }
}
