/// How a policy does on held-out questions.
public struct EvaluationResult: Sendable {
  /// For each question, how many of its attempts were right (a reward above 1/2).
  public let correct: [Int]
  /// Attempts a question.
  public let samples: Int
  /// The mean reward of all attempts.
  public let reward: Double
  /// The share of questions whose most frequent answer is right.
  public let majority: Double
  /// The mean number of tokens of an attempt.
  public let length: Double

  /// The mean over questions of the share of attempts that are right.
  public var passAtOne: Double {
    Double(correct.reduce(0, +)) / Double(max(1, correct.count * samples))
  }

  /// The mean over questions of the unbiased estimate of pass@k.
  public func passAt(_ k: Int) throws -> Double {
    try correct.reduce(0) { try $0 + Evaluation.passAt(k, samples: samples, correct: $1) }
      / Double(max(1, correct.count))
  }
}

/// Samples `samples` attempts at each of `prompts` held-out questions and checks them.
public func evaluate(
  _ policy: Policy, _ task: any RewardTask, prompts: Int, samples: Int, options: SamplingOptions
) throws -> EvaluationResult {
  let batch = try rollout(
    policy, task, split: .evaluation, prompts: prompts, group: samples, options: options)
  let rewards = batch[.reward]?.values ?? []
  let texts = batch.texts(.text) ?? []
  var correct: [Int] = []
  var voted = 0
  for question in 0..<prompts {
    let attempts = question * samples..<(question + 1) * samples
    correct.append(attempts.filter { rewards[$0] > 0.5 }.count)
    let answer = Evaluation.majority(attempts.map { texts[$0] })
    if let place = attempts.first(where: { texts[$0] == answer }), rewards[place] > 0.5 { voted += 1 }
  }
  return EvaluationResult(
    correct: correct, samples: samples, reward: rewards.reduce(0, +) / Double(max(1, rewards.count)),
    majority: Double(voted) / Double(max(1, prompts)),
    length: Double(batch.rows.total) / Double(max(1, batch.count)))
}
