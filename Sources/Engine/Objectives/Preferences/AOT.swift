/// Alignment via Optimal Transport: not each pair, but the whole distribution of rewards is to be ahead.
///
/// Shapes: logp, ref [B, T?] with B = 2 P; J []. Gradient: beta sigma(-beta d) at every token of the completion that
/// has the rank of d, with the sign of its side, over P. The order in which values are sorted is a constant.
/// Deviations: none.
struct AOT: Objective {
  /// What is compared rank by rank.
  enum Comparison: String, CaseIterable {
    /// Margins of pairs under the policy, with those under the reference.
    case paired
    /// Log ratios of the chosen completions, with those of the rejected ones.
    case unpaired
  }

  let beta: Double
  let comparison: Comparison

  var gate: (any Gate)? { nil }

  func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    let name = AOT.card.name
    guard batch[.weight] == nil else {
      throw EngineError(
        .argument, name, "weights have no meaning here: ranks are compared, not pairs",
        hint: "leave sequences out with filter, or take dpo")
    }
    let pairing = try Pairing(batch, for: name)
    let policy = try batch.logp.sequenceSum()
    let reference = try batch.require(.ref, for: name).detached.sequenceSum()
    let scores = try policy - reference
    let ahead: Tensor
    switch comparison {
    case .paired: ahead = try AOT.sorted(pairing.margins(policy)) - AOT.sorted(pairing.margins(reference))
    case .unpaired:
      ahead = try AOT.sorted(scores.rows(at: pairing.chosen)) - AOT.sorted(scores.rows(at: pairing.rejected))
    }
    let rewards = try beta * scores.detached
    return ObjectiveOutput(
      value: try UnaryOperation.logSigmoid(beta * ahead).mean(),
      metrics: try PairObjective.measurements(
        chosen: rewards.rows(at: pairing.chosen), rejected: rewards.rows(at: pairing.rejected)))
  }

  /// The numbers from the least to the largest; equal ones in their order.
  private static func sorted(_ x: Tensor) throws -> Tensor {
    let values = x.detached.values
    return try x.rows(at: values.indices.sorted { (values[$0], $0) < (values[$1], $1) })
  }
}

extension AOT {
  static let card = ObjectiveCard(
    name: "aot", title: "Alignment via Optimal Transport",
    summary:
      "rewards are compared rank by rank, so that one distribution is ahead of the other at every quantile",
    equation: """
      J = (1/P) sum_k log sigma(beta d_k)
      d_k = k-th least of sum_t logp_chosen - sum_t logp_rejected, minus the k-th least of the same of ref   ("paired")
      d_k = k-th least of sum_t (logp - ref) of the chosen, minus the k-th least of those of the rejected   ("unpaired")
      """,
    paper: "arXiv:2406.05882, section 3",
    profile: .init(
      .preference, granularity: "batch", advantage: "pairs", models: "policy, reference",
      failure: "small minibatches have few ranks, and with one pair it is dpo"),
    conventions: [
      ObjectiveCard.pairConvention, "the ranks are those of the batch of an update, so its size matters",
      "with equal numbers of both, \"unpaired\" does not ask which rejected completion belongs to which chosen one",
    ],
    edgeCases: ObjectiveCard.pairEdgeCases + [
      "of equal values the first counts as less", "weights are refused",
    ],
    metrics: ObjectiveCard.preferenceMetrics
  ) { parameter in
    let beta = parameter.inverseTemperature(source: "TRL")
    let comparison = parameter(
      "comparison", Comparison.paired, symbol: "-", "what is compared rank by rank",
      source: "arXiv:2406.05882 has both; TRL's aot and aot_unpaired", .choice)
    return { arguments in AOT(beta: try arguments[beta], comparison: try arguments[comparison]) }
  }
}
