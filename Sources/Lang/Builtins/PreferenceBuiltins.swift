import Engine

/// Pairs of a chosen and a rejected completion.
enum PreferenceBuiltins {
  static let all: [Builtin] = [pairs, margins, withMismatched]

  private static let pairs = Builtin(
    .objectives,
    "pairs(source, policy = none, prompt = \"prompt\", chosen = \"chosen\", rejected = \"rejected\", ref = none)",
    "pairs of a chosen and a rejected completion, from a rollout or a JSONL file, for dpo and its relatives",
    details: """
      From a rollout: the completion with the highest and that with the lowest reward of each group; groups without a difference are \
      left out. From a file, given by its path: a pair a line, under the column names given, scored by `policy`, whose characters have \
      to be those of the file. The pairs are a batch: a group a pair, advantage 1 for the chosen and -1 for the rejected sequence. `ref` is \
      a policy whose log-probabilities the batch gets as `.ref`; from a rollout, those it has already stay.
      """,
    examples: [
      "b = pairs(batch(logp: [[-1], [-2], [-3], [-4]], reward: [0, 1, 1, 1], group: 2))\n[b.logp, b.advantage]\n#=> [tensor [2 sequences, 2 tokens], [1, -1]]"
    ]
  ) { call in
    var batch: Batch
    if let path = call[0].asText {
      guard !call[1].isNone else {
        throw call.failure(
          "pairs from a file need a policy that scores them", help: "pairs(\(Text.quoted(path)), policy)")
      }
      batch = try Batch.preferencePairs(
        file: path, prompt: call.text(2), chosen: call.text(3), rejected: call.text(4),
        policy: ModelBuiltins.policy(call, 1))
    } else {
      batch = try call.object(0, BatchObject.self, "a rollout, a batch or the path of a file").batch
        .preferencePairs()
    }
    if !call[5].isNone { batch.ref = try logProbabilities(ModelBuiltins.policy(call, 5), batch) }
    return .object(BatchObject(batch))
  }

  private static let margins = Builtin(
    .objectives, "margins(pairs, x)",
    "x of each pair's chosen sequence minus x of its rejected one",
    details:
      "`x` has a number a sequence, such as seq_sum(b.logp - b.ref). With it a preference objective is a line.",
    examples: [
      "b = batch(logp: [[-1, -2], [-4]], group: 2, advantage: [1, -1])\nmargins(b, seq_mean(b.logp))\n#=> [2.5]"
    ]
  ) { call in
    let pairing = try BatchBuiltins.read(call, 0).pairing(for: "margins")
    let x = try call.tensor(1)
    guard x.shape.tokenRows == nil, x.shape.rank == 1, x.count == pairing.chosen.count * 2 else {
      throw call.mismatch(1, "one number a sequence")
    }
    return .tensor(try pairing.margins(x))
  }

  private static let withMismatched = Builtin(
    .objectives, "with_mismatched(batch, policy, reference)",
    "the batch with the log ratios of its completions after other prompts as `.baseline`, for kto",
    details: """
      Each completion is scored after the prompt of the next group, by the policy and by the reference: sum_t (log pi - log ref). The reference \
      point of kto is their mean, where that is above 0 (arXiv:2402.01306).
      """,
    examples: [
      "task = addition()\npi = policy(task)\nall(with_mismatched(rollout(pi, task, prompts: 3), pi, pi).baseline == 0)\n#=> true"
    ]
  ) { call in
    let batch = try BatchBuiltins.read(call, 0)
    return .object(
      BatchObject(
        try batch.withMismatched(ModelBuiltins.policy(call, 1), reference: ModelBuiltins.policy(call, 2))))
  }
}
