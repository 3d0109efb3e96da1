// Rollout: batches of episodes with named columns (`Batch`, `Column`), how they are sampled (`DecodingSession`), and
// what is derived from them: pairs, masks, corrections.

/// Rows of episodes with named columns: a rollout, a batch typed in by hand, pairs of preferences.
///
/// A batch is a value. An episode is a sequence of tokens after a prompt, packed without padding. Some of its tokens
/// are trainable: those that a policy wrote. Others are not, such as an environment's reply. `rows` holds that mask,
/// and with it the shape of every column, so every reduction obeys it (`Tensor.trainable`).
public struct Batch: Sendable {
  /// The layout of the episodes, with the mask of trainable tokens.
  public private(set) var rows: Rows
  /// The tokens, when the batch came from a policy.
  public internal(set) var sequences: TokenSequences?
  /// The temperature at which the episodes were sampled.
  public internal(set) var temperature: Double
  /// What is stored under each column's name.
  private(set) var stored: [String: ColumnValue]
  /// The columns of the user's own, in the order in which they came.
  private var own: [String] = []

  /// Collects what is known of the episodes; throws an error that names what does not fit.
  ///
  /// `old` is `logp` unless given, and all episodes are one group. `mask` has 1 for each trainable token and 0 for the
  /// others; without it all are trainable.
  public init(
    logp: Tensor, _ columns: KeyValuePairs<Column, (any ColumnConvertible)?> = [:], mask: Tensor? = nil,
    sequences: TokenSequences? = nil, temperature: Double = 1
  ) throws {
    guard let rows = logp.shape.tokenRows else {
      throw EngineError(
        .shape, "batch", "logp needs one list of numbers per sequence, got shape \(logp.shape)")
    }
    guard rows.count > 0 else {
      throw EngineError(.argument, "batch", "there are no sequences", hint: "logp is a list of lists")
    }
    if let sequences, sequences.completions.map(\.count) != rows.lengths {
      throw EngineError(.shape, "batch", "the tokens are not as many as logp's numbers in every sequence")
    }
    self.rows = rows
    self.sequences = sequences
    self.temperature = temperature
    self.stored = [:]
    try store(.logp, logp)
    try store(.old, logp.detached)
    try store(.group, [Int](repeating: 0, count: rows.count))
    for case (let column, let value?) in columns { try store(column, value) }
    if let mask { self = try masked(mask) }
  }

  /// This batch with other episodes under its columns, or fewer of these.
  func replacing(_ rows: Rows, _ stored: [String: ColumnValue], _ sequences: TokenSequences?) -> Batch {
    var batch = self
    batch.rows = rows
    batch.stored = stored
    batch.own.removeAll { stored[$0] == nil }
    batch.sequences = sequences
    return batch
  }

  private mutating func store(_ column: Column, _ value: any ColumnConvertible) throws {
    stored[column.name] = try value.columnValue().fitted(column.name, column.kind, rows)
  }

  /// Group numbers for groups of `size` sequences in a row; throws when the batch does not divide.
  public static func groups(ofSize size: Int, count: Int, name: String = "group") throws -> [Int] {
    guard size > 0 else {
      throw EngineError(.argument, "batch", "a \(name) has at least one sequence, got \(name): \(size)")
    }
    guard count % size == 0 else {
      throw EngineError(
        .argument, "batch", "\(count) sequences do not divide into \(name)s of \(size)",
        hint: "give \(name): a list with one number per sequence")
    }
    return (0..<count).map { $0 / size }
  }
}

// MARK: Reading

extension Batch {
  /// The number of episodes.
  public var count: Int { rows.count }

  /// The numbers of a stored column, or nil.
  public subscript(_ column: Column) -> Tensor? {
    if case .numbers(let tensor)? = stored[column.name] { tensor } else { nil }
  }

  /// The texts of a stored column, or nil.
  public func texts(_ column: Column) -> [String]? {
    if case .texts(let texts)? = stored[column.name] { texts } else { nil }
  }

  /// The experts of a stored column, or nil.
  public func experts(_ column: Column) -> [ExpertSets]? {
    if case .experts(let sets)? = stored[column.name] { sets } else { nil }
  }

  /// Whether log-probabilities are those among what top-k and top-p left.
  public var keepsMask: Bool { kept != nil }

  /// What the sampler left of the vocabulary, where the batch keeps to it.
  var kept: [KeptTokens]? {
    if case .kept(let sets)? = stored[Column.kept.name] { sets } else { nil }
  }

  /// The numbers of a column; throws an error that says how to get it where it is missing.
  public func require(_ column: Column, for operation: String) throws -> Tensor {
    if let tensor = self[column] { return tensor }
    throw missing(column, for: operation)
  }

  /// The error that a column is missing.
  public func missing(_ column: Column, for operation: String) -> EngineError {
    EngineError(
      .argument, operation, "the batch has no `\(column.name)` (\(column.meaning))", hint: column.source)
  }

  /// The column called `name`, stored, derived or the user's own; nil where the batch has none.
  public func column(_ name: String) throws -> ColumnValue? {
    if let value = stored[name] { return value }
    return try Column.named(name)?.derive?(self)
  }

  /// The names of all columns that the batch has, in the order in which they are shown.
  public var columnNames: [String] {
    Column.all.filter { column in
      if column.isDerived { return sequences != nil || column.source.isEmpty }
      return stored[column.name] != nil
    }.map(\.name) + own
  }

  /// Log-probabilities under the current policy, `[B, T?]`; every batch has them.
  public var logp: Tensor { self[.logp] ?? Tensor(.nan) }

  /// Log-probabilities under the policy that sampled, `[B, T?]`; every batch has them.
  public var old: Tensor { self[.old] ?? Tensor(.nan) }

  /// The number of each episode's group.
  public var group: [Int] { identifiers(.group) ?? [] }

  /// The numbers of an identifier's column.
  func identifiers(_ column: Column) -> [Int]? { self[column]?.values.map { Int(exactly: $0) ?? 0 } }

  /// The log ratio of each token, `[B, T?]`.
  public func logRatio() throws -> Tensor { try ImportanceRatio.log(logp, old) }

  /// The importance ratio of each token, `[B, T?]`; see `ImportanceRatio`.
  public func ratio() throws -> Tensor { try ImportanceRatio.token(logp, old) }

  /// The episodes of each group, in order; groups in the order in which they appear.
  public func groups() -> [[Int]] { Batch.members(group) }

  /// The positions of equal numbers, in the order in which the numbers appear.
  static func members(_ identifiers: [Int]) -> [[Int]] {
    var places: [Int: Int] = [:]
    var members: [[Int]] = []
    for (episode, identifier) in identifiers.enumerated() {
      if let place = places[identifier] {
        members[place].append(episode)
      } else {
        places[identifier] = members.count
        members.append([episode])
      }
    }
    return members
  }
}

// MARK: Changing

extension Batch {
  /// This batch with a column added or replaced; throws an error that names what does not fit.
  public func with(_ column: Column, _ value: any ColumnConvertible) throws -> Batch {
    var batch = self
    try batch.store(column, value)
    return batch
  }

  /// This batch with the column called `name`, declared or the user's own.
  public func with(columnNamed name: String, _ value: any ColumnConvertible) throws -> Batch {
    if let column = Column.named(name) {
      if column == .mask, case .numbers(let mask) = try value.columnValue() { return try masked(mask) }
      guard !column.isDerived else {
        throw EngineError(
          .argument, "batch", "`\(name)` cannot be set: it follows from other columns (\(column.meaning))")
      }
      return try with(column, value)
    }
    var batch = self
    batch.stored[name] = try value.columnValue().fitted(name, nil, rows)
    if !own.contains(name) { batch.own.append(name) }
    return batch
  }

  /// This batch without a column.
  func without(_ column: Column) -> Batch {
    var batch = self
    batch.stored[column.name] = nil
    return batch
  }

  /// This batch with its weights multiplied by `weight`, `[B]` or `[B, T?]`.
  public func weighted(by weight: Tensor) throws -> Batch {
    let batch = try with(.weight, weight)
    guard let own = self[.weight], let factor = batch[.weight] else { return batch }
    return try batch.with(.weight, own * factor)
  }

  /// This batch with only those tokens trainable that were so before and where `mask` is not 0.
  ///
  /// `mask` has one number per token or per episode. Every reduction, objective and statistic sees the trainable
  /// tokens alone, denominators included.
  public func masked(_ mask: Tensor) throws -> Batch {
    guard case .numbers(let fitted) = try ColumnValue.numbers(mask).fitted("mask", .either, rows) else {
      return self
    }
    let kept = try fitted.asTokens(for: "mask").tensor.values.map { $0 != 0 }
    var batch = self
    batch.rows = try rows.intersection(rows.masked(kept))
    batch.stored = try stored.mapValues { value in
      guard case .numbers(let tensor) = value else { return value }
      return .numbers(
        try tensor.reshaped(tensor.shape.tokenRows == nil ? .sequences(batch.rows) : .tokens(batch.rows)))
    }
    return batch
  }

  /// This batch with the weights of a sampler correction inside the advantages, for an objective of the user's own.
  ///
  ///     A' = rho A,   rho = 1 afterwards
  ///
  /// A surrogate is linear in the advantage, so this weighs it and leaves every other term alone. Pairs keep their
  /// weights: their objectives read no advantage.
  public func withWeightsInAdvantages() throws -> Batch {
    guard let weight = self[.weight], let advantage = self[.advantage], self[.pair] == nil else {
      return self
    }
    // A select, not only a product: an advantage that is not finite has to give 0 where its weight is 0.
    let product = try Tensor.select(BinaryOperation.eq(weight, Tensor(0)), Tensor(0), advantage * weight)
    return try with(.advantage, product).without(.weight)
  }
}

extension Batch {
  /// This batch with the weights of a sampler correction inside the ratio: an objective that gates the whole ratio to
  /// the sampler sees them there.
  ///
  ///     old'_it = old_it - log rho_it,   the weights afterwards 1 where rho > 0 and 0 elsewhere
  ///
  /// A weight per sequence counts once: log rho_i is spread over the sequence's tokens.
  func withWeightsInOld() throws -> Batch {
    guard let weight = self[.weight]?.detached else { return self }
    let counts = try BinaryOperation.gt(weight, Tensor(0))
    var log = try UnaryOperation.log(Tensor.select(counts, weight, Tensor(1)))
    if log.shape.tokenRows == nil {
      let lengths = rows.trainable.lengths.map { 1 / Double(max(1, $0)) }
      log = try log * Tensor(lengths, shape: .sequences(rows))
    }
    return try with(.old, old.detached - log).with(.weight, counts)
  }
}
