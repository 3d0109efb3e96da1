/// What an update did, in the order it is shown.
public typealias StepStatistics = [ObjectiveOutput.Metric]

/// One optimiser update that ascends an objective on a batch of completions.
///
/// `objective` gets the batch with `logp` and `entropy` under the current policy, traced; what it gives is
/// differentiated in both. Statistics: reward, objective, what the objective measures, grad_norm (before
/// clipping), lr. Throws `EngineError` when the batch has no tokens or the objective is not finite.
public func step(
  _ policy: Policy, _ batch: Batch, objective: (Batch) throws -> ObjectiveOutput
) throws -> (policy: Policy, statistics: StepStatistics) {
  let sequences = try requireSequences(batch, for: "step")
  var statistics: StepStatistics = []
  if let reward = batch[.reward] { statistics.append(.init("reward", try reward.mean().item())) }
  let result = try update(policy, sequences, temperature: batch.temperature) { logProbs, entropies in
    let (output, derivatives) = try differentiate(
      objective, batch, logProbs: logProbs, entropies: entropies, for: "step")
    statistics.append(.init("objective", try output.value.item(for: "objective")))
    statistics += output.metrics
    return derivatives
  }
  statistics.append(.init("grad_norm", result.gradientNorm))
  statistics.append(.init("lr", result.learningRate))
  return (result.policy, statistics)
}

/// An objective on a batch whose log-probabilities and entropies under the current policy are these, and its derivatives.
///
/// Throws `EngineError` when the objective is not finite.
func differentiate(
  _ objective: (Batch) throws -> ObjectiveOutput, _ batch: Batch, logProbs: UnsafeBufferPointer<Float>,
  entropies: UnsafeBufferPointer<Float>, for operation: String
) throws -> (output: ObjectiveOutput, derivatives: TokenDerivatives) {
  let tape = Tape()
  defer { tape.close() }
  let logp = tape.watch(try Tensor(widening: logProbs, batch.rows))
  let entropy = tape.watch(try Tensor(widening: entropies, batch.rows))
  let output = try objective(batch.with(.logp, logp).with(.entropy, entropy))
  let gradients = try tape.gradient(of: output.value, with: [logp, entropy])
  let value = try output.value.item(for: "objective")
  guard value.isFinite else {
    throw EngineError(
      .numeric, operation, "the objective is \(value)", hint: "look at the ratios and advantages of the batch"
    )
  }
  let usesEntropy = gradients[1].values.contains { $0 != 0 }
  return (
    ObjectiveOutput(value: tape.constant(output.value), metrics: output.metrics),
    TokenDerivatives(logProbs: gradients[0].values, entropy: usesEntropy ? gradients[1].values : nil)
  )
}

extension ObjectiveOutput {
  /// The value of an objective that measures nothing itself, with the drift of the policy beside it.
  public init(_ value: Tensor, on batch: Batch) throws {
    self.init(value: value, metrics: try ObjectiveOutput.drift(batch, ratio: batch.ratio()))
  }
}

extension Tensor {
  init(widening values: UnsafeBufferPointer<Float>, _ rows: Rows) throws {
    self = try Tensor.build(.tokens(rows), for: "step") { out in
      for index in 0..<min(rows.total, values.count) { out[index] = Double(values[index]) }
    }
  }
}
