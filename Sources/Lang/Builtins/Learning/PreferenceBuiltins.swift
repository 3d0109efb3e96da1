import Engine

/// Pairs of a chosen and a rejected completion.
enum PreferenceBuiltins {
  static let all: [Builtin] = [pairs, margins, withMismatched]

  private static let pairs = Builtin(
    .objectives, "pairs",
    "pairs of a chosen and a rejected completion, from a rollout or a JSONL file, for dpo and its relatives",
    details: """
      From a rollout: the completion with the highest and that with the lowest reward of each group; groups without a difference are \
      left out. From a file, given by its path: a pair a line, under the column names given, scored by `policy`, whose characters have \
      to be those of the file. The pairs are a batch: two rows with one number in the column `pair`, of which `chosen` is 1 for the preferred one. `ref` is \
      a policy whose log-probabilities the batch gets as `.ref`; from a rollout, those it has already stay.

      DPO and its relatives are defined on log-probabilities at temperature 1. Of a rollout sampled at another one, or with `keep_mask`, the pairs are scored anew \
      by `policy`, which has to be given, and by `ref`.
      """,
    examples: [
      "b = pairs(batch(logp: [[-1], [-2], [-3], [-4]], reward: [0, 1, 1, 1], group: 2))\n[b.logp, b.chosen]\n#=> [tensor [2 sequences, 2 tokens], [1, 0]]"
    ]
  ) { parameter in
    let source = parameter("source", .batchOrPath)
    let policy = parameter.optional("policy", .policy)
    let prompt = parameter("prompt", .text, "prompt")
    let chosen = parameter("chosen", .text, "chosen")
    let rejected = parameter("rejected", .text, "rejected")
    let ref = parameter.optional("ref", .policy)
    return { call in
      var batch: Batch
      switch try call[source] {
      case .path(let path):
        guard let policy = try call[policy] else {
          throw call.failure(
            "pairs from a file need a policy that scores them", help: "pairs(\(Text.quoted(path)), policy)")
        }
        batch = try Batch.preferencePairs(
          file: path, prompt: call[prompt], chosen: call[chosen], rejected: call[rejected], policy: policy)
      case .batch(let rollout):
        batch = try rollout.preferencePairs()
        guard batch.temperature != 1 || batch.keepsMask else { break }
        let reference = try call[ref]
        guard let policy = try call[policy], reference != nil || batch[.ref] == nil else {
          throw call.failure(
            "the rollout's log-probabilities are at temperature \(Printing.number(batch.temperature))"
              + (batch.keepsMask ? " over what top-k and top-p left" : "")
              + ", those of preferences at 1 over all tokens",
            help: "pairs(ro, policy, ref: reference) scores the pairs anew so")
        }
        return .object(BatchObject(try batch.scoredAtOne(policy, reference: reference)))
      }
      if let ref = try call[ref] { batch = try batch.with(.ref, logProbabilities(ref, batch)) }
      return .object(BatchObject(batch))
    }
  }

  private static let margins = Builtin(
    .objectives, "margins",
    "x of each pair's chosen sequence minus x of its rejected one",
    details:
      "`x` has one number per sequence, such as seq_sum(b.logp - b.ref). With it a preference objective is a line.",
    examples: [
      "b = batch(logp: [[-1, -2], [-4]], pair: 2, chosen: [1, 0])\nmargins(b, seq_mean(b.logp))\n#=> [2.5]"
    ]
  ) { parameter in
    let pairs = parameter("pairs", .batch)
    let x = parameter("x", .tensor)
    return { call in
      let pairing = try Pairing(call[pairs], for: "margins")
      let numbers = try call[x]
      guard numbers.shape.tokenRows == nil, numbers.shape.rank == 1,
        numbers.count == pairing.chosen.count * 2
      else { throw call.mismatch(x, "one number per sequence") }
      return .tensor(try pairing.margins(numbers))
    }
  }

  private static let withMismatched = Builtin(
    .objectives, "with_mismatched",
    "the batch with the log ratios of its completions after other prompts as `.mismatched`, for kto",
    details: """
      Each completion is scored after the prompt of the next group, by the policy and by the reference: sum_t (log pi - log ref). The reference \
      point of kto is their mean, where that is above 0 (arXiv:2402.01306). It is that of the policy that is being updated, so it belongs \
      into each update: `train(..., kto(), advantage: pairs, ref: base, update: (pi, mb, o) => step(pi, with_mismatched(mb, pi, base), o))`.
      """,
    examples: [
      "task = addition()\npi = policy(task)\nall(with_mismatched(rollout(pi, task, prompts: 3), pi, pi).mismatched == 0)\n#=> true"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let policy = parameter("policy", .policy)
    let reference = parameter("reference", .policy)
    return { call in
      .object(BatchObject(try call[batch].withMismatched(call[policy], reference: call[reference])))
    }

  }
}

/// Where pairs come from.
enum PairSource {
  case batch(Batch)
  case path(String)
}

extension Kind where T == PairSource {
  static var batchOrPath: Kind {
    Kind("a rollout, a batch or the path of a file") { value, call in
      if let path = value.asText { return .path(path) }
      return try Kind<Batch>.batch.read(value, call).map { .batch($0) }
    }
  }
}
