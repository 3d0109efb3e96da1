extension Advantage {
  /// Advantages centred and scaled over the whole batch, token by token or sequence by sequence.
  ///
  ///     A' = (A - mean) / sqrt(var + 1e-8),   var divided by n - 1
  ///
  /// Conventions: over tokens and with 1e-8 under the root, as verl and TRL have it; over tokens a long sequence
  /// counts more. Edge cases: advantages that are all equal, and a single one, give exactly 0.
  static func whitened(_ batch: Batch, overTokens: Bool, _ operation: String) throws -> Batch {
    let advantage = try batch.require(.advantage, for: operation)
    let values = overTokens ? try advantage.asTokens(for: operation).tensor : advantage
    let deviations = try centred(values.trainable(for: operation).values)
    let std = Deviation.sample.scale(deviations)
    let scale = (std * std + 1e-8).squareRoot()
    let whitened = std == 0 ? deviations : deviations.map { $0 / scale }
    guard let tokens = values.shape.tokenRows?.trainableTokens else {
      return try batch.with(.advantage, Tensor(whitened, shape: values.shape))
    }
    var all = [Double](repeating: 0, count: values.count)
    for (token, value) in zip(tokens, whitened) { all[token] = value }
    return try batch.with(.advantage, Tensor(all, shape: values.shape))
  }

  static let whitenCard = AdvantageCard(
    name: "whiten", summary: "advantages centred and scaled over the whole batch",
    equation: "A' = (A - mean) / sqrt(var + 1e-8)", paper: "arXiv:2501.03262",
    objective: "grpo(aggregate: \"token_mean\")",
    conventions: ["var divides by n - 1, as verl and TRL have it; OpenRLHF divides by n"],
    edgeCases: [
      "advantages that are all equal, and a single one, give exactly 0",
      "over sequences needs one advantage per sequence",
    ]
  ) { parameter in
    let over = parameter(
      "over", "tokens", symbol: "-", "what the mean and the variance are taken over", source: "verl and TRL",
      .oneOf(["tokens", "sequences"]))
    return { batch, arguments in
      let overTokens = try arguments[over] == "tokens"
      if !overTokens, batch[.advantage]?.shape.tokenRows != nil {
        throw EngineError(
          .shape, "whiten", "the advantages differ by token, so there is none per sequence",
          hint: "take mean and variance over tokens")
      }
      return try whitened(batch, overTokens: overTokens, "whiten")
    }
  }

  static let reinforcePlusPlusCard = AdvantageCard(
    name: "reinforce_pp",
    summary: "rewards to go with a KL penalty at each token, whitened over the whole batch",
    equation: """
      R_it = [t = L_i] R_i - beta (old_it - ref_it)
      A_it = whiten(sum_{u >= t} gamma^(u - t) R_iu)
      """,
    paper: "arXiv:2501.03262", objective: "grpo(aggregate: \"token_mean\")",
    conventions: [
      "the KL estimate is k1 between the policy that sampled and the reference",
      "whitened over tokens, so long answers count more",
    ],
    edgeCases: ["beta above 0 needs ref", "returns that are all equal give exactly 0"]
  ) { parameter in
    let beta = parameter.rewardPenalty()
    let gamma = parameter.discount(1, source: "arXiv:2501.03262")
    return { batch, arguments in
      let rewards = try tokenRewards(batch, beta: arguments[beta], "reinforce_pp")
      let returns = try toGo(rewards, batch.rows, discount: arguments[gamma])
      return try whitened(
        batch.with(.advantage, Tensor(returns, shape: .tokens(batch.rows))), overTokens: true, "reinforce_pp")
    }
  }

  static let reinforcePlusPlusBaselineCard = AdvantageCard(
    name: "reinforce_pp_baseline",
    summary: "rewards minus the mean of their group, whitened over the whole batch",
    equation: "A_it = whiten(R_i - mean_g)", paper: "arXiv:2501.03262",
    objective: "grpo(aggregate: \"token_mean\", beta: 0.001, kl: \"k2\")",
    conventions: ["whitened over tokens, as verl does", "the group's deviation plays no part"],
    edgeCases: ["a group of one, and a batch without differences, get exactly 0"]
  ) { _ in { batch, _ in try whitened(groupCenter(batch), overTokens: true, "reinforce_pp_baseline") } }
}
