/// What an update did, in the order it is shown.
public typealias StepStatistics = [ObjectiveOutput.Metric]

/// One optimiser update that ascends an objective on a batch of completions.
///
/// `objective` gets the batch with `logp` and `entropy` under the current policy, traced; what it gives is
/// differentiated in both. Statistics: reward, objective, those of `measure`, grad_norm (before
/// clipping), lr. Throws `EngineError` when the batch has no tokens or the objective is not finite.
public func step(
  _ policy: Policy, _ batch: Batch, objective: (Batch) throws -> ObjectiveOutput
) throws -> (policy: Policy, statistics: StepStatistics) {
  let sequences = try requireSequences(batch, for: "step")
  var statistics: StepStatistics = []
  if let reward = batch[.reward] { statistics.append(.init("reward", try reward.mean().item())) }
  let result = try update(policy, sequences, temperature: batch.temperature) { logProbs, entropies in
    let seen = try batch.with(.logp, Tensor(widening: logProbs, batch.rows))
      .with(.entropy, Tensor(widening: entropies, batch.rows))
    let measured = try measure(objective, seen, for: "step")
    statistics.append(.init("objective", try measured.value.item(for: "objective")))
    statistics += measured.statistics
    return measured.derivatives
  }
  statistics.append(.init("grad_norm", result.gradientNorm))
  statistics.append(.init("lr", result.learningRate))
  return (result.policy, statistics)
}

extension Tensor {
  init(widening values: UnsafeBufferPointer<Float>, _ rows: Rows) throws {
    self = try Tensor.build(.tokens(rows), for: "step") { out in
      for index in 0..<min(rows.total, values.count) { out[index] = Double(values[index]) }
    }
  }
}
