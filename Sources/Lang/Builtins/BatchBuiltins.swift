import Engine

/// Batches typed in by hand, and their parts.
enum BatchBuiltins {
  static let all: [Builtin] = [batch, minibatches, rescore, informative]

  private static let batch = Builtin(
    .objectives,
    "batch(logp, old = none, ref = none, reward = none, group = none, advantage = none, values = none, entropy = none, sampler = none, baseline = none, weight = none)",
    "a batch from nested lists, so that an objective can be tried without a policy",
    details: """
      `logp`, `old`, `ref`, `values`, `entropy`, `sampler`: a list of numbers a sequence; `reward`, `baseline`: a number a sequence; \
      `advantage`, `weight`: either. `group`: the size of the groups, or a list with the group of every sequence. `old` is `logp` unless given.
      """,
    examples: [
      "batch(logp: [[-1, -2], [-3]], reward: [1, 0], group: 2).ratio\n#=> tensor [2 sequences, 3 tokens]\n#=>      1     1\n#=>      1"
    ]
  ) { call in
    let logp = try tokens(call, 0)
    guard let logp, let rows = logp.shape.tokenRows else {
      throw call.mismatch(0, "a list of lists of numbers")
    }
    var group: [Int]?
    if case .number = call[4] {
      group = try Batch.groups(ofSize: call.integer(4), count: rows.count)
    } else if !call[4].isNone {
      group = try call.items(4).map { item in
        guard let number = item.asNumber, let id = Int(exactly: number) else {
          throw call.mismatch(4, "a size or a list of whole numbers")
        }
        return id
      }
    }
    return .object(
      BatchObject(
        try Batch(
          logp: logp, old: tokens(call, 1), sampler: tokens(call, 8), ref: tokens(call, 2),
          reward: call.optionalTensor(3), baseline: call.optionalTensor(9), group: group,
          advantage: either(call, 5), weight: either(call, 10), values: tokens(call, 6),
          entropy: tokens(call, 7))))
  }

  /// One number a token where the rows are lists, else one a sequence.
  private static func either(_ call: Call, _ position: Int) throws -> Tensor? {
    let isPerToken = try Iteration.items(call[position])?.contains { try Iteration.items($0) != nil } ?? false
    return try isPerToken ? tokens(call, position) : call.optionalTensor(position)
  }

  /// A list of lists as a packed tensor, whether or not the rows have one length.
  private static func tokens(_ call: Call, _ position: Int) throws -> Tensor? {
    if call[position].isNone { return nil }
    if case .object(let object) = call[position], let tensor = (object as? TensorObject)?.tensor,
      tensor.shape.tokenRows != nil
    {
      return tensor
    }
    let rows = try call.items(position).map { row in
      guard let tensor = try Conversion.tensor(row), tensor.shape.rank == 1 else {
        throw call.mismatch(position, "a list of lists of numbers")
      }
      return tensor.values
    }
    guard !rows.isEmpty else {
      throw call.failure(
        "`\(call.signature.parameters[position].name)` has no sequences", help: "a batch needs at least one")
    }
    return try Tensor(rows: rows)
  }

  private static let minibatches = Builtin(
    .objectives, "minibatches(batch, count, shuffle = none)",
    "the batch in parts of whole sequences, as a list",
    details:
      "In order, so that groups stay together; with `shuffle`, a seed, the sequences are dealt out at random.",
    examples: ["len(minibatches(batch(logp: [[-1], [-2], [-3], [-4]]), 2))\n#=> 2"]
  ) { call in
    let seed: UInt64? = call[2].isNone ? nil : try call.seed(2)
    return .list(try read(call, 0).minibatches(call.integer(1), seed: seed).map { .object(BatchObject($0)) })
  }

  private static let rescore = Builtin(
    .objectives, "rescore(rollout, policy, old = false)",
    "the rollout with `logp` under another policy: how an objective sees it after updates",
    details: """
      `old` stays, so ratios tell how far the policy has moved since sampling. With `old: true` the policy counts as the one that \
      sampled, as a trainer sees it, and what `old` was becomes `sampler`: a stale or imprecise sampler, for tis, mis and seq_mask. \
      `ro.ref = rescore(ro, reference).logp` sets a reference.
      """,
    examples: [
      "task = addition()\na = policy(task, seed: 1)\nro = rollout(a, task, prompts: 2)\nall(rescore(ro, a).ratio == 1) and not all(rescore(ro, policy(task, seed: 2)).ratio == 1)\n#=> true"
    ]
  ) { call in
    let batch = try read(call, 0)
    let logp = try logProbabilities(ModelBuiltins.policy(call, 1), batch)
    var rescored = try batch.with(logp: logp)
    if try call.bool(2) {
      rescored.sampler = batch.sampler ?? batch.old
      rescored.old = logp
    }
    return .object(BatchObject(rescored))
  }

  private static let informative = Builtin(
    .objectives, "informative(batch)",
    "the groups of a batch whose rewards differ, from which relative advantages learn; none if there are none",
    details: "The filter of DAPO's dynamic sampling (arXiv:2503.14476, eq. (11)).",
    examples: [
      "b = batch(logp: [[-1], [-2], [-3], [-4]], reward: [1, 1, 0, 1], group: 2)\ninformative(b).reward\n#=> [0, 1]"
    ]
  ) { call in try read(call, 0).informativeGroups().map { .object(BatchObject($0)) } ?? .none }

  /// The batch that an argument has to be.
  static func read(_ call: Call, _ position: Int) throws -> Batch {
    try call.object(position, BatchObject.self, "a batch or a rollout").batch
  }
}
