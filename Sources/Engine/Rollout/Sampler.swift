/// Samples `group` completions of each prompt.
///
/// A prompt is computed once for its group, and a sequence leaves the batch with its last token. The tokens
/// of a sequence depend on the weights, its prompt, and the draws for (seed, step, prompt index, sample
/// index), on nothing else in the batch. Throws `EngineError` for bad arguments, log-probabilities that are
/// not finite, too little memory, or an interrupt.
public func sample(
  _ policy: Policy, prompts: [[Int32]], group: Int, options: SamplingOptions
) throws(EngineError) -> SampledCompletions {
  let c = policy.configuration
  guard group >= 1 else {
    throw EngineError(.argument, "rollout", "group is \(group), but has to be at least 1")
  }
  try options.validate(vocabulary: c.vocabulary)
  let (count, tooMany) = prompts.count.multipliedReportingOverflow(by: group)
  let (tokens, tooLong) = count.multipliedReportingOverflow(by: options.maxNewTokens)
  guard !tooMany, !tooLong, tokens < 1 << 40 else {
    throw EngineError(
      .memory, "rollout",
      "\(prompts.count) prompts by \(group) samples by \(options.maxNewTokens) tokens is too much",
      hint: "make the batch smaller")
  }
  try TokenSequences(prompts: prompts, promptOf: [], completions: []).validate(
    vocabulary: c.vocabulary, "rollout")

  var completions: [[Int32]] = []
  var finished: [Bool] = []
  var logProbs: [Storage<Float>] = []
  var entropy: [Storage<Float>] = []
  let capacity = Decoder.batchLimit(c, options.maxNewTokens)
  var first = 0
  while first < count {
    let batch = first..<min(count, first + capacity)
    let decoder = try Decoder(policy, prompts, group, batch, options)
    try decoder.run()
    decoder.collect(&completions, &finished)
    logProbs.append(try decoder.packed(decoder.plan.logProbs))
    entropy.append(try decoder.packed(decoder.plan.entropy))
    first = batch.upperBound
  }
  return SampledCompletions(
    sequences: TokenSequences(
      prompts: prompts, promptOf: (0..<count).map { $0 / group }, completions: completions),
    logProbs: try joined(logProbs), entropy: try joined(entropy), finished: finished)
}

private func joined(_ parts: [Storage<Float>]) throws(EngineError) -> Storage<Float> {
  if parts.count == 1, let only = parts.first { return only }
  let whole = try Storage<Float>(uninitialized: parts.reduce(0) { $0 + $1.count }, for: "rollout")
  var at = 0
  for part in parts {
    (whole.base + at).update(from: part.base, count: part.count)
    at += part.count
  }
  return whole
}
