extension Batch {
  /// The episodes at `indices`, in that order, under the group numbers they had.
  ///
  /// Throws when an index is outside or none is given.
  public func select(_ indices: [Int]) throws -> Batch {
    guard !indices.isEmpty else {
      throw EngineError(
        .argument, "batch", "nothing is selected, and a batch has at least one sequence",
        hint: "count the rows for which the condition holds first")
    }
    for index in indices where index < 0 || index >= count {
      throw EngineError(.argument, "batch", "sequence \(index) is outside 0..<\(count)")
    }
    let selected = try rows.select(indices)
    return replacing(
      selected, try stored.mapValues { try $0.select(indices, selected) }, sequences?.select(indices))
  }

  /// The batch in `parts` parts of whole episodes, in order, whose sizes differ by at most one.
  ///
  /// With a `seed` the episodes are dealt out at random first; within a part they keep their order, so that those of
  /// one prompt stay together. Where the batch has pairs, they stay whole and are what is counted.
  public func minibatches(_ parts: Int, seed: UInt64? = nil) throws -> [Batch] {
    guard parts > 0 else {
      throw EngineError(.argument, "minibatches", "needs at least one part, got \(parts)")
    }
    let units = identifiers(.pair).map(Batch.members) ?? (0..<count).map { [$0] }
    guard parts <= units.count else {
      throw EngineError(
        .argument, "minibatches",
        "\(units.count) \(self[.pair] == nil ? "sequences" : "pairs") cannot make \(parts) parts")
    }
    if parts == 1, seed == nil { return [self] }
    let order =
      try seed.map { try Philox(seed: $0, .shuffle).permutation(units.count) } ?? Array(units.indices)
    return try (0..<parts).map { part in
      try Interrupt.check("minibatches")
      let dealt = order[units.count * part / parts..<units.count * (part + 1) / parts]
      return try select(dealt.flatMap { units[$0] }.sorted())
    }
  }

  /// The episodes of all of `batches`, one batch after the other; groups and pairs stay apart.
  ///
  /// A column that one of the batches lacks, or that holds something else there, is lacking in the result.
  public static func concat(_ batches: [Batch]) throws -> Batch {
    guard let first = batches.first else {
      throw EngineError(.argument, "concat", "there are no batches")
    }
    if batches.count == 1 { return first }
    for batch in batches where batch.temperature != first.temperature {
      throw EngineError(
        .argument, "concat", "temperatures \(first.temperature) and \(batch.temperature) differ")
    }
    for batch in batches where (batch.kept == nil) != (first.kept == nil) {
      throw EngineError(
        .argument, "concat", "some batches have `kept` and others not: they are not of one distribution",
        hint: "`keep_mask` has to be the same for all of them")
    }
    for batch in batches
    where batch.sequences?.tokenizer?.identity != first.sequences?.tokenizer?.identity {
      throw EngineError(.argument, "concat", "the batches' tokens are those of different tokenizers")
    }
    let rows = try Rows.concat(batches.map(\.rows))
    var joined: [String: ColumnValue] = [:]
    for (name, _) in first.stored {
      let parts = batches.compactMap { $0.stored[name] }
      guard parts.count == batches.count else { continue }
      let isIdentifier = Column.named(name)?.kind == .identifier
      joined[name] = try ColumnValue.concat(isIdentifier ? apart(parts) : parts, rows)
    }
    let sequences = batches.compactMap(\.sequences)
    return first.replacing(
      rows, joined, sequences.count == batches.count ? TokenSequences.concat(sequences) : nil)
  }

  /// The identifiers of each part, raised above those of the parts before.
  private static func apart(_ parts: [ColumnValue]) throws -> [ColumnValue] {
    var start = 0.0
    return try parts.map { part in
      guard case .numbers(let tensor) = part else { return part }
      let raised = try tensor + start
      start = (raised.values.max() ?? start - 1) + 1
      return .numbers(raised)
    }
  }
}
