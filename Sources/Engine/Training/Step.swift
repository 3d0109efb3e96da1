// Training: one update and what is measured of it, supervised starts, rollouts of tasks, evaluation. No algorithm is
// named here.

/// What an update did, in the order it is shown.
public typealias StepStatistics = [ObjectiveOutput.Metric]

/// One optimiser update that ascends an objective on a batch of completions.
///
/// `objective` gets the batch with `logp` and `entropy` under the current policy, traced; what it gives is
/// differentiated in both. Statistics: reward, objective, those of `measure`, grad_norm (before clipping), lr; for a
/// mixture of experts also churn and balance. `replay` holds its experts, and `balance` times the load-balancing loss
/// is descended beside the objective. Throws `EngineError` when the batch has no tokens or the objective is not finite.
public func step(
  _ policy: Policy, _ batch: Batch, replay: Replay? = nil, balance: Double = 0,
  objective: (Batch) throws -> ObjectiveOutput
) throws -> (policy: Policy, statistics: StepStatistics) {
  let sequences = try batch.sequences(replaying: replay, for: "step")
  var statistics: StepStatistics = []
  if let reward = batch[.reward] { statistics.append(.init("reward", try reward.mean().item())) }
  let result = try update(policy, sequences, temperature: batch.temperature, balance: balance) { pass in
    let seen = try batch.with(.logp, Tensor(widening: pass.logProbs, batch.rows))
      .with(.entropy, Tensor(widening: pass.entropy, batch.rows))
    let measured = try measure(objective, seen, for: "step")
    statistics.append(.init("objective", try measured.value.item(for: "objective")))
    statistics += measured.statistics + routing(pass, batch)
    return measured.derivatives
  }
  statistics.append(.init("grad_norm", result.gradientNorm))
  statistics.append(.init("lr", result.learningRate))
  return (result.policy, statistics)
}

/// How a mixture of experts routed: the share of choices that are not those behind `old`, and the load-balancing loss.
private func routing(_ pass: ForwardPass, _ batch: Batch) -> StepStatistics {
  guard let chosen = pass.experts, let load = pass.load else { return [] }
  var statistics: StepStatistics = []
  if let before = batch.setsBehindOld, before.first?.layers == chosen.first?.layers {
    let churn = Batch.churn(chosen, from: before, batch.rows)
    statistics.append(.init("churn", churn.reduce(0, +) / Double(max(churn.count, 1))))
  }
  return statistics + [.init("balance", load.balanceLoss)]
}
