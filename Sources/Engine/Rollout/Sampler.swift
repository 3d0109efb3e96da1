/// Samples `group` completions of each prompt.
///
/// A prompt is computed once for its group, and a sequence leaves the batch with its last token. The tokens
/// of a sequence depend on the weights, its prompt, and the draws for (seed, step, prompt index, sample
/// index), on nothing else in the batch. Throws `EngineError` for bad arguments, log-probabilities that are
/// not finite, too little memory, or an interrupt.
public func sample(
  _ policy: Policy, prompts: [[Int32]], group: Int, options: SamplingOptions
) throws(EngineError) -> SampledCompletions {
  guard group >= 1 else {
    throw EngineError(.argument, "rollout", "group is \(group), but has to be at least 1")
  }
  let (count, tooMany) = prompts.count.multipliedReportingOverflow(by: group)
  let (tokens, tooLong) = count.multipliedReportingOverflow(by: options.maxNewTokens)
  guard !tooMany, !tooLong, tokens < 1 << 40 else {
    throw EngineError(
      .memory, "rollout",
      "\(prompts.count) prompts by \(group) samples by \(options.maxNewTokens) tokens is too much",
      hint: "make the batch smaller")
  }
  try DecodingSession.validate(policy, prompts, options)
  var sequences: [DecodingSession.Sequence] = []
  var experts: [ExpertSets] = []
  let capacity = DecodingSession.capacity(policy, options.maxNewTokens)
  for first in stride(from: 0, to: count, by: capacity) {
    let session = try DecodingSession(
      policy, prompts, group, first..<min(count, first + capacity), options)
    try session.decode()
    sequences += session.sequences
    experts += session.experts ?? []
  }
  return SampledCompletions(
    sequences: TokenSequences(
      prompts: prompts, promptOf: (0..<count).map { $0 / group }, completions: sequences.map(\.tokens),
      tokenizer: policy.tokenizer),
    logProbs: try Storage(sequences.flatMap(\.logProbs), for: "rollout"),
    samplerLogProbs: options.reportsSampler
      ? try Storage(sequences.flatMap(\.samplerLogProbs), for: "rollout") : nil,
    kept: options.recordsKept ? sequences.compactMap(\.kept) : nil,
    entropy: try Storage(sequences.flatMap(\.entropy), for: "rollout"), finished: sequences.map(\.finished),
    experts: policy.configuration.mixture == nil ? nil : experts)
}
