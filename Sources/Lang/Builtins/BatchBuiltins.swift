import Engine

/// Batches typed in by hand, and their parts.
enum BatchBuiltins {
  static let all: [Builtin] = [batch, minibatches, rescore, informative]

  private static let batch = Builtin(
    .objectives, "batch",
    "a batch from nested lists, so that an objective can be tried without a policy",
    details: """
      `logp`, `old`, `ref`, `values`, `entropy`, `sampler`: a list of numbers a sequence; `reward`, `baseline`: a number a sequence; \
      `advantage`, `weight`: either. `group`: the size of the groups, or a list with the group of every sequence. `old` is `logp` unless given.
      """,
    examples: [
      "batch(logp: [[-1, -2], [-3]], reward: [1, 0], group: 2).ratio\n#=> tensor [2 sequences, 3 tokens]\n#=>      1     1\n#=>      1"
    ]
  ) { parameter in
    let logp = parameter("logp", .tokenRows)
    let old = parameter.optional("old", .tokenRows)
    let ref = parameter.optional("ref", .tokenRows)
    let reward = parameter.optional("reward", .tensor)
    let group = parameter.optional("group", .groups)
    let advantage = parameter.optional("advantage", .sequencesOrTokens)
    let values = parameter.optional("values", .tokenRows)
    let entropy = parameter.optional("entropy", .tokenRows)
    let sampler = parameter.optional("sampler", .tokenRows)
    let baseline = parameter.optional("baseline", .tensor)
    let weight = parameter.optional("weight", .sequencesOrTokens)
    return { call in
      let tokens = try call[logp]
      let count = tokens.shape.tokenRows?.count ?? 0
      return .object(
        BatchObject(
          try Batch(
            logp: tokens, old: call[old], sampler: call[sampler], ref: call[ref], reward: call[reward],
            baseline: call[baseline], group: call[group]?.numbers(count), advantage: call[advantage],
            weight: call[weight], values: call[values], entropy: call[entropy])))
    }
  }

  private static let minibatches = Builtin(
    .objectives, "minibatches",
    "the batch in parts of whole sequences, as a list",
    details:
      "In order, so that groups stay together; with `shuffle`, a seed, the sequences are dealt out at random.",
    examples: ["len(minibatches(batch(logp: [[-1], [-2], [-3], [-4]]), 2))\n#=> 2"]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let count = parameter("count", .integer)
    let shuffle = parameter.optional("shuffle", .seed)
    return { call in
      let parts = try call[batch].minibatches(call[count], seed: call[shuffle])
      return .list(parts.map { .object(BatchObject($0)) })
    }
  }

  private static let rescore = Builtin(
    .objectives, "rescore",
    "the rollout with `logp` under another policy: how an objective sees it after updates",
    details: """
      `old` stays, so ratios tell how far the policy has moved since sampling. With `old: true` the policy counts as the one that \
      sampled, as a trainer sees it, and what `old` was becomes `sampler`: a stale or imprecise sampler, for tis, mis and seq_mask. \
      `ro.ref = rescore(ro, reference).logp` sets a reference.
      """,
    examples: [
      "task = addition()\na = policy(task, seed: 1)\nro = rollout(a, task, prompts: 2)\nall(rescore(ro, a).ratio == 1) and not all(rescore(ro, policy(task, seed: 2)).ratio == 1)\n#=> true"
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let policy = parameter("policy", .policy)
    let old = parameter("old", .flag, false)
    return { call in
      let batch = try call[rollout]
      let logp = try logProbabilities(call[policy], batch)
      var rescored = try batch.with(logp: logp)
      if try call[old] {
        rescored.sampler = batch.sampler ?? batch.old
        rescored.old = logp
      }
      return .object(BatchObject(rescored))
    }
  }

  private static let informative = Builtin(
    .objectives, "informative",
    "the groups of a batch whose rewards differ, from which relative advantages learn; none if there are none",
    details: "The filter of DAPO's dynamic sampling (arXiv:2503.14476, eq. (11)).",
    examples: [
      "b = batch(logp: [[-1], [-2], [-3], [-4]], reward: [1, 1, 0, 1], group: 2)\ninformative(b).reward\n#=> [0, 1]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    return { call in try call[batch].informativeGroups().map { .object(BatchObject($0)) } ?? .none }
  }
}

/// Groups as they are typed in: their size, or the group of every sequence.
enum Groups {
  case size(Int)
  case numbers([Int])

  /// The group of each of `count` sequences.
  func numbers(_ count: Int) throws -> [Int] {
    switch self {
    case .size(let size): try Batch.groups(ofSize: size, count: count)
    case .numbers(let numbers): numbers
    }
  }
}

extension Kind where T == Groups {
  static var groups: Kind {
    Kind("a size or a list of whole numbers") { value, _ in
      if let number = value.asNumber { return Int(exactly: number).map { .size($0) } }
      guard let items = try Iteration.items(value) else { return nil }
      let numbers = items.compactMap { $0.asNumber.flatMap(Int.init(exactly:)) }
      return numbers.count == items.count ? .numbers(numbers) : nil
    }
  }
}

extension Kind where T == Tensor {
  /// A list of lists as a packed tensor, whether or not the rows have one length.
  static var tokenRows: Kind {
    Kind("a list of lists of numbers, with at least one sequence") { value, _ in
      if case .object(let object) = value, let tensor = (object as? TensorObject)?.tensor,
        tensor.shape.tokenRows != nil
      {
        return tensor
      }
      guard let items = try Iteration.items(value), !items.isEmpty else { return nil }
      let rows = try items.compactMap { try Conversion.tensor($0) }.filter { $0.shape.rank == 1 }
      return rows.count == items.count ? try Tensor(rows: rows.map(\.values)) : nil
    }
  }

  /// One number a token where the rows are lists, else one a sequence.
  static var sequencesOrTokens: Kind {
    Kind("numbers") { value, call in
      let isPerToken = try Iteration.items(value)?.contains { try Iteration.items($0) != nil } ?? false
      return try isPerToken ? tokenRows.read(value, call) : Conversion.tensor(value)
    }
  }
}
