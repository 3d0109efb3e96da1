/// Which sequences of a batch are the chosen and which the rejected ones of its pairs.
///
/// A pair is a group of two sequences, of which the one with the positive advantage is chosen and the one with the
/// negative advantage rejected.
public struct Pairing: Sendable, Equatable {
  /// The chosen sequences, one a pair, in the order of the pairs' first appearance.
  public let chosen: [Int]
  /// The rejected sequences, in the same order.
  public let rejected: [Int]

  /// The pairs among sequences with these groups and advantages (one a sequence).
  ///
  /// Throws `EngineError` naming the first group that is no pair.
  public init(group: [Int], advantage: Tensor, for operation: String) throws {
    guard advantage.shape.tokenRows == nil, advantage.count == group.count else {
      throw EngineError(
        .shape, operation, "needs one advantage a sequence, 1 for chosen and -1 for rejected ones",
        hint: "make pairs with pairs(rollout)")
    }
    let signs = advantage.values
    var order: [Int] = []
    var members: [Int: [Int]] = [:]
    for (sequence, id) in group.enumerated() {
      if members[id] == nil { order.append(id) }
      members[id, default: []].append(sequence)
    }
    var chosen: [Int] = []
    var rejected: [Int] = []
    for id in order {
      let sequences = members[id] ?? []
      let good = sequences.filter { signs[$0] > 0 }
      let bad = sequences.filter { signs[$0] < 0 }
      guard sequences.count == 2, let best = good.first, let worst = bad.first else {
        throw EngineError(
          .argument, operation,
          "group \(id) has \(good.count) chosen and \(bad.count) rejected of \(sequences.count) sequences, "
            + "but a pair has one of each",
          hint: "make pairs with pairs(rollout), or give batch(...) group: 2 and advantage: [1, -1, ...]")
      }
      chosen.append(best)
      rejected.append(worst)
    }
    self.chosen = chosen
    self.rejected = rejected
  }

  /// The pairs of an objective's input, whose sequences all have to have tokens.
  init(_ input: ObjectiveInput, for operation: String) throws {
    try input.requireTokens(for: operation)
    try self.init(
      group: input.group ?? [Int](repeating: 0, count: input.rows.count), advantage: input.advantage,
      for: operation)
  }

  /// `x` (`[B]`) of each pair's chosen sequence minus that of its rejected one, `[pairs]`.
  public func margins(_ x: Tensor) throws -> Tensor { try x.rows(at: chosen) - x.rows(at: rejected) }
}

extension Batch {
  /// The batch's pairs; throws `EngineError` where a group is none.
  public func pairing(for operation: String) throws -> Pairing {
    guard let advantage else {
      throw EngineError(
        .argument, operation, "the batch does not say which sequences are chosen",
        hint: "make pairs with pairs(rollout)")
    }
    return try Pairing(group: group, advantage: advantage, for: operation)
  }
}

extension ObjectiveInput {
  /// Throws when a sequence has no tokens and so cannot be preferred to another.
  func requireTokens(for operation: String) throws {
    for sequence in 0..<rows.count where rows.lengths[sequence] == 0 {
      throw EngineError(.argument, operation, "sequence \(sequence) has no tokens to compare")
    }
  }

  /// The reference's log-probabilities, `[B, T?]`; throws when there are none.
  func reference(for operation: String) throws -> Tensor {
    if let ref { return ref.detached }
    throw EngineError(
      .argument, operation, "the batch has no log-probabilities of a reference",
      hint: "give rollout(...), pairs(...) or batch(...) ref:")
  }
}
