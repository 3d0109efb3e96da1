/// What a policy talks with: it answers each turn of the policy until the episode is over.
///
/// Paper: the `reset` and `step` of arXiv:1606.01540, for text. The reply's tokens stand in the episode and are not
/// trainable.
public protocol Environment {
  /// The most turns of the policy in one episode.
  var maxTurns: Int { get }
  /// Starts an episode of a question.
  func reset(_ example: TaskExample) throws -> any EnvironmentState
}

/// An episode under way.
public protocol EnvironmentState {
  /// What follows a turn of the policy, given as text without its end token.
  mutating func step(_ action: String) throws -> EnvironmentStep
}

/// What an environment makes of a turn.
public struct EnvironmentStep: Sendable, Equatable {
  /// What the policy reads next; nil ends the episode.
  public let reply: String?
  /// Added to the episode's reward.
  public let reward: Double

  /// A step; without a reply it is the last.
  public init(reply: String?, reward: Double = 0) {
    self.reply = reply
    self.reward = reward
  }
}

/// Episodes of several turns, in the order of their prompts.
struct PlayedEpisodes {
  /// Every token after the prompt.
  var tokens: [[Int32]] = []
  /// Whether the policy wrote each token.
  var isAction: [[Bool]] = []
  /// The log-probability of each token that the policy wrote, 0 for the others.
  var logProbs: [[Float]] = []
  /// The same under what top-k and top-p left, renormalised.
  var samplerLogProbs: [[Float]] = []
  /// The entropy of the distribution each was drawn from, in nats.
  var entropy: [[Float]] = []
  var rewards: [Double] = []
  /// The policy's turns in each episode.
  var turns: [Int] = []
  /// The experts of each episode, where the policy has any.
  var experts: [ExpertSets] = []
  /// What each token of the policy was drawn from.
  var kept: [KeptTokens] = []
}

extension DecodingSession {
  /// Plays every sequence of the session against an environment, until it ends or the turns are used up.
  ///
  /// `example` gives the question of a sequence. Throws what the environment throws, and as `decode` does.
  func play(
    _ environment: any Environment, _ tokenizer: any Tokenizer, example: (Int) -> TaskExample
  ) throws -> PlayedEpisodes {
    var states = try sequences.indices.map { try environment.reset(example($0)) }
    var rewards = [Double](repeating: 0, count: states.count)
    var turns = [Int](repeating: 0, count: states.count)
    var start = [Int](repeating: 0, count: states.count)
    var open = Array(states.indices)
    while !open.isEmpty {
      try decode()
      open = try open.filter { index in
        try Interrupt.check("rollout")
        let action = tokenizer.decode(Array(sequences[index].tokens[start[index]...]))
        let step = try states[index].step(action)
        rewards[index] += step.reward
        turns[index] += 1
        guard let reply = step.reply, turns[index] < environment.maxTurns else { return false }
        try extend(index, tokenizer.encode(reply))
        start[index] = sequences[index].tokens.count
        return true
      }
    }
    return PlayedEpisodes(
      tokens: sequences.map(\.tokens), isAction: sequences.map(\.sampled),
      logProbs: sequences.map(\.logProbs), samplerLogProbs: sequences.map(\.samplerLogProbs),
      entropy: sequences.map(\.entropy), rewards: rewards, turns: turns,
      experts: experts ?? [], kept: sequences.compactMap(\.kept))
  }
}

/// Plays `group` episodes of each of these questions against an environment.
///
/// As `rollout` of a task: `old` and `logp` of the tokens that the policy wrote are those of training, bit for bit. The
/// environment's tokens are masked. The column `turns` counts the policy's turns.
func play(
  _ policy: Policy, _ task: any RewardTask, _ environment: any Environment, _ examples: [TaskExample],
  group: Int, options: SamplingOptions
) throws -> Batch {
  let prompts = try examples.map { try task.tokenizer.encode($0.prompt) }
  var all = PlayedEpisodes()
  let capacity = DecodingSession.capacity(policy, options.maxNewTokens * environment.maxTurns)
  let count = examples.count * group
  for first in stride(from: 0, to: count, by: capacity) {
    let session = try DecodingSession(policy, prompts, group, first..<min(count, first + capacity), options)
    let played = try session.play(environment, task.tokenizer) { examples[(first + $0) / group] }
    all.tokens += played.tokens
    all.isAction += played.isAction
    all.logProbs += played.logProbs
    all.samplerLogProbs += played.samplerLogProbs
    all.entropy += played.entropy
    all.rewards += played.rewards
    all.turns += played.turns
    all.experts += played.experts
    all.kept += played.kept
  }
  let promptOf = (0..<count).map { $0 / group }
  let sequences = TokenSequences(
    prompts: prompts, promptOf: promptOf, completions: all.tokens, tokenizer: task.tokenizer)
  func widened(_ values: [[Float]]) throws -> Tensor { try Tensor(rows: values.map { $0.map(Double.init) }) }
  return try Batch(
    logp: widened(all.logProbs),
    [
      .prompt: promptOf.map { examples[$0].prompt }, .text: all.tokens.map(task.tokenizer.transcript),
      .answer: promptOf.map { examples[$0].answer }, .group: promptOf, .reward: all.rewards,
      .truncated: sequences.truncated, .turns: all.turns, .entropy: widened(all.entropy),
      .experts: all.experts.isEmpty ? nil : all.experts,
      .sampler: options.reportsSampler ? widened(all.samplerLogProbs) : nil,
      .kept: all.kept.isEmpty ? nil : all.kept,
    ], mask: Tensor(rows: all.isAction.map { $0.map { $0 ? 1 : 0 } }),
    sequences: sequences, temperature: options.reportedTemperature)
}

extension Tokenizer {
  /// The text of tokens in which end tokens may stand between turns; they are left out.
  func transcript(_ tokens: [Int32]) -> String {
    tokens.split(separator: endToken, omittingEmptySubsequences: false).map { decode(Array($0)) }.joined()
  }
}

// MARK: Demonstrations

/// What a supervised cold start imitates: an episode's tokens, and which of them the policy would have written.
struct Demonstration {
  private(set) var tokens: [Int32] = []
  private(set) var isAction: [Bool] = []

  /// A task's own turns on a question, with its environment's replies between them.
  init(_ task: any RewardTask, _ example: TaskExample, _ draws: inout Draws) throws {
    let tokenizer = task.tokenizer
    var state = try task.environment?.reset(example)
    for turn in task.demonstration(example, &draws) {
      append(try tokenizer.encode(turn) + [tokenizer.endToken], isAction: true)
      guard let reply = try state?.step(turn).reply else { break }
      append(try tokenizer.encode(reply), isAction: false)
    }
  }

  private mutating func append(_ more: [Int32], isAction: Bool) {
    tokens += more
    self.isAction += more.map { _ in isAction }
  }
}
