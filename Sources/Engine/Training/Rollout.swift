/// What becomes of a completion: a number that training makes larger. NaN and infinity are reported later,
/// by whatever cannot use them.
public typealias Reward = (_ example: TaskExample, _ completion: String) throws -> Double

/// Samples `group` completions for each of `prompts` questions of a task and rewards them.
///
/// The questions are those of `split` under the seed of `options`; `old` and `logp` are the
/// log-probabilities at the sampling temperature, bit for bit those of training. Throws `EngineError` for a
/// policy that does not fit the task, bad options, or an interrupt.
public func rollout(
  _ policy: Policy, _ task: any RewardTask, split: TaskSplit = .training, prompts: Int, group: Int,
  options: SamplingOptions, reward: Reward? = nil
) throws -> Batch {
  try requireFit(policy, task, for: "rollout")
  guard prompts >= 1 else {
    throw EngineError(.argument, "rollout", "prompts is \(prompts), but has to be at least 1")
  }
  let examples = try task.examples(split, count: prompts, seed: options.seed, step: options.step)
  let sampled = try sample(
    policy, prompts: examples.map { try task.tokenizer.encode($0.prompt) }, group: group, options: options)
  let texts = sampled.sequences.completions.map { task.tokenizer.decode($0) }
  let asked = (0..<texts.count).map { examples[$0 / group] }
  let rewards = try zip(asked, texts).enumerated().map { index, pair in
    if index & 255 == 255 { try Interrupt.check("rollout") }
    return try reward?(pair.0, pair.1) ?? task.verify(pair.1, pair.0)
  }
  let rows = try Rows(lengths: sampled.sequences.completions.map(\.count))
  let logp = try Tensor(widening: sampled.logProbs, rows)
  return try Batch(
    logp: logp, old: logp, reward: Tensor(rewards, shape: .sequences(rows)),
    group: Batch.groups(ofSize: group, count: texts.count), entropy: Tensor(widening: sampled.entropy, rows),
    sequences: sampled.sequences, prompts: asked.map(\.prompt), texts: texts,
    temperature: options.reportedTemperature)
}

/// The log-probabilities of a batch's completions under a policy, `[B, T?]`.
public func logProbabilities(_ policy: Policy, _ batch: Batch) throws -> Tensor {
  let pass = try policy.forward(
    requireSequences(batch, for: "logp"), temperature: batch.temperature, forGradient: false)
  return try Tensor(widening: pass.logProbs, batch.rows)
}

/// The tokens of a batch; throws when it was typed in by hand and has none.
func requireSequences(_ batch: Batch, for operation: String) throws(EngineError) -> TokenSequences {
  if let sequences = batch.sequences { return sequences }
  throw EngineError(
    .argument, operation, "the batch has no tokens, so a policy cannot be run on it", hint: "use a rollout")
}

/// Throws when a policy does not speak a task's alphabet.
func requireFit(_ policy: Policy, _ task: any RewardTask, for operation: String) throws(EngineError) {
  let known = policy.configuration.vocabulary
  let needed = task.tokenizer.vocabularySize
  guard known == needed else {
    throw EngineError(
      .argument, operation, "the policy has \(known) tokens, \(task.call) needs \(needed)",
      hint: "make the policy for this task: policy(\(task.call), ...)")
  }
}

extension Tensor {
  /// Single-precision values of every token as a packed tensor.
  init(widening values: Storage<Float>, _ rows: Rows) throws {
    self = try Tensor.build(.tokens(rows), for: "batch") { out in
      for index in 0..<rows.total { out[index] = Double(values.base[index]) }
    }
  }
}
