/// What a column holds for all episodes of a batch.
public enum ColumnValue: Sendable {
  /// A number for each episode, `[B]`, or for each token, `[B, T?]`.
  case numbers(Tensor)
  /// A text for each episode.
  case texts([String])
  /// A list of token numbers for each episode.
  case tokens([[Int32]])
  /// The experts of each episode.
  case experts([ExpertSets])
  /// What each token of each episode was drawn from.
  case kept([KeptTokens])
}

extension ColumnValue {
  /// The number of episodes, or nil for numbers that belong to no batch.
  fileprivate var description: String {
    switch self {
    case .numbers(let tensor): "numbers of shape \(tensor.shape)"
    case .texts(let texts): "\(texts.count) texts"
    case .tokens(let lists): "\(lists.count) lists of tokens"
    case .experts(let sets): "experts of \(sets.count) episodes"
    case .kept(let sets): "sets of tokens of \(sets.count) episodes"
    }
  }

  /// This value as column `name` of a batch with these rows; throws an error that names what does not fit.
  ///
  /// A matrix with one row per episode stands for one value per token where all episodes are as long as its rows.
  func fitted(_ name: String, _ kind: Column.Kind?, _ rows: Rows) throws -> ColumnValue {
    switch (kind, self) {
    case (.text?, .texts(let texts)), (nil, .texts(let texts)):
      guard texts.count == rows.count else {
        throw EngineError(
          .shape, "batch", "\(name) has \(texts.count) entries, logp has \(rows.count) sequences")
      }
      return self
    case (.experts?, .experts(let sets)):
      guard sets.count == rows.count else {
        throw EngineError(.shape, "batch", "\(name) has \(sets.count) episodes, logp has \(rows.count)")
      }
      return self
    case (.kept?, .kept(let sets)):
      guard sets.map(\.count) == rows.lengths else {
        throw EngineError(.shape, "batch", "\(name) does not have one set for each token")
      }
      return self
    case (.token?, .numbers(let tensor)): return .numbers(try ColumnValue.tokens(name, tensor, rows))
    case (.episode?, .numbers(let tensor)): return .numbers(try ColumnValue.episodes(name, tensor, rows))
    case (.identifier?, .numbers(let tensor)):
      let numbers = try ColumnValue.episodes(name, tensor, rows)
      guard numbers.values.allSatisfy({ Int(exactly: $0) != nil }) else {
        throw EngineError(.argument, "batch", "\(name) needs whole numbers")
      }
      return .numbers(numbers)
    case (.either?, .numbers(let tensor)), (nil, .numbers(let tensor)):
      let isPerToken =
        tensor.shape.tokenRows != nil || (tensor.shape.rank == 2 && tensor.shape.packing == .none)
      return .numbers(
        try isPerToken
          ? ColumnValue.tokens(name, tensor, rows) : ColumnValue.episodes(name, tensor, rows))
    default:
      throw EngineError(.argument, "batch", "\(name) cannot be \(description)")
    }
  }

  /// `tensor` as one value per token, checked row by row.
  private static func tokens(_ name: String, _ tensor: Tensor, _ rows: Rows) throws -> Tensor {
    if tensor.shape.packing == .none, tensor.shape.rank == 2, tensor.shape.dims[0] == rows.count,
      rows.lengths.allSatisfy({ $0 == tensor.shape.dims[1] })
    {
      return try tensor.reshaped(.tokens(rows))
    }
    guard let other = tensor.shape.tokenRows else {
      throw EngineError(
        .shape, "batch", "\(name) needs one list of numbers per sequence, got shape \(tensor.shape)")
    }
    guard other.count == rows.count else {
      throw EngineError(.shape, "batch", "\(name) has \(other.count) sequences, logp has \(rows.count)")
    }
    for row in 0..<rows.count where other.lengths[row] != rows.lengths[row] {
      throw EngineError(
        .shape, "batch",
        "logp row \(row) has \(rows.lengths[row]) tokens, \(name) has \(other.lengths[row])")
    }
    return try tensor.reshaped(.tokens(rows))
  }

  /// `tensor` as one value per episode of `rows`.
  private static func episodes(_ name: String, _ tensor: Tensor, _ rows: Rows) throws -> Tensor {
    guard tensor.shape.rank == 1, tensor.shape.tokenRows == nil, tensor.count == rows.count else {
      throw EngineError(
        .shape, "batch",
        "\(name) needs one number for each of the \(rows.count) sequences, got shape \(tensor.shape)")
    }
    return try tensor.reshaped(.sequences(rows))
  }

  /// The episodes at `indices`, whose layout is `rows`.
  func select(_ indices: [Int], _ rows: Rows) throws -> ColumnValue {
    switch self {
    case .numbers(let tensor):
      let picked = try tensor.rows(at: indices)
      return .numbers(try picked.reshaped(tensor.shape.tokenRows == nil ? .sequences(rows) : .tokens(rows)))
    case .texts(let texts): return .texts(indices.map { texts[$0] })
    case .tokens(let lists): return .tokens(indices.map { lists[$0] })
    case .experts(let sets): return .experts(indices.map { sets[$0] })
    case .kept(let sets): return .kept(indices.map { sets[$0] })
    }
  }

  /// The episodes of all of `parts`; nil where they are of different kinds.
  static func concat(_ parts: [ColumnValue], _ rows: Rows) throws -> ColumnValue? {
    var tensors: [Tensor] = []
    var texts: [String] = []
    var experts: [ExpertSets] = []
    var kept: [KeptTokens] = []
    for part in parts {
      switch part {
      case .numbers(let tensor): tensors.append(tensor)
      case .texts(let more): texts += more
      case .experts(let more): experts += more
      case .kept(let more): kept += more
      case .tokens: return nil
      }
    }
    if !experts.isEmpty { return experts.count == rows.count ? .experts(experts) : nil }
    if !kept.isEmpty { return kept.count == rows.count ? .kept(kept) : nil }
    if tensors.isEmpty { return .texts(texts) }
    let perToken = tensors.count { $0.shape.tokenRows != nil }
    guard tensors.count == parts.count, perToken == 0 || perToken == parts.count else { return nil }
    let joined = try Tensor.concat(tensors)
    return .numbers(try joined.reshaped(perToken == 0 ? .sequences(rows) : .tokens(rows)))
  }
}

/// What a column can be made of.
public protocol ColumnConvertible {
  /// The value as a column.
  func columnValue() throws -> ColumnValue
}

extension ColumnValue: ColumnConvertible {
  /// The value itself.
  public func columnValue() -> ColumnValue { self }
}

extension Tensor: ColumnConvertible {
  /// Numbers.
  public func columnValue() -> ColumnValue { .numbers(self) }
}

/// An element of a list that makes a column.
public protocol ColumnElement {
  /// The column of these elements, one per episode.
  static func column(_ elements: [Self]) throws -> ColumnValue
}

extension Array: ColumnConvertible where Element: ColumnElement {
  /// One element per episode.
  public func columnValue() throws -> ColumnValue { try Element.column(self) }
}

extension Double: ColumnElement {
  /// One number per episode.
  public static func column(_ elements: [Double]) throws -> ColumnValue { .numbers(try Tensor(elements)) }
}

extension Int: ColumnElement {
  /// One whole number per episode.
  public static func column(_ elements: [Int]) throws -> ColumnValue {
    .numbers(try Tensor(elements.map(Double.init)))
  }
}

extension String: ColumnElement {
  /// One text per episode.
  public static func column(_ elements: [String]) -> ColumnValue { .texts(elements) }
}
