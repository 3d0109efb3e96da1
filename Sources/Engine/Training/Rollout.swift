/// What becomes of a completion: a number that training makes larger.
///
/// NaN and infinity are reported later, by whatever cannot use them.
public typealias Reward = (_ example: TaskExample, _ completion: String) throws -> Double

/// What becomes of a completion of a prompt given as tokens.
public typealias TokenReward = (_ prompt: [Int32], _ completion: [Int32]) throws -> Double

/// Samples `group` completions for each of `prompts` questions of a task and rewards them.
///
/// The questions are those of `split` under the seed of `options`; `old` and `logp` are the
/// log-probabilities at the sampling temperature, bit for bit those of training. Throws `EngineError` for a
/// policy that does not fit the task, bad options, or an interrupt.
public func rollout(
  _ policy: Policy, _ task: any RewardTask, split: TaskSplit = .training, prompts: Int, group: Int,
  options: SamplingOptions, reward: Reward? = nil, environment: (any Environment)? = nil
) throws -> Batch {
  guard prompts >= 1 else {
    throw EngineError(.argument, "rollout", "prompts is \(prompts), but has to be at least 1")
  }
  return try rollout(
    policy, task, task.examples(split, count: prompts, seed: options.seed, step: options.step), group: group,
    options: options, reward: reward, environment: environment)
}

/// As above, for these questions; their columns become columns of the batch.
func rollout(
  _ policy: Policy, _ task: any RewardTask, _ examples: [TaskExample], group: Int, options: SamplingOptions,
  reward: Reward?, environment: (any Environment)?
) throws -> Batch {
  try requireFit(policy, task, for: "rollout")
  if let environment = environment ?? task.environment {
    guard reward == nil else {
      throw EngineError(
        .argument, "rollout", "the rewards come from the environment, so there can be no other reward",
        hint: "put the reward into the environment's step")
    }
    return try play(policy, task, environment, examples, group: group, options: options)
      .with(columnsOf: examples, group: group)
  }
  var sampled = try sample(
    policy, prompts: examples.map { try task.tokenizer.encode($0.prompt) }, group: group, options: options)
  sampled.sequences.tokenizer = task.tokenizer
  let texts = sampled.sequences.completions.map { task.tokenizer.decode($0) }
  let rewards = try rewards(of: sampled) { index, question in
    try reward?(examples[question], texts[index]) ?? task.verify(texts[index], examples[question])
  }
  let asked = sampled.sequences.promptOf.map { examples[$0] }
  return try Batch(
    sampled, rewards, prompts: asked.map(\.prompt), texts: texts, temperature: options.reportedTemperature
  ).with(.answer, asked.map(\.answer)).with(columnsOf: examples, group: group)
}

/// Samples `group` completions for each of `prompts`, lists of tokens, and rewards them.
///
/// As `rollout` of a task, for a policy whose tokens stand for no task's characters; the batch's texts are
/// the tokens' numbers.
public func rollout(
  _ policy: Policy, prompts: [[Int32]], group: Int, options: SamplingOptions, reward: TokenReward
) throws -> Batch {
  let sampled = try sample(policy, prompts: prompts, group: group, options: options)
  let completions = sampled.sequences.completions
  let rewards = try rewards(of: sampled) { index, question in
    try reward(prompts[question], completions[index])
  }
  func text(_ tokens: [Int32]) -> String { tokens.map(String.init).joined(separator: " ") }
  let questions = prompts.map(text)
  return try Batch(
    sampled, rewards, prompts: sampled.sequences.promptOf.map { questions[$0] },
    texts: completions.map(text), temperature: options.reportedTemperature)
}

/// A task's own answers to the questions that `rollout` would ask under the same seed, one each, with a reward of 1.
///
/// `logp` and `old` are the log-probabilities under `policy`. Throws `EngineError` for a policy that does not fit the
/// task, or an interrupt.
public func answers(
  _ policy: Policy, _ task: any RewardTask, prompts: Int, seed: UInt64
) throws -> Batch {
  try requireFit(policy, task, for: "answers")
  let examples = try task.examples(.training, count: prompts, seed: seed, step: 0)
  let sequences = TokenSequences(
    prompts: try examples.map { try task.tokenizer.encode($0.prompt) }, promptOf: Array(0..<examples.count),
    completions: try examples.map { try task.tokenizer.encode($0.target) + [task.tokenizer.endToken] },
    tokenizer: task.tokenizer)
  let pass = try policy.forward(sequences)
  let rows = try Rows(lengths: sequences.completions.map(\.count))
  return try Batch(
    logp: Tensor(widening: pass.logProbs, rows),
    [
      .prompt: examples.map(\.prompt), .text: examples.map(\.target), .answer: examples.map(\.answer),
      .group: sequences.promptOf, .reward: Tensor.ones(.sequences(rows)),
      .truncated: sequences.truncated,
      .entropy: Tensor(widening: pass.entropy, rows), .experts: pass.experts,
    ], sequences: sequences)
}

/// A number for each completion, from its index and that of its prompt.
private func rewards(
  of sampled: SampledCompletions, _ reward: (_ index: Int, _ prompt: Int) throws -> Double
) throws -> [Double] {
  try sampled.sequences.promptOf.enumerated().map { index, prompt in
    if index & 255 == 255 { try Interrupt.check("rollout") }
    return try reward(index, prompt)
  }
}

extension Batch {
  /// This batch with the further columns of the questions, `group` episodes for each.
  fileprivate func with(columnsOf examples: [TaskExample], group: Int) throws -> Batch {
    var batch = self
    for name in examples.first?.columns.map(\.name) ?? [] {
      let values = examples.map { $0.column(name) ?? .text("") }
      batch = try batch.with(columnNamed: name, ColumnValue((0..<count).map { values[$0 / group] }))
    }
    return batch
  }

  /// Completions as they were sampled, one group a prompt, with their rewards.
  fileprivate init(
    _ sampled: SampledCompletions, _ rewards: [Double], prompts: [String], texts: [String],
    temperature: Double
  ) throws {
    let rows = try Rows(lengths: sampled.sequences.completions.map(\.count))
    let logp = try Tensor(widening: sampled.logProbs, rows)
    try self.init(
      logp: logp,
      [
        .prompt: prompts, .text: texts, .group: sampled.sequences.promptOf, .reward: rewards,
        .truncated: sampled.sequences.truncated, .entropy: Tensor(widening: sampled.entropy, rows),
        .sampler: sampled.samplerLogProbs.map { try Tensor(widening: $0, rows) }, .kept: sampled.kept,
        .experts: sampled.experts,
      ], sequences: sampled.sequences, temperature: temperature)
  }
}

/// The log-probabilities of a batch's completions under a policy, `[B, T?]`.
public func logProbabilities(_ policy: Policy, _ batch: Batch) throws -> Tensor {
  try logProbabilities(policy, batch, requireSequences(batch, for: "logp"))
}

extension Batch {
  /// This batch scored anew at temperature 1 under the whole softmax: `logp` and `old` under `policy`, `ref` under
  /// `reference`.
  ///
  /// Without a reference the batch has no `ref`. Throws for a batch without tokens.
  public func scoredAtOne(_ policy: Policy, reference: Policy?) throws -> Batch {
    var batch = without(.ref).without(.kept)
    batch.temperature = 1
    let logp = try logProbabilities(policy, batch)
    batch = try batch.with(.logp, logp).with(.old, logp)
    return try reference.map { try batch.with(.ref, logProbabilities($0, batch)) } ?? batch
  }
}

/// As above, of other tokens in the batch's layout.
func logProbabilities(_ policy: Policy, _ batch: Batch, _ sequences: TokenSequences) throws -> Tensor {
  let pass = try policy.forward(sequences, temperature: batch.temperature, forGradient: false)
  return try Tensor(widening: pass.logProbs, batch.rows)
}

/// The tokens of a batch, and what they were drawn from; throws when it was typed in by hand and has none.
func requireSequences(_ batch: Batch, for operation: String) throws(EngineError) -> TokenSequences {
  if var sequences = batch.sequences {
    sequences.kept = batch.kept
    return sequences
  }
  throw EngineError(
    .argument, operation, "the batch has no tokens, so a policy cannot be run on it", hint: "use a rollout")
}

/// Throws when a policy was made for another tokenizer than a task's.
public func requireFit(
  _ policy: Policy, _ task: any RewardTask, for operation: String
) throws(EngineError) {
  let hint = "make the policy for this task: policy(\(task.call), ...)"
  try policy.requireTokens(of: task.call, task.tokenizer, for: operation, hint: hint)
  let known = policy.configuration.vocabulary
  let needed = task.tokenizer.vocabularySize
  guard known == needed else {
    throw EngineError(
      .argument, operation, "the policy has \(known) tokens, \(task.call) needs \(needed)",
      hint: hint)
  }
}

extension Tensor {
  /// Single-precision values of every token as a packed tensor.
  init(widening values: Storage<Float>, _ rows: Rows) throws {
    self = try Tensor.build(.tokens(rows), for: "batch") { out in
      for index in 0..<rows.total { out[index] = Double(values[index]) }
    }
  }
}
