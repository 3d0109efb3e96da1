extension Batch {
  /// Of each group the completion with the highest reward as the chosen and the one with the lowest as the rejected.
  ///
  /// A pair is a group of the result, its advantages are 1 and -1, the chosen one comes first. Groups without a
  /// difference are left out; of equal rewards the first counts. Throws `EngineError` when no group has a difference
  /// or a reward is not finite.
  public func preferencePairs() throws -> Batch {
    let rewards = try Advantage.rewards(self, "pairs")
    var kept: [Int] = []
    for sequences in Advantage.members(self) {
      guard let first = sequences.first else { continue }
      let best = sequences.reduce(first) { rewards[$1] > rewards[$0] ? $1 : $0 }
      let worst = sequences.reduce(first) { rewards[$1] < rewards[$0] ? $1 : $0 }
      if rewards[best] > rewards[worst] { kept += [best, worst] }
    }
    guard !kept.isEmpty else {
      throw EngineError(
        .argument, "pairs", "no group has completions whose rewards differ",
        hint: "sample more completions a prompt (group:), or take a task that is neither solved nor hopeless")
    }
    return try select(kept).with(
      advantage: Tensor(kept.indices.map { $0.isMultiple(of: 2) ? 1 : -1 }))
  }

  /// Pairs from a JSONL file, scored by `policy`: `logp` and `old` are its log-probabilities.
  ///
  /// Each line is an object with a prompt, a chosen and a rejected completion; an end token is appended to both
  /// completions. Throws an `EngineError` that names the line at fault, or when the policy has no tokenizer.
  public static func preferencePairs(
    file path: String, prompt: String, chosen: String, rejected: String, policy: Policy
  ) throws -> Batch {
    guard let tokenizer = policy.tokenizer else {
      throw EngineError(
        .argument, "pairs", "the policy does not say what its tokens stand for",
        hint: "make the policy for a task whose characters are those of the file")
    }
    var sequences = TokenSequences(prompts: [], promptOf: [], completions: [])
    var prompts: [String] = []
    var texts: [String] = []
    _ = try JSONLines.read(path, for: "pairs") { line in
      func tokens(_ column: String) throws -> (text: String, tokens: [Int32]) {
        let text = try line.text(column)
        do {
          return (text, try tokenizer.encode(text))
        } catch let error as EngineError {
          throw line.failure("\"\(column)\": \(error.message)", hint: error.hint)
        }
      }
      let question = try tokens(prompt)
      guard !question.tokens.isEmpty else { throw line.failure("the prompt is empty") }
      sequences.prompts.append(question.tokens)
      for completion in try [tokens(chosen), tokens(rejected)] {
        sequences.promptOf.append(sequences.prompts.count - 1)
        sequences.completions.append(completion.tokens + [Tokenizer.endToken])
        prompts.append(question.text)
        texts.append(completion.text)
      }
    }
    guard !texts.isEmpty else {
      throw EngineError(
        .file, "pairs", "\(path) has no pairs",
        hint: "each line is an object with \(prompt), \(chosen) and \(rejected)")
    }
    let pass = try policy.forward(sequences)
    let rows = try Rows(lengths: sequences.completions.map(\.count))
    return try Batch(
      logp: Tensor(widening: pass.logProbs, rows), group: Batch.groups(ofSize: 2, count: texts.count),
      advantage: Tensor(texts.indices.map { $0.isMultiple(of: 2) ? 1 : -1 }), sequences: sequences,
      prompts: prompts, texts: texts)
  }

  /// The batch with the log ratios of its completions after other prompts as its baseline, `[B]`.
  ///
  ///     baseline_i = sum_t (log pi(y_it | x', y_i<t) - log ref(y_it | x', y_i<t)),  x' the prompt of the next group
  ///
  /// The reference point of `kto` is their mean (arXiv:2402.01306, section 4). Throws `EngineError` for a batch without
  /// tokens or with a single prompt.
  public func withMismatched(_ policy: Policy, reference: Policy) throws -> Batch {
    var moved = self
    var sequences = try requireSequences(self, for: "with_mismatched")
    guard sequences.prompts.count > 1 else {
      throw EngineError(
        .argument, "with_mismatched", "the batch has a single prompt, so there is no other",
        hint: "sample completions of two prompts or more")
    }
    sequences.prompts = Array(sequences.prompts.dropFirst() + sequences.prompts.prefix(1))
    moved.sequences = sequences
    let ratio = try logProbabilities(policy, moved) - logProbabilities(reference, moved)
    return try replacing(\.baseline, with: ratio.sequenceSum())
  }
}
