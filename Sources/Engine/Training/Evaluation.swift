/// How a policy does on held-out questions.
public struct EvaluationResult: Sendable {
  /// One question and its attempts.
  public struct Question: Sendable {
    /// What was asked.
    public let example: TaskExample
    /// How many of the attempts were right (a reward above 1/2).
    public let correct: Int
    /// The mean reward of the attempts.
    public let reward: Double
    /// Whether the most frequent answer is right.
    public let majority: Bool
    /// The mean number of tokens of an attempt.
    public let length: Double
  }

  /// The questions, all different in prompt or answer, in the order in which they were drawn.
  public let questions: [Question]
  /// Attempts at each question.
  public let samples: Int

  /// The share of a question's attempts that are right.
  public func share(_ question: Question) -> Double { Double(question.correct) / Double(samples) }

  /// The mean over questions of the share of attempts that are right: pass@1, or avg@k over k attempts.
  public var passAtOne: Double { mean(share) }

  /// The number of questions that differ in more than order or form.
  public var clusters: Int { Set(questions.map(\.example.key)).count }

  /// The standard error of the mean over questions of a number of each, clustered by the questions' keys.
  public func standardError(_ number: (Question) -> Double) -> Double {
    Mean.clusteredError(questions.map(number), clusters: questions.map(\.example.key))
  }

  /// The mean over questions of a number of each.
  public func mean(_ number: (Question) -> Double) -> Double {
    questions.reduce(0) { $0 + number($1) } / Double(max(1, questions.count))
  }

  /// The mean over questions of the unbiased estimate of pass@k.
  public func passAt(_ k: Int) throws -> Double {
    try questions.reduce(0) { try $0 + Evaluation.passAt(k, samples: samples, correct: $1.correct) }
      / Double(max(1, questions.count))
  }
}

/// Samples `samples` attempts at each of `prompts` different held-out questions, or at all there are, and checks them.
///
/// `rewards` gives those of the whole batch in the place of `reward` and the task's own.
public func evaluate(
  _ policy: Policy, _ task: any RewardTask, prompts: Int, samples: Int, options: SamplingOptions,
  reward: Reward? = nil, rewards given: ((Batch) throws -> Tensor)? = nil,
  environment: (any Environment)? = nil
) throws -> EvaluationResult {
  let examples = try task.distinctExamples(.evaluation, count: prompts, seed: options.seed)
  let batch = try rollout(
    policy, task, examples, group: samples, options: options, reward: reward, environment: environment)
  let rewards = try given.map { try $0(batch).values } ?? batch[.reward]?.values ?? []
  let answers = (batch.texts(.text) ?? []).enumerated().map { task.canonical($1, examples[$0 / samples]) }
  let questions = examples.enumerated().map { question, example in
    let attempts = question * samples..<(question + 1) * samples
    let answer = Evaluation.majority(attempts.map { answers[$0] })
    let voted = attempts.first { answers[$0] == answer }.map { rewards[$0] > 0.5 } ?? false
    return EvaluationResult.Question(
      example: example, correct: attempts.count { rewards[$0] > 0.5 },
      reward: attempts.reduce(0) { $0 + rewards[$1] } / Double(samples), majority: voted,
      length: Double(attempts.reduce(0) { $0 + batch.rows.lengths[$1] }) / Double(samples))
  }
  return EvaluationResult(questions: questions, samples: samples)
}
