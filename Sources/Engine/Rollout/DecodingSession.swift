/// Sequences that a policy continues, turn by turn.
///
/// `decode` samples every open sequence until it stops: with the end token, or with as many tokens as a turn may have.
/// `extend` then appends tokens that nobody samples, such as an environment's reply, and opens the sequence for another
/// turn. Keys and values are kept: each token is computed once. The log-probabilities of sampled tokens are, bit for
/// bit, those of `Policy.forward` on prompts and whole sequences.
public final class DecodingSession {
  /// What follows a prompt.
  public struct Sequence: Sendable {
    /// All tokens, sampled and appended.
    public fileprivate(set) var tokens: [Int32] = []
    /// Whether each token was sampled.
    public fileprivate(set) var sampled: [Bool] = []
    /// log p of each sampled token under the whole softmax at the temperature, or under what was recorded in `kept`; 0
    /// for one that was appended.
    public fileprivate(set) var logProbs: [Float] = []
    /// The same under what top-k and top-p left, renormalised.
    public fileprivate(set) var samplerLogProbs: [Float] = []
    /// The entropy of the distribution each token was sampled from, in nats; 0 for one that was appended.
    public fileprivate(set) var entropy: [Float] = []
    /// What each sampled token was drawn from, where the options ask for it.
    public fileprivate(set) var kept: KeptTokens?
    /// Whether the last turn ended with the end token.
    public fileprivate(set) var finished = false
    /// The tokens that may still be sampled in this turn.
    fileprivate var budget: Int
    /// The tokens whose keys and values are cached.
    fileprivate var cached = 0

    /// Appends a token that was drawn, or that nobody samples.
    fileprivate mutating func append(_ token: Int32, _ drawn: DecodedToken?, _ set: TokenSet? = nil) {
      tokens.append(token)
      sampled.append(drawn != nil)
      logProbs.append(drawn?.logProb ?? 0)
      samplerLogProbs.append(drawn?.samplerLogProb ?? 0)
      entropy.append(drawn?.entropy ?? 0)
      kept?.append(set)
    }
  }

  /// The sequences, as many for each prompt as its group has.
  public private(set) var sequences: [Sequence]
  private let policy: Policy
  private let options: SamplingOptions
  private let prompts: DecodingPrompts
  private let streams: [Philox]
  private let decoder: any BackendDecoder
  private var hasBegun = false

  /// A session of `group` sequences for each prompt, all open and still empty.
  ///
  /// Throws `EngineError` for bad arguments or too little memory.
  public convenience init(
    _ policy: Policy, prompts: [[Int32]], group: Int, options: SamplingOptions
  ) throws(EngineError) {
    let (count, tooMany) = prompts.count.multipliedReportingOverflow(by: group)
    guard group >= 1, !prompts.isEmpty, !tooMany else {
      throw EngineError(
        .argument, "rollout", "\(prompts.count) prompts by \(group) samples, but there has to be at least one"
      )
    }
    try DecodingSession.validate(policy, prompts, options)
    try self.init(policy, prompts, group, 0..<count, options)
  }

  /// A session of sequences `batch` among all that `prompts` and `group` make.
  init(
    _ policy: Policy, _ prompts: [[Int32]], _ group: Int, _ batch: Range<Int>, _ options: SamplingOptions
  ) throws(EngineError) {
    let first = batch.lowerBound / group
    self.policy = policy
    self.options = options
    self.prompts = DecodingPrompts(
      prompts: Array(prompts[first...(batch.upperBound - 1) / group]),
      promptOf: batch.map { $0 / group - first })
    let kept = options.recordsKept ? KeptTokens(vocabulary: policy.configuration.vocabulary) : nil
    sequences = batch.map { _ in Sequence(kept: kept, budget: options.maxNewTokens) }
    streams = batch.map { index in
      Philox(seed: options.seed, options.purpose, options.step, UInt64(index / group), UInt64(index % group))
    }
    decoder = try policy.backend.decoder(
      policy, self.prompts, TokenChoice(options, vocabulary: policy.configuration.vocabulary))
  }

  static func validate(
    _ policy: Policy, _ prompts: [[Int32]], _ options: SamplingOptions
  ) throws(EngineError) {
    try options.validate(vocabulary: policy.configuration.vocabulary)
    try TokenSequences(prompts: prompts, promptOf: [], completions: []).validate(policy, "rollout")
  }

  /// The sequences whose caches of `tokens` tokens take half a gigabyte together, at least one.
  static func capacity(_ policy: Policy, _ tokens: Int) -> Int {
    let (floats, tooLong) = policy.model.cacheFloatsPerToken.multipliedReportingOverflow(by: tokens + 16)
    return tooLong ? 1 : max(1, (1 << 27) / max(floats, 1))
  }

  /// Samples every open sequence until none is.
  ///
  /// Throws `EngineError` for log-probabilities that are not finite, too little memory, or an interrupt, after which
  /// `decode` may be called again.
  public func decode() throws(EngineError) {
    var open = sequences.indices.filter { sequences[$0].budget > 0 }
    guard !open.isEmpty else { return }
    try decoder.reserve(open.reduce(0) { max($0, sequences[$1].tokens.count + sequences[$1].budget) })
    if !hasBegun {
      let empty = open.filter { sequences[$0].tokens.isEmpty }
      let drawn = try decoder.begin(empty.map { DecodingDraw(sequence: $0, uniform: uniform($0)) })
      hasBegun = true
      for (sequence, token) in zip(empty, drawn) { try accept(token, sequence) }
    }
    while true {
      open = open.filter { sequences[$0].budget > 0 }
      if open.isEmpty { return }
      let drawn = try decoder.advance(open.map(row))
      for (sequence, token) in zip(open, drawn) {
        sequences[sequence].cached += 1
        if let token { try accept(token, sequence) }
      }
    }
  }

  /// Appends tokens that are not sampled, and opens the sequence for another turn of as many sampled tokens as the
  /// options say.
  ///
  /// Throws `EngineError` where there is no such sequence, or a token is outside the vocabulary.
  public func extend(_ sequence: Int, _ tokens: [Int32]) throws(EngineError) {
    guard sequences.indices.contains(sequence) else {
      throw EngineError(.argument, "rollout", "there is no sequence \(sequence) among \(sequences.count)")
    }
    try TokenSequences.check(tokens, policy.configuration.vocabulary, "rollout")
    for token in tokens { sequences[sequence].append(token, nil) }
    sequences[sequence].finished = false
    sequences[sequence].budget = options.maxNewTokens
  }

  /// The experts of the tokens that sequences have taken; nil for a policy without experts.
  var experts: [ExpertSets]? {
    let experts = sequences.indices.compactMap { decoder.experts($0) }
    return experts.count == sequences.count ? experts : nil
  }

  /// The draw for the next token of a sequence.
  private func uniform(_ sequence: Int) -> Double {
    streams[sequence].uniform(at: UInt64(sequences[sequence].tokens.count))
  }

  /// The first token of a sequence that is not cached; the last one draws the next.
  private func row(_ sequence: Int) -> DecodingRow {
    let state = sequences[sequence]
    let prompt = prompts.promptOf[sequence]
    return DecodingRow(
      sequence: sequence, prompt: prompt, index: state.cached,
      position: prompts.prompts[prompt].count + state.cached, token: state.tokens[state.cached],
      uniform: state.cached + 1 == state.tokens.count ? uniform(sequence) : nil)
  }

  private func accept(_ drawn: DecodedToken, _ sequence: Int) throws(EngineError) {
    guard drawn.logProb.isFinite else {
      throw EngineError(
        .numeric, "rollout", "the policy's log-probabilities are not finite",
        hint: "its weights have run away: go back to an earlier policy and lower the learning rate")
    }
    sequences[sequence].append(drawn.token, drawn, decoder.kept(sequence))
    sequences[sequence].finished = drawn.token == options.endToken
    sequences[sequence].budget = sequences[sequence].finished ? 0 : sequences[sequence].budget - 1
  }
}
