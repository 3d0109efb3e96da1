import Engine

/// Batches typed in by hand, and their parts.
enum BatchBuiltins {
  static let all: [Builtin] = [batch, mask, minibatches, rescore, scoreNorm, informative, loadRollouts]

  private static let batch = Builtin(
    .objectives, "batch",
    "a batch from nested lists, so that an objective can be tried without a policy",
    details: """
      A column is a number for each sequence, a list of numbers for each sequence (one per token), or a text for each. `group` and \
      `pair` may be a size: that many sequences in a row. `old` is `logp` unless given. Any other name makes a column of your own. \
      What a batch or a rollout can have:

      \(Column.all.map { "- `\($0.name)` (\($0.kind.rawValue)): \($0.meaning)" }.joined(separator: "\n"))
      """,
    examples: [
      "batch(logp: [[-1, -2], [-3]], reward: [1, 0], group: 2).ratio\n#=> tensor [2 sequences, 3 tokens]\n#=>      1     1\n#=>      1",
      "batch(logp: [[-1], [-2]], difficulty: [3, 5])[1].difficulty\n#=> 5",
    ]
  ) { parameter in
    let logp = parameter("logp", .tokenRows)
    let columns = Column.all.filter { !$0.isDerived && $0 != .logp && $0.kind.isWritten }.map {
      (column: $0, argument: parameter.optional($0.name, .any))
    }
    let mask = parameter.optional("mask", .any)
    let own = parameter.named("columns")
    return { call in
      var batch = try Batch(logp: call[logp])
      func add(_ name: String, _ value: Value) throws {
        batch = try batch.with(columnNamed: name, BatchObject.column(name, value, count: batch.count))
      }
      for (column, argument) in columns {
        if let value = try call[argument] { try add(column.name, value) }
      }
      for (name, value) in try call[own].fields { try add(name, value) }
      if let value = try call[mask] { try add(Column.mask.name, value) }
      return .object(BatchObject(batch))
    }
  }

  private static let mask = Builtin(
    .objectives, "mask",
    "the batch with only those tokens trainable for which `keep` is not 0",
    details: """
      `keep` has a number for each token or for each sequence. Every reduction (`mean`, `seq_sum`, `token_mean` and the others), every \
      objective, one's own too, and every statistic sees the trainable tokens alone, in numerators and denominators. A token that was \
      masked before stays so; `b.mask` reads the mask.
      """,
    examples: [
      "b = batch(logp: [[-1, -2, -3], [-4]])\nlate = mask(b, b.position > 0)\n[sum(late.logp), len(late), token_mean(late.mask)]\n#=> [-5, 2, 1]",
      "b = mask(batch(logp: [[-1, -2]]), [[1, 0]])\ngrad(b => token_mean(b.ratio), b)[0]\n#=> [1, 0]",
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let keep = parameter("keep", .any)
    return { call in
      let batch = try call[batch]
      let mask = try BatchObject.column("keep", call[keep], count: batch.count)
      return .object(BatchObject(try batch.with(columnNamed: Column.mask.name, mask)))
    }
  }

  private static let minibatches = Builtin(
    .objectives, "minibatches",
    "the batch in parts of whole sequences or pairs, as a list",
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
      `ro.ref = rescore(ro, reference).logp` sets a reference. For a mixture of experts `experts` becomes the policy's own choices; with `replay` it \
      computes through recorded experts: "R2" those behind `old`, "R3" those of the sampler (`docs/experts.md`).
      """,
    examples: [
      "task = addition()\na = policy(task, seed: 1)\nro = rollout(a, task, prompts: 2)\nall(rescore(ro, a).ratio == 1) and not all(rescore(ro, policy(task, seed: 2)).ratio == 1)\n#=> true"
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let policy = parameter("policy", .policy)
    let old = parameter("old", .flag, false)
    let replay = parameter.optional("replay", Kind<Replay>.choice)
    return { call in
      .object(BatchObject(try call[rollout].rescored(call[policy], replay: call[replay], old: call[old])))
    }
  }

  private static let scoreNorm = Builtin(
    .objectives, "with_score_norm",
    "the rollout with the squared length of d logp / d logits at each token as `.score_norm`, for otb",
    details: """
      w = 1 - 2 p + sum_v p(v)^2, of the distribution at the rollout's temperature. It takes a forward pass. With train: \
      `collect: (pi, seed) => with_score_norm(rollout(pi, task, seed: seed), pi), advantage: otb`.
      """,
    examples: [
      "task = addition()\npi = policy(task)\nro = otb(with_score_norm(rollout(pi, task, prompts: 2), pi))\nall(ro.score_norm > 0) and all(ro.score_norm < 2)\n#=> true"
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let policy = parameter("policy", .policy)
    return { call in .object(BatchObject(try call[rollout].withScoreNorm(call[policy]))) }
  }

  private static let loadRollouts = Builtin(
    .objectives, "load_rollouts",
    "the rollouts in a JSONL file, as `save` writes them or another trainer dumps them",
    details: """
      One object per line and episode, one field per column; `docs/rollouts.md` says what another program has to write. What `save` \
      wrote comes back bit for bit. `scripts/export` has what dumps the rollouts of TRL and verl.
      """
  ) { parameter in
    let path = parameter("path", .path)
    return { call in .object(BatchObject(try RolloutFile.read(call[path]))) }
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
}
