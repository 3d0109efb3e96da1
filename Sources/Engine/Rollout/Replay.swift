/// Recorded experts that a pass goes through in the place of those that its routers choose.
///
/// The set I of each token and layer is held; its weights come from the current router, and the gradient reaches the
/// router through them.
///
///     w_e = p_e / sum_I p  for e in I
///
/// Papers: arXiv:2507.18071, section 5.3, and arXiv:2512.01374 (R2); arXiv:2510.11370 (R3).
public enum Replay: String, Sendable, CaseIterable {
  /// The sets behind `old`: those of the old policy as the trainer computed it.
  case r2 = "R2"
  /// The sets of the sampler; where there was no other, they are those behind `old`.
  case r3 = "R3"
}

extension Batch {
  /// The sets behind `old`.
  var setsBehindOld: [ExpertSets]? { experts(.oldExperts) ?? experts(.experts) }

  /// The tokens, for a pass that goes through the experts that `replay` says; throws where they were not recorded.
  func sequences(replaying replay: Replay?, for operation: String) throws(EngineError) -> TokenSequences {
    var sequences = try requireSequences(self, for: operation)
    guard let replay else { return sequences }
    let sampled = replay == .r3 ? experts(.samplerExperts) : nil
    guard let sets = sampled ?? setsBehindOld else { throw missing(.experts, for: operation) }
    sequences.replay = sets
    return sequences
  }

  /// The rollout as another policy sees it: `logp`, and for a mixture of experts `experts`, under that policy.
  ///
  /// With `old` the policy counts as the one that sampled, and what `old` was becomes `sampler`.
  public func rescored(_ policy: Policy, replay: Replay?, old: Bool) throws -> Batch {
    let sequences = try sequences(replaying: replay, for: "rescore")
    let pass = try policy.forward(sequences, temperature: temperature)
    let logp = try Tensor(widening: pass.logProbs, rows)
    var batch = try with(.logp, logp)
    if old { batch = try batch.with(.sampler, self[.sampler] ?? self.old).with(.old, logp) }
    guard let chosen = pass.experts else { return batch }
    batch = try batch.with(.experts, chosen)
    if old {
      if let before = experts(.samplerExperts) ?? setsBehindOld {
        batch = try batch.with(.samplerExperts, before)
      }
      return try batch.with(.oldExperts, sequences.replay ?? chosen)
    }
    return try setsBehindOld.map { try batch.with(.oldExperts, $0) } ?? batch
  }

  /// The share of the choices behind the trainable tokens of this batch that are not those of `other`, by layer.
  ///
  ///     1 - |I and I'| / k,  as a mean over tokens
  ///
  /// The choices are those of the routers under the current policy of each batch (`experts`), also in a replay.
  /// Throws where there are none, or for other tokens.
  public func churn(from other: Batch) throws -> [Double] {
    guard let before = other.experts(.experts) else { throw other.missing(.experts, for: "churn") }
    guard let now = experts(.experts) else { throw missing(.experts, for: "churn") }
    guard sequences == other.sequences, let layers = now.first?.layers, before.first?.layers == layers,
      before.first?.active == now.first?.active
    else {
      throw EngineError(
        .argument, "churn", "the rollouts have other tokens, or policies with other experts",
        hint: "compare a rollout with the same one rescored by another policy")
    }
    return Batch.churn(now, from: before, rows)
  }

  /// As above, of sets of experts.
  static func churn(_ now: [ExpertSets], from before: [ExpertSets], _ rows: Rows) -> [Double] {
    var changes = [Int](repeating: 0, count: now.first?.layers ?? 0)
    var choices = 0
    for episode in 0..<min(now.count, before.count) {
      let first = rows.range(episode).lowerBound
      let predicted = rows.trainableTokens(episode).map { $0 - first }
      let own = now[episode].changes(from: before[episode], predicting: predicted)
      for layer in changes.indices { changes[layer] += own[layer] }
      choices += predicted.count * now[episode].active
    }
    return changes.map { Double($0) / Double(max(choices, 1)) }
  }
}
