import Engine

/// What becomes of a rollout before an objective sees it: rewards shaped, sequences masked, samples reweighted.
enum SamplingBuiltins {
  static let all: [Builtin] = [
    softOverlong, overlongFilter, topEntropy, klInReward, tis, mis, sequenceMask, reject,
    Library.dynamicSampling,
    Library.withGreedy,
  ]

  private static let softOverlong = Builtin(
    .objectives, "soft_overlong",
    "the batch with rewards lowered for completions that come near a limit of tokens",
    details: """
      DAPO's soft overlong punishment: 0 up to limit - buffer tokens, then falling in a line to -1 at the limit, and -1 beyond. \
      arXiv:2503.14476, eq. (13), with a limit of 20480 and a buffer of 4096.
      """,
    examples: [
      "b = batch(logp: [[-1], [-1, -1], [-1, -1, -1]], reward: [1, 1, 1])\nsoft_overlong(b, 3, 2).reward\n#=> [1, 0.5, 0]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let limit = parameter("limit", .number)
    let buffer = parameter("buffer", .number)
    return { call in
      .object(
        BatchObject(try RewardShaping.softOverlong(call[batch], limit: call[limit], buffer: call[buffer])))
    }
  }

  private static let overlongFilter = Builtin(
    .objectives, "overlong_filter",
    "the rollout with the completions masked that were cut off before their end, to be used after the advantages",
    details: """
      `.truncated` says which they are. arXiv:2503.14476, section 3.4, masks their loss, so that means divide by what is left. With \
      `counted: true` they keep their tokens and get a `.weight` of 0, and means divide by their tokens and sequences too. TRL's \
      mask_truncated_completions leaves them out of the tokens that its dapo loss divides by, and keeps them among the sequences \
      that its grpo loss divides by.
      """,
    examples: [
      "ro = rollout(policy(addition()), addition(), prompts: 2, max_tokens: 2, seed: 1)\nall(seq_sum(overlong_filter(ro).mask) == ro.length * (1 - ro.truncated))\n#=> true",
      "ro = rollout(policy(addition()), addition(), prompts: 2, max_tokens: 2, seed: 1)\nall(overlong_filter(ro, counted: true).weight == 1 - ro.truncated)\n#=> true",
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let counted = parameter("counted", .flag, false)
    return { call in .object(BatchObject(try call[rollout].overlongFiltered(counted: call[counted]))) }
  }

  private static let topEntropy = Builtin(
    .objectives, "top_entropy",
    "the batch with a gradient only from the share of tokens at which the policy was least certain",
    details: """
      Sets `.weight` to 0 where the entropy is below its quantile 1 - share over the batch. arXiv:2506.01939, whose share is 0.2 (TRL's \
      top_entropy_quantile). The other tokens still count where an aggregation divides. Piped into the advantages of a rollout it looks at the entropies of \
      the policy that sampled, over the whole rollout; in an objective, `b => dapo()(top_entropy(b))`, at those of the current policy in each minibatch, as TRL does.
      """,
    examples: [
      "top_entropy(batch(logp: [[-1, -2], [-1, -3]], entropy: [[0.1, 0.9], [0.2, 0.3]]), 0.25).weight[0]\n#=> [0, 1]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let share = parameter("share", .number, 0.2)
    return { call in .object(BatchObject(try call[batch].highEntropy(share: call[share]))) }
  }

  private static let klInReward = Builtin(
    .objectives, "kl_in_reward",
    "the batch with rewards less beta times the divergence from the reference, summed over each completion",
    details: """
      R'_i = R_i - beta sum_t KL_it, taken at the policy that sampled. arXiv:2402.14740 has 0.03 and 0.10, TRL 0.05. The estimators are those \
      of `kl`; in the reward k1 gives the right gradient. For a penalty at each token see reinforce_pp and gae.
      """,
    examples: [
      "kl_in_reward(batch(logp: [[-1, -2]], ref: [[-1.5, -2]], reward: [1]), 0.1).reward\n#=> [0.95]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let beta = parameter("beta", .number)
    let estimator = parameter("estimator", .choice, KLEstimator.k1)
    return { call in
      .object(
        BatchObject(
          try RewardShaping.klInReward(call[batch], beta: call[beta], estimator: call[estimator])))
    }
  }

  private static let tis = Builtin(
    .objectives, "tis",
    "the batch weighted by capped ratios of the trainer's probabilities to the sampler's",
    details: """
      Truncated importance sampling: weights min(rho, cap), rho = exp(old - sampler). `level` is "token", "sequence" (the product over a \
      completion; long ones fade first) or "geometric" (the geometric mean). A cap of 2 is slime's and verl's; TRL has 3 for sequences. \
      The batch needs `sampler`, log-probabilities as the sampler reported them. With `normalize` the weights are divided by their mean over the \
      batch: over tokens, or over sequences at the other levels (verl's rollout_is_batch_normalize).
      """,
    examples: [
      "tis(batch(logp: [[-1, -1]], sampler: [[-1, -3]])).weight[0]\n#=> [1, 2]",
      "tis(batch(logp: [[-1, -1]], sampler: [[-1, -3]]), cap: 3, normalize: true).weight[0]\n#=> [0.5, 1.5]",
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let cap = parameter("cap", .number, 2)
    let level = parameter("level", .choice, SamplerCorrection.Level.token)
    let normalize = parameter("normalize", .flag, false)
    return { call in
      try corrected(call, call[batch], .truncate, call[level], low: 0, high: call[cap], call[normalize])
    }
  }

  private static let mis = Builtin(
    .objectives, "mis",
    "the batch weighted by ratios of the trainer's probabilities to the sampler's, 0 outside a range",
    details: """
      Masked importance sampling (IcePop): weights rho where low <= rho <= high, else 0. `level` and `normalize` as for `tis`. The range is OpenRLHF's. \
      What is rejected stays in the denominators of means; verl takes it out of the response mask, as `mask(b, b.weight > 0)` does afterwards.
      """,
    examples: [
      "mis(batch(logp: [[-1, -1]], sampler: [[-1, -3]])).weight[0]\n#=> [1, 0]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let low = parameter("low", .number, 0.5)
    let high = parameter("high", .number, 5)
    let level = parameter("level", .choice, SamplerCorrection.Level.token)
    let normalize = parameter("normalize", .flag, false)
    return { call in
      try corrected(call, call[batch], .mask, call[level], low: call[low], high: call[high], call[normalize])
    }
  }

  private static let sequenceMask = Builtin(
    .objectives, "seq_mask",
    "the batch without completions whose probability differs too much between trainer and sampler",
    details: """
      Rejection: weight 1 where low <= rho <= high, else 0, with rho taken over each completion. `level` is "geometric" or "sequence". \
      Piped into `tis` it is the masked and truncated correction of NeMo-RL and OpenRLHF. Rejected completions stay in the denominators of means; verl \
      takes them out of the response mask, as `mask(b, b.weight > 0)` does afterwards.
      """,
    examples: [
      "seq_mask(batch(logp: [[-1, -1], [-1]], sampler: [[-1, -3], [-1.5]])).weight\n#=> [0, 1]",
      "b = seq_mask(batch(logp: [[-1, -1], [-1]], sampler: [[-1, -3], [-1.5]]))\n[token_sum(b.mask), token_sum(mask(b, b.weight > 0).mask)]\n#=> [3, 1]",
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let low = parameter("low", .number, 0.5)
    let high = parameter("high", .number, 2)
    let level = parameter("level", .choice, SamplerCorrection.Level.geometric)
    return { call in
      try corrected(call, call[batch], .reject, call[level], low: call[low], high: call[high])
    }
  }

  private static let reject = Builtin(
    .objectives, "reject",
    "the batch without tokens or completions at which sampler and trainer diverge too much",
    details: """
      Rejection: weight 1 where low <= D <= high, else 0, with z = old - sampler and D one of "k1" = -z, "k2" = z^2 / 2 and "k3" = exp(z) - 1 - z, \
      estimates of KL(sampler || old) in nats. `over` says of what: each "token", or a completion's "sum", "mean" or "max" over its tokens. `low` is \
      -high for k1, which has a sign, and open for the others. verl's rollout_rs: token_k3 is over: "token", seq_mean_k3 over: "mean"; its bounds for k1 are \
      ratios, so high is their logarithm. What is rejected stays in the denominators of means; verl takes it out of the response mask, as \
      `mask(b, b.weight > 0)` does afterwards. Pipe one into another for several criteria.
      """,
    examples: [
      "reject(batch(logp: [[-1, -1], [-1]], sampler: [[-1, -3], [-1.5]]), \"k3\", over: \"max\", high: 1).weight\n#=> [0, 1]",
      "reject(batch(logp: [[-1, -1]], sampler: [[-1, -3]]), \"k1\", over: \"token\", high: 0.5).weight[0]\n#=> [1, 0]",
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let estimator = parameter("estimator", .choice, SamplerCorrection.Divergence.k3)
    let over = parameter("over", .choice, SamplerCorrection.Reach.mean)
    let high = parameter("high", .number, 0.01)
    let low = parameter.optional("low", .number)
    return { call in
      let (estimator, high) = (try call[estimator], try call[high])
      return .object(
        BatchObject(
          try SamplerCorrection.reject(
            estimator, call[over], low: call[low] ?? (estimator == .k1 ? -high : -.infinity), high: high,
            from: call[batch], for: "reject")))
    }
  }

  private static func corrected(
    _ call: Call, _ batch: Batch, _ rule: SamplerCorrection.Rule, _ level: SamplerCorrection.Level,
    low: Double, high: Double, _ normalized: Bool = false
  ) throws -> Value {
    .object(
      BatchObject(
        try SamplerCorrection.apply(
          rule, level, low: low, high: high, normalized: normalized, to: batch, for: call.signature.name)))

  }
}
