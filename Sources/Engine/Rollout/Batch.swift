/// Sequences with what an objective needs to know about them, packed without padding; a value.
public struct Batch: Sendable {
  /// The layout of the sequences.
  public let rows: Rows
  /// Log-probabilities under the current policy, `[B, T?]`.
  public var logp: Tensor
  /// Log-probabilities under the policy that sampled, `[B, T?]`.
  public var old: Tensor
  /// Log-probabilities that the sampler itself reported, `[B, T?]`, where it differs from the trainer.
  public var sampler: Tensor?
  /// Log-probabilities under a reference policy, `[B, T?]`.
  public var ref: Tensor?
  /// Rewards, `[B]`.
  public var reward: Tensor?
  /// What each sequence's reward is compared with, `[B]`, such as the reward of the greedy completion.
  public var baseline: Tensor?
  /// For each sequence the number of its group, from 0 in order of appearance.
  public var group: [Int]
  /// Advantages, `[B]` or `[B, T?]`.
  public var advantage: Tensor?
  /// Weights of the surrogate, `[B]` or `[B, T?]`; 1 where there are none.
  public var weight: Tensor?
  /// Values of a critic, `[B, T?]`.
  public var values: Tensor?
  /// What a critic is to predict, `[B, T?]`.
  public var returns: Tensor?
  /// Entropies of the policy, `[B, T?]`.
  public var entropy: Tensor?
  /// The tokens, when the batch came from a policy.
  public var sequences: TokenSequences?
  /// The prompts' texts, one a sequence, when the batch came from a policy.
  public var prompts: [String]?
  /// The completions' texts, one a sequence, when the batch came from a policy.
  public var texts: [String]?
  /// The temperature at which the sequences were sampled.
  public var temperature: Double

  /// Collects what is known of the sequences; throws an error that names what does not fit.
  public init(
    logp: Tensor, old: Tensor? = nil, sampler: Tensor? = nil, ref: Tensor? = nil, reward: Tensor? = nil,
    baseline: Tensor? = nil, group: [Int]? = nil, advantage: Tensor? = nil, weight: Tensor? = nil,
    values: Tensor? = nil, returns: Tensor? = nil, entropy: Tensor? = nil, sequences: TokenSequences? = nil,
    prompts: [String]? = nil, texts: [String]? = nil, temperature: Double = 1
  ) throws {
    guard let rows = logp.shape.tokenRows else {
      throw EngineError(
        .shape, "batch", "logp needs one list of numbers a sequence, got shape \(logp.shape)")
    }
    guard rows.count > 0 else {
      throw EngineError(.argument, "batch", "there are no sequences", hint: "logp is a list of lists")
    }
    self.rows = rows
    self.logp = logp
    self.old = try Batch.tokens("old", old, rows) ?? logp.detached
    self.sampler = try Batch.tokens("sampler", sampler, rows)
    self.ref = try Batch.tokens("ref", ref, rows)
    self.values = try Batch.tokens("values", values, rows)
    self.returns = try Batch.tokens("returns", returns, rows)
    self.entropy = try Batch.tokens("entropy", entropy, rows)
    self.reward = try Batch.perSequence("reward", reward, rows)
    self.baseline = try Batch.perSequence("baseline", baseline, rows)
    self.advantage = try Batch.either("advantage", advantage, rows)
    self.weight = try Batch.either("weight", weight, rows)
    self.group = try Batch.dense(group ?? [Int](repeating: 0, count: rows.count), rows)
    for (name, count) in [
      ("prompts", prompts?.count), ("texts", texts?.count), ("sequences", sequences?.completions.count),
    ] {
      guard let count, count != rows.count else { continue }
      throw EngineError(.shape, "batch", "\(name) has \(count) entries, logp has \(rows.count) sequences")
    }
    self.sequences = sequences
    self.prompts = prompts
    self.texts = texts
    self.temperature = temperature
  }

  /// Group numbers for groups of `size` sequences in a row; throws when the batch does not divide.
  public static func groups(ofSize size: Int, count: Int) throws -> [Int] {
    guard size > 0 else {
      throw EngineError(.argument, "batch", "a group has at least one sequence, got group: \(size)")
    }
    guard count % size == 0 else {
      throw EngineError(
        .argument, "batch", "\(count) sequences do not divide into groups of \(size)",
        hint: "give group: a list with one number a sequence")
    }
    return (0..<count).map { $0 / size }
  }

  /// `tensor` as one value a token, checked row by row.
  private static func tokens(_ name: String, _ tensor: Tensor?, _ rows: Rows) throws -> Tensor? {
    guard let tensor else { return nil }
    guard let other = tensor.shape.tokenRows else {
      throw EngineError(
        .shape, "batch", "\(name) needs one list of numbers a sequence, got shape \(tensor.shape)")
    }
    if other == rows { return tensor }
    guard other.count == rows.count else {
      throw EngineError(.shape, "batch", "\(name) has \(other.count) sequences, logp has \(rows.count)")
    }
    for row in 0..<rows.count where other.lengths[row] != rows.lengths[row] {
      throw EngineError(
        .shape, "batch",
        "logp row \(row) has \(rows.lengths[row]) tokens, \(name) has \(other.lengths[row])")
    }
    return tensor
  }

  /// `tensor` as one value a sequence of `rows`.
  private static func perSequence(_ name: String, _ tensor: Tensor?, _ rows: Rows) throws -> Tensor? {
    guard let tensor else { return nil }
    guard tensor.shape.rank == 1, tensor.shape.tokenRows == nil, tensor.count == rows.count else {
      throw EngineError(
        .shape, "batch",
        "\(name) needs one number for each of the \(rows.count) sequences, got shape \(tensor.shape)")
    }
    return try tensor.reshaped(.sequences(rows))
  }

  /// `tensor` as one value a token where it is packed, else as one a sequence.
  private static func either(_ name: String, _ tensor: Tensor?, _ rows: Rows) throws -> Tensor? {
    tensor?.shape.tokenRows != nil ? try tokens(name, tensor, rows) : try perSequence(name, tensor, rows)
  }

  private static func dense(_ group: [Int], _ rows: Rows) throws -> [Int] {
    guard group.count == rows.count else {
      throw EngineError(
        .shape, "batch", "group has \(group.count) entries, logp has \(rows.count) sequences")
    }
    var numbers: [Int: Int] = [:]
    return group.map { id in
      if let number = numbers[id] { return number }
      numbers[id] = numbers.count
      return numbers.count - 1
    }
  }
}

extension Batch {
  /// The number of sequences.
  public var count: Int { rows.count }

  /// The log ratio of each token, `[B, T?]`.
  public func logRatio() throws -> Tensor { try ImportanceRatio.log(logp, old) }

  /// The importance ratio of each token, `[B, T?]`; see `ImportanceRatio`.
  public func ratio() throws -> Tensor { try ImportanceRatio.token(logp, old) }

  /// This batch with other advantages, `[B]` or `[B, T?]`.
  public func with(advantage: Tensor) throws -> Batch {
    var batch = self
    batch.advantage = try Batch.either("advantage", advantage, rows)
    return batch
  }

  /// This batch with its weights multiplied by `weight`, `[B]` or `[B, T?]`.
  public func weighted(by weight: Tensor) throws -> Batch {
    var batch = self
    let factor = try Batch.either("weight", weight, rows)
    batch.weight = if let own = self.weight, let factor { try own * factor } else { factor }
    return batch
  }

  /// This batch with other rewards, `[B]`.
  public func with(reward: Tensor) throws -> Batch {
    var batch = self
    batch.reward = try Batch.perSequence("reward", reward, rows)
    return batch
  }

  /// This batch with other log-probabilities of the current policy, `[B, T?]`, traced or not.
  public func with(logp: Tensor) throws -> Batch {
    var batch = self
    if let logp = try Batch.tokens("logp", logp, rows) { batch.logp = logp }
    return batch
  }

  /// This batch with another tensor in one of its fields; throws an error that names what does not fit.
  ///
  /// A matrix with a row a sequence stands for one value a token where all sequences are as long as its rows.
  public func replacing(_ field: WritableKeyPath<Batch, Tensor?>, with tensor: Tensor) throws -> Batch {
    var batch = self
    let isMatrix = tensor.shape.packing == .none && tensor.shape.rank == 2 && tensor.shape.dims[0] == count
    let fits = isMatrix && rows.lengths.allSatisfy { $0 == tensor.shape.dims[1] }
    batch[keyPath: field] = fits ? try tensor.reshaped(.tokens(rows)) : tensor
    return try Batch(
      logp: batch.logp, old: batch.old, sampler: batch.sampler, ref: batch.ref, reward: batch.reward,
      baseline: batch.baseline, group: group, advantage: batch.advantage, weight: batch.weight,
      values: batch.values, returns: batch.returns, entropy: batch.entropy, sequences: sequences,
      prompts: prompts, texts: texts,
      temperature: temperature)
  }

  /// What objectives are computed from; throws when there is no advantage yet.
  public func objectiveInput(counts: BatchCounts? = nil) throws -> ObjectiveInput {
    guard let advantage else {
      throw EngineError(
        .argument, "objective", "the batch has no advantage",
        hint: "use group_norm(batch), or pairs(batch) for an objective on preferences")
    }
    return try ObjectiveInput(
      logp: logp, old: old, sampler: sampler, ref: ref, advantage: advantage, weight: weight,
      entropy: entropy, group: group, baseline: baseline, counts: counts)
  }
}
