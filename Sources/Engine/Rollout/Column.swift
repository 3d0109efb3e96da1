/// A column of a batch: its name, what it holds, and what it means.
///
/// Construction with its errors, selection, concatenation, minibatches, printing, completion, help and files follow
/// from the declaration. A batch may have further columns of its user's own, which no declaration knows.
public struct Column: Sendable {
  /// What a column holds for each episode.
  public enum Kind: String, Sendable {
    /// One number per token, `[B, T?]`.
    case token
    /// One number per episode, `[B]`.
    case episode
    /// One number per episode or per token.
    case either
    /// A whole number per episode that says what belongs together; joined batches keep theirs apart.
    case identifier
    /// One text per episode.
    case text
    /// A list of token numbers per episode.
    case tokenList = "token list"
    /// The experts of each token that was read, `[tokens, layers, active]` per episode.
    case experts
    /// The tokens among which each token was drawn.
    case kept

    /// Whether a column of the kind can be typed in.
    public var isWritten: Bool { self != .experts && self != .kept }
  }

  /// The name in the language and in files.
  public let name: String
  /// What it holds.
  public let kind: Kind
  /// What it means, in a few words; units where there are any.
  public let meaning: String
  /// How a batch gets it, for the message that says it is missing.
  public let source: String
  /// Computes the column from others; nil for a column that is stored.
  let derive: (@Sendable (Batch) throws -> ColumnValue?)?

  private init(
    _ name: String, _ kind: Kind, _ meaning: String, source: String,
    derive: (@Sendable (Batch) throws -> ColumnValue?)? = nil
  ) {
    self.name = name
    self.kind = kind
    self.meaning = meaning
    self.source = source
    self.derive = derive
  }
}

extension Column: Hashable {
  /// Columns of one name are one column.
  public static func == (left: Column, right: Column) -> Bool { left.name == right.name }
  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

// MARK: Stored columns

// The meaning of each stands in its declaration.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Column {
  /// Text of the prompt.
  public static let prompt = Column("prompt", .text, "text of the prompt", source: "rollouts have it")
  /// Text of the completion.
  public static let text = Column("text", .text, "text of the completion", source: "rollouts have it")
  /// The task's reference answer.
  public static let answer = Column(
    "answer", .text, "the task's reference answer", source: "rollouts of a task have it")
  /// Number of the group that shares a prompt.
  public static let group = Column(
    "group", .identifier, "number of the group that shares a prompt", source: "give batch(...) group:")
  /// What the completion earned.
  public static let reward = Column(
    "reward", .episode, "what the completion earned", source: "give batch(...) reward:")
  /// How much better than expected it did.
  public static let advantage = Column(
    "advantage", .either, "how much better than expected it did",
    source: "use group_norm(batch), rloo(batch) or group_center(batch) first")
  /// Weight of the surrogate, 1 where there is none.
  public static let weight = Column(
    "weight", .either, "weight of the surrogate, 1 where there is none",
    source: "use tis, mis, seq_mask or top_entropy first")
  /// Log-probability under the current policy, in nats.
  public static let logp = Column(
    "logp", .token, "log-probability under the current policy, in nats", source: "give batch(...) logp:")
  /// Log-probability under the policy that sampled, in nats.
  public static let old = Column(
    "old", .token, "log-probability under the policy that sampled, in nats", source: "give batch(...) old:")
  /// Log-probability as the sampler itself reported it, in nats.
  public static let sampler = Column(
    "sampler", .token, "log-probability as the sampler itself reported it, in nats",
    source:
      "rollouts with top_k or top_p have it; else give batch(...) sampler:, or rescore(ro, policy, old: true)"
  )
  /// Log-probability under a reference policy, in nats.
  public static let ref = Column(
    "ref", .token, "log-probability under a reference policy, in nats",
    source: "give batch(..., ref: ...), or rollout(..., ref: policy)")
  /// Entropy of the policy's next-token distribution, in nats.
  public static let entropy = Column(
    "entropy", .token, "entropy of the policy's next-token distribution, in nats",
    source: "rollouts have it; else give batch(..., entropy: ...)")
  /// Squared length of d logp / d logits.
  public static let scoreNorm = Column(
    "score_norm", .token, "squared length of d logp / d logits, 1 - 2 p + sum over the vocabulary of p^2",
    source: "use with_score_norm(ro, policy)")
  /// A critic's value of the state before the token.
  public static let values = Column(
    "values", .token, "a critic's value of the state before the token",
    source: "pipe the rollout into with_values(critic), or give batch(..., values: ...)")
  /// What a critic is to predict.
  public static let returns = Column(
    "returns", .token, "what a critic is to predict", source: "pipe a batch with values into gae")
  /// 1 for an episode that was cut off before its end.
  public static let truncated = Column(
    "truncated", .episode, "1 for an episode that was cut off before its end",
    source: "rollouts have it; a file of another program may give it")
  /// The policy's turns in the episode.
  public static let turns = Column(
    "turns", .episode, "the policy's turns in the episode", source: "rollouts with an environment have it")
  /// Reward of the greedy completion of the same prompt.
  public static let greedyReward = Column(
    "greedy_reward", .episode, "reward of the greedy completion of the same prompt",
    source: "use with_greedy(ro, policy, task, seed)")
  /// Log ratio to the reference after another prompt, in nats.
  public static let mismatched = Column(
    "mismatched", .episode, "log ratio to the reference after another prompt, in nats",
    source: "use with_mismatched(batch, policy, reference)")
  /// Number of the pair: its two episodes are compared.
  public static let pair = Column(
    "pair", .identifier, "number of the pair: its two episodes are compared",
    source: "make pairs with pairs(rollout), or give batch(...) pair: 2 and chosen:")
  /// 1 for a preferred episode, 0 for a rejected one.
  public static let chosen = Column(
    "chosen", .episode, "1 for a preferred episode, 0 for a rejected one",
    source: "make pairs with pairs(rollout), or give batch(...) chosen: [1, 0, ...]")
  /// What top-k and top-p left of the vocabulary.
  public static let kept = Column(
    "kept", .kept, "what top-k and top-p left of the vocabulary, over which every softmax of the rollout is",
    source: "rollouts with keep_mask: true have it")
  /// Experts that the current policy's routers chose.
  public static let experts = Column(
    "experts", .experts, "experts that the current policy's routers chose, for each token read",
    source: "rollouts of a mixture of experts have it")
  /// Experts of the policy that `old` is of.
  public static let oldExperts = Column(
    "old_experts", .experts, "experts behind `old`, where they are not `experts`; what replay \"R2\" holds",
    source: "rescore(ro, policy) has it, for a mixture of experts")
  /// Experts of the sampler.
  public static let samplerExperts = Column(
    "sampler_experts", .experts,
    "experts of the sampler, where it is not behind `old`; what replay \"R3\" holds",
    source: "rescore(ro, policy, old: true) has it, for a mixture of experts")
}

// MARK: Derived columns

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Column {
  /// Tokens of the prompt.
  public static let promptTokens = Column(
    "prompt_tokens", .tokenList, "tokens of the prompt", source: "rollouts have it"
  ) { batch in
    batch.sequences.map { sequences in .tokens(sequences.promptOf.map { sequences.prompts[$0] }) }
  }
  /// Tokens after the prompt, the environment's included.
  public static let tokens = Column(
    "tokens", .tokenList, "tokens after the prompt, the environment's included", source: "rollouts have it"
  ) { batch in batch.sequences.map { .tokens($0.completions) } }
  /// Number of tokens after the prompt.
  public static let length = Column("length", .episode, "number of tokens after the prompt", source: "") {
    .numbers(try Tensor($0.rows.lengths.map(Double.init), shape: .sequences($0.rows)))
  }
  /// Position of the token after the prompt, from 0.
  public static let position = Column(
    "position", .token, "position of the token after the prompt, from 0", source: ""
  ) {
    .numbers(
      try Tensor($0.rows.lengths.flatMap { (0..<$0).map(Double.init) }, shape: .tokens($0.rows)))
  }
  /// 1 for a trainable token, 0 for one that no reduction sees.
  public static let mask = Column(
    "mask", .token, "1 for a trainable token, 0 for one that no reduction sees", source: ""
  ) { .numbers(try Tensor($0.rows.mask.map { $0 ? 1 : 0 }, shape: .tokens($0.rows))) }
  /// Importance ratio of the token, exp(logp - old).
  public static let ratio = Column(
    "ratio", .token, "importance ratio of the token, exp(logp - old)", source: ""
  ) {
    .numbers(try $0.ratio())
  }
  /// Logp - old, in nats.
  public static let logRatio = Column("log_ratio", .token, "logp - old, in nats", source: "") {
    .numbers(try $0.logRatio())
  }
}

extension Column {
  /// Every declared column, in the order in which they are shown.
  public static let all: [Column] = [
    prompt, text, answer, promptTokens, tokens, length, position, mask, truncated, group, reward, advantage,
    weight,
    logp, old, ratio, logRatio, sampler, ref, entropy, scoreNorm, values, returns, turns, greedyReward,
    mismatched, pair,
    chosen, kept, experts, oldExperts, samplerExperts,
  ]

  /// The declared column called `name`.
  public static func named(_ name: String) -> Column? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Whether the column is computed from others and so cannot be set.
  public var isDerived: Bool { derive != nil }
}
