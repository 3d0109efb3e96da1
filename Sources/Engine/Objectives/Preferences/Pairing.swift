/// Which sequences of a batch are the chosen and which the rejected ones of its pairs.
///
/// The column `pair` says which two sequences belong together, `chosen` which of them is preferred.
public struct Pairing: Sendable, Equatable {
  /// The chosen sequence of each pair, in the order of the pairs' first appearance.
  public let chosen: [Int]
  /// The rejected sequences, in the same order.
  public let rejected: [Int]

  /// The pairs of a batch, whose sequences all have to have trainable tokens.
  ///
  /// Throws `EngineError` naming the first that is no pair.
  public init(_ batch: Batch, for operation: String) throws {
    guard let identifiers = batch.identifiers(.pair) else { throw batch.missing(.pair, for: operation) }
    let labels = try batch.labels(for: operation)
    try batch.requireTokens(for: operation)
    var chosen: [Int] = []
    var rejected: [Int] = []
    for members in Batch.members(identifiers) {
      let good = members.filter { labels[$0] }
      let bad = members.filter { !labels[$0] }
      guard members.count == 2, let best = good.first, let worst = bad.first else {
        throw EngineError(
          .argument, operation,
          "pair \(identifiers[members[0]]) has \(good.count) chosen and \(bad.count) rejected of \(members.count) "
            + "sequences, but a pair has one of each",
          hint: "make pairs of a rollout, or give each row the number of its pair, and 1 or 0 as `chosen`")
      }
      chosen.append(best)
      rejected.append(worst)
    }
    self.chosen = chosen
    self.rejected = rejected
  }

  /// `x` (`[B]`) of each pair's chosen sequence minus that of its rejected one, `[pairs]`.
  public func margins(_ x: Tensor) throws -> Tensor { try x.rows(at: chosen) - x.rows(at: rejected) }
}

extension Batch {
  /// Whether each sequence is preferred; throws where `chosen` is missing or is neither 0 nor 1.
  func labels(for operation: String) throws -> [Bool] {
    let labels = try require(.chosen, for: operation).values
    if let wrong = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw EngineError(
        .argument, operation, "`chosen` of sequence \(wrong) is \(labels[wrong]), but has to be 1 or 0")
    }
    return labels.map { $0 == 1 }
  }

  /// Throws when a sequence has no trainable tokens and so cannot be preferred to another.
  func requireTokens(for operation: String) throws {
    if let sequence = rows.trainable.lengths.firstIndex(of: 0) {
      throw EngineError(.argument, operation, "sequence \(sequence) has no tokens to compare")
    }
  }
}
