/// How tokens are chosen.
public struct SamplingOptions: Sendable, Hashable {
  /// The most tokens of a completion.
  public var maxNewTokens: Int
  /// Divides the logits before the softmax; 0 is greedy.
  public var temperature: Double
  /// Keeps that many of the likeliest tokens; 0 keeps all.
  public var topK: Int
  /// Keeps the likeliest tokens until their probabilities reach this; 1 keeps all.
  public var topP: Double
  /// Records which tokens `topK` and `topP` leave, and reports the log-probabilities among them (Keep Sampling Mask).
  public var keepMask: Bool
  /// Always takes the likeliest token, the first of equals.
  public var greedy: Bool
  /// The token that ends a completion and belongs to it.
  public var endToken: Int32?
  /// The seed of the draws.
  public var seed: UInt64
  /// Sets the draws of one step of training apart from those of another.
  public var step: UInt64
  /// What the draws are for.
  public var purpose: Philox.Purpose

  /// Options; the whole distribution at temperature 1 unless more is said.
  public init(
    maxNewTokens: Int, temperature: Double = 1, topK: Int = 0, topP: Double = 1, keepMask: Bool = false,
    greedy: Bool = false,
    endToken: Int32? = nil, seed: UInt64 = 0, step: UInt64 = 0, purpose: Philox.Purpose = .sampling
  ) {
    self.maxNewTokens = maxNewTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.keepMask = keepMask
    self.greedy = greedy
    self.endToken = endToken
    self.seed = seed
    self.step = step
    self.purpose = purpose
  }

  /// Whether the likeliest token is taken.
  var isGreedy: Bool { greedy || temperature == 0 }

  /// Whether top-k or top-p may leave tokens out of the distribution that is sampled from.
  private var isTruncated: Bool { !isGreedy && (topK > 0 || topP < 1) }

  /// Whether what is left is recorded, so that training sees the distribution that was sampled from.
  var recordsKept: Bool { isTruncated && keepMask }

  /// Whether the distribution that is sampled from is another than the one that training sees.
  var reportsSampler: Bool { isTruncated && !keepMask }

  /// The temperature of the reported log-probabilities: 1 where `temperature` is 0.
  public var reportedTemperature: Double { temperature == 0 ? 1 : temperature }

  func validate(vocabulary: Int) throws(EngineError) {
    guard maxNewTokens >= 0 else {
      throw EngineError(.argument, "rollout", "max_tokens is \(maxNewTokens), but has to be at least 0")
    }
    if temperature != 0 { _ = try LanguageModelEnd(temperature: temperature, for: "rollout") }
    guard topK >= 0 else {
      throw EngineError(
        .argument, "rollout", "top_k is \(topK), but has to be at least 0", hint: "0 keeps all tokens")
    }
    guard topP > 0, topP <= 1 else {
      throw EngineError(.argument, "rollout", "top_p is \(topP), but has to be above 0 and at most 1")
    }
    if let endToken, endToken < 0 || Int(endToken) >= vocabulary {
      throw EngineError(
        .argument, "rollout", "the end token \(endToken) is outside the vocabulary of \(vocabulary)")
    }
  }
}

/// Completions as they were sampled.
public struct SampledCompletions: Sendable {
  /// The prompts and the completions, `group` for each prompt.
  public internal(set) var sequences: TokenSequences
  /// log p of every completion token under the whole softmax at the temperature, whatever top-k, top-p or
  /// greedy choice left of it, or with `keepMask` under what they left; bit for bit those of `Policy.forward` on the
  /// same tokens.
  public let logProbs: Storage<Float>
  /// log p of every completion token under what top-k and top-p left, renormalised; nil where that is `logProbs`.
  public let samplerLogProbs: Storage<Float>?
  /// What top-k and top-p left, for each completion; nil where it is not recorded.
  public let kept: [KeptTokens]?
  /// The entropy of the distribution whose log-probabilities these are, in nats.
  public let entropy: Storage<Float>
  /// Whether the end token came, for each completion.
  public let finished: [Bool]
  /// The experts of each completion; nil for a policy without experts.
  public let experts: [ExpertSets]?
}
