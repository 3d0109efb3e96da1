extension Batch {
  /// Of each group the completion with the highest reward as the chosen and the one with the lowest as the rejected.
  ///
  /// The columns `pair` and `chosen` say what is compared with what; the chosen one comes first, and the advantages are
  /// 1 and -1. Groups without a difference are left out; of equal rewards the first counts. Throws `EngineError` when
  /// no group has a difference or a reward is not finite.
  public func preferencePairs() throws -> Batch {
    let rewards = try Advantage.rewards(self, "pairs")
    var kept: [Int] = []
    for sequences in groups() {
      guard let first = sequences.first else { continue }
      let best = sequences.reduce(first) { rewards[$1] > rewards[$0] ? $1 : $0 }
      let worst = sequences.reduce(first) { rewards[$1] < rewards[$0] ? $1 : $0 }
      if rewards[best] > rewards[worst] { kept += [best, worst] }
    }
    guard !kept.isEmpty else {
      throw EngineError(
        .argument, "pairs", "no group has completions whose rewards differ",
        hint: "sample larger groups, or take a task that is neither solved nor hopeless")
    }
    return try select(kept).asPairs()
  }

  /// This batch with every two sequences in a row as a pair, the chosen one first.
  private func asPairs() throws -> Batch {
    let isChosen = (0..<count).map { $0.isMultiple(of: 2) }
    return try with(.pair, Batch.groups(ofSize: 2, count: count, name: "pair"))
      .with(.chosen, isChosen.map { $0 ? 1 : 0 }).with(.advantage, isChosen.map { $0 ? 1 : -1 })
  }

  /// Every two sequences of one group of which the first is preferred: by advantage, or by reward where there are none.
  ///
  /// `share` is one over the number of its group's pairs and of groups with a pair, so that every prompt counts the
  /// same. Advantages by token count as their means. Throws when there is neither, or one is not finite.
  public func preferences() throws -> [(chosen: Int, rejected: Int, share: Double)] {
    let worth: [Double]
    if let advantage = self[.advantage] {
      let means = advantage.shape.tokenRows == nil ? advantage : try advantage.sequenceMean()
      worth = try Advantage.finite(means.values, "advantage", "preferences")
    } else {
      worth = try Advantage.rewards(self, "preferences")
    }
    var found: [[(chosen: Int, rejected: Int)]] = []
    for sequences in groups() {
      var pairs: [(chosen: Int, rejected: Int)] = []
      for chosen in sequences {
        try Interrupt.check("preferences")
        for rejected in sequences where worth[chosen] > worth[rejected] { pairs.append((chosen, rejected)) }
      }
      if !pairs.isEmpty { found.append(pairs) }
    }
    return found.flatMap { pairs in
      pairs.map { ($0.chosen, $0.rejected, 1 / Double(pairs.count * found.count)) }
    }
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
    var sequences = TokenSequences(prompts: [], promptOf: [], completions: [], tokenizer: tokenizer)
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
        sequences.completions.append(completion.tokens + [tokenizer.endToken])
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
      logp: Tensor(widening: pass.logProbs, rows),
      [
        .group: Batch.groups(ofSize: 2, count: texts.count), .prompt: prompts, .text: texts,
        .truncated: sequences.truncated,
      ],
      sequences: sequences
    ).asPairs()
  }

  /// The batch with the log ratios of its completions after other prompts as its column `mismatched`, `[B]`.
  ///
  ///     mismatched_i = sum_t (log pi(y_it | x', y_i<t) - log ref(y_it | x', y_i<t)),  x' the prompt of the next group
  ///
  /// The reference point of `kto` is their mean (arXiv:2402.01306, section 4). Throws `EngineError` for a batch without
  /// tokens or with a single prompt.
  public func withMismatched(_ policy: Policy, reference: Policy) throws -> Batch {
    var sequences = try requireSequences(self, for: "with_mismatched")
    guard sequences.prompts.count > 1 else {
      throw EngineError(
        .argument, "with_mismatched", "the batch has a single prompt, so there is no other",
        hint: "sample completions of two prompts or more")
    }
    sequences.kept = nil
    sequences.prompts = Array(sequences.prompts.dropFirst() + sequences.prompts.prefix(1))
    let ratio =
      try logProbabilities(policy, self, sequences) - logProbabilities(reference, self, sequences)
    return try with(.mismatched, ratio.sequenceSum())
  }
}
