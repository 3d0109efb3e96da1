/// The ragged layout of a batch: how many tokens each of its sequences has, and where they start.
///
/// Tokens lie packed one sequence after the other, without padding; a sequence may be empty.
public final class Rows: Sendable, Equatable {
  /// Tokens in each sequence, `[B]`.
  public let lengths: [Int]
  /// Where each sequence starts, and the total as a last element, `[B + 1]`.
  public let offsets: [Int]
  /// Sequences that have at least one token.
  public let nonEmptyCount: Int

  /// Creates a layout; throws when a length is negative or the total cannot be counted.
  public init(lengths: [Int]) throws(EngineError) {
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
  }

  /// The number of sequences, `B`.
  public var count: Int { lengths.count }

  /// The number of tokens of all sequences together.
  public var total: Int { offsets.last ?? 0 }

  /// Where the tokens of sequence `row` lie.
  public func range(_ row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

  /// Whether both have the same lengths in the same order.
  public static func == (left: Rows, right: Rows) -> Bool {
    left === right || left.lengths == right.lengths
  }
}
