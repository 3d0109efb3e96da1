/// The ragged layout of a batch: how many tokens each of its sequences has, where they start, and which of them count.
///
/// Tokens lie packed one sequence after the other, without padding; a sequence may be empty. Without a mask every token
/// is trainable. Every reduction over tokens sees the trainable ones alone (`Tensor.trainable`).
public final class Rows: Sendable, Equatable {
  /// Tokens in each sequence, `[B]`.
  public let lengths: [Int]
  /// Where each sequence starts, and the total as a last element, `[B + 1]`.
  public let offsets: [Int]
  /// Sequences that have at least one token.
  public let nonEmptyCount: Int
  /// The positions of the trainable tokens among all, ascending; nil where all are trainable.
  public let trainableTokens: [Int]?
  /// The layout of the trainable tokens alone.
  private let compact: Rows?

  /// Creates a layout; throws when a length is negative or the total cannot be counted.
  public convenience init(lengths: [Int]) throws(EngineError) { try self.init(lengths, nil, nil) }

  private init(_ lengths: [Int], _ trainableTokens: [Int]?, _ compact: Rows?) throws(EngineError) {
    var offsets = [0]
    offsets.reserveCapacity(lengths.count + 1)
    var total = 0
    var nonEmpty = 0
    for (row, length) in lengths.enumerated() {
      guard length >= 0 else {
        throw EngineError(.shape, "rows", "row \(row) has a negative length, \(length)")
      }
      let (sum, overflow) = total.addingReportingOverflow(length)
      guard !overflow else { throw EngineError(.memory, "rows", "more tokens than can be counted") }
      total = sum
      if length > 0 { nonEmpty += 1 }
      offsets.append(total)
    }
    self.lengths = lengths
    self.offsets = offsets
    self.nonEmptyCount = nonEmpty
    self.trainableTokens = trainableTokens
    self.compact = compact
  }

  /// The number of sequences, `B`.
  public var count: Int { lengths.count }

  /// The number of tokens of all sequences together.
  public var total: Int { offsets.last ?? 0 }

  /// Where the tokens of sequence `row` lie.
  public func range(_ row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

  /// Whether both have the same lengths in the same order; masks play no part.
  public static func == (left: Rows, right: Rows) -> Bool {
    left === right || left.lengths == right.lengths
  }
}

// MARK: Trainable tokens

extension Rows {
  /// The layout of the trainable tokens alone; this one where all are.
  public var trainable: Rows { compact ?? self }

  /// The positions of the trainable tokens of sequence `row` among all tokens.
  public func trainableTokens(_ row: Int) -> ArraySlice<Int> {
    guard let trainableTokens else { return ArraySlice(range(row)) }
    return trainableTokens[trainable.range(row)]
  }

  /// 1 for each trainable token and 0 for the others.
  public var mask: [Bool] {
    guard let trainableTokens else { return [Bool](repeating: true, count: total) }
    var mask = [Bool](repeating: false, count: total)
    for token in trainableTokens { mask[token] = true }
    return mask
  }

  /// The same sequences with `mask`, one value per token, in place of the mask they have.
  public func masked(_ mask: [Bool]) throws(EngineError) -> Rows {
    guard mask.count == total else {
      throw EngineError(.shape, "mask", "\(mask.count) values do not fit \(total) tokens")
    }
    if !mask.contains(false) { return trainableTokens == nil ? self : try Rows(lengths: lengths) }
    let counts = (0..<count).map { row in range(row).reduce(0) { $0 + (mask[$1] ? 1 : 0) } }
    return try Rows(lengths, mask.indices.filter { mask[$0] }, Rows(lengths: counts))
  }

  /// The layout in which only those tokens are trainable that are so in both.
  func intersection(_ other: Rows) throws(EngineError) -> Rows {
    if self === other || other.trainableTokens == nil { return self }
    if trainableTokens == nil || trainableTokens == other.trainableTokens { return other }
    return try masked(zip(mask, other.mask).map { $0 && $1 })
  }

  /// The sequences at `indices`, which exist.
  func select(_ indices: [Int]) throws(EngineError) -> Rows {
    let picked = try Rows(lengths: indices.map { lengths[$0] })
    if trainableTokens == nil { return picked }
    let mask = mask
    return try picked.masked(indices.flatMap { mask[range($0)] })
  }

  /// The sequences of all of `parts`, one after the other.
  static func concat(_ parts: [Rows]) throws(EngineError) -> Rows {
    let joined = try Rows(lengths: parts.flatMap(\.lengths))
    if parts.allSatisfy({ $0.trainableTokens == nil }) { return joined }
    return try joined.masked(parts.flatMap(\.mask))
  }
}
