extension Advantage {
  /// Rewards above the mean of the others of the group (`rloo`).
  public static func leaveOneOut(_ batch: Batch) throws -> Batch {
    try assign(
      perGroup(batch, "rloo") { rewards, _ in
        let size = Double(rewards.count)
        guard rewards.count > 1 else {
          throw EngineError(
            .argument, "rloo", "a group of one has no others to be compared with",
            hint: "sample at least two completions per prompt, or use group_norm")
        }
        return centred(rewards).map { $0 * (size / (size - 1)) }
      }, to: batch)
  }

  static let leaveOneOutCard = AdvantageCard(
    name: "rloo", summary: "rewards minus the mean of the others of their group",
    equation: "A_i = R_i - (1 / (G - 1)) sum_{j != i} R_j = G / (G - 1) (R_i - mean_g)",
    paper: "arXiv:2402.14740, section 2.2", objective: "reinforce()",
    conventions: [
      "a KL penalty in the reward is kl_in_reward's, before this; the paper has beta 0.03 and 0.10, TRL 0.05",
      "TRL pairs it with a clipped ratio of whole sequences, verl with a clipped ratio of tokens",
    ],
    edgeCases: ["a group whose rewards are all equal gets exactly 0", "a group of one is an error"]
  ) { _ in { batch, _ in try leaveOneOut(batch) } }

  static let greedyBaselineCard = AdvantageCard(
    name: "remax", summary: "rewards minus the reward of the greedy completion of the same prompt",
    equation: "A_i = R_i - R(greedy)", paper: "arXiv:2310.10505", objective: "reinforce()",
    conventions: ["the greedy rewards are the column `greedy_reward`, which with_greedy samples and sets"],
    edgeCases: ["a batch without greedy rewards is an error"]
  ) { _ in
    { batch, _ in
      let expected = try finite(
        batch.require(.greedyReward, for: "remax").values, "greedy reward", "remax")
      return try assign(zip(rewards(batch, "remax"), expected).map { $0 - $1 }, to: batch)
    }
  }

  static let optimalBaselineCard = AdvantageCard(
    name: "opo", summary: "rewards minus the mean of their group weighted by length",
    equation: "A_i = R_i - sum_j L_j R_j / sum_j L_j", paper: "arXiv:2505.23585", objective: "reinforce()",
    conventions: ["on-policy and without a KL term in the paper"],
    edgeCases: [
      "a group of one gets exactly 0 (verl leaves its raw reward)",
      "a group without tokens is compared with the plain mean",
    ]
  ) { _ in
    { batch, _ in
      try assign(
        perGroup(batch, "opo") { rewards, sequences in
          let expected = weightedMean(rewards, sequences.map { Double(batch.rows.trainable.lengths[$0]) })
          return rewards.map { $0 - expected }
        }, to: batch)
    }
  }

  static let gpgCard = AdvantageCard(
    name: "gpg",
    summary: "rewards minus the mean of their group, scaled up for the sequences that teach nothing",
    equation: "A_i = alpha (R_i - mean_g),  alpha = B / n",
    paper: "arXiv:2504.02546", objective: "reinforce(aggregate: \"token_mean\")",
    conventions: ["counting advantages takes out exactly the groups without a signal"],
    edgeCases: ["n is at least 1", "a group whose rewards are all equal, and a group of one, get exactly 0"]
  ) { parameter in
    let count = parameter(
      "count", "reward", symbol: "n", "what n counts: rewards, or advantages, that are not 0",
      source: "verl counts rewards", .oneOf(["reward", "advantage"]))
    return { batch, arguments in
      let advantages = try perGroup(batch, "gpg") { rewards, _ in centred(rewards) }
      let counted = try arguments[count] == "advantage" ? advantages : try rewards(batch, "gpg")
      let alpha = Double(batch.count) / Double(max(counted.count { $0 != 0 }, 1))
      return try assign(finite(advantages.map { $0 * alpha }, "advantage", "gpg"), to: batch)
    }
  }

  static let bestOfGroupCard = AdvantageCard(
    name: "grpo_passk", summary: "only the best of each group counts, by its lead over the second best",
    equation: "A_best = (R_best - R_second) / scale,  A_i = 0 for the others", paper: "arXiv:2503.19595",
    objective: "grpo()",
    conventions: ["it optimises the best of a group, as pass@k counts it"],
    edgeCases: ["a tie at the top gives exactly 0", "a group of one is an error"]
  ) { parameter in
    let scale = parameter(
      "scale", "none", symbol: "scale", "\"none\", or \"std\": the group's sample deviation + 1e-6",
      source: "verl divides unless told not to", .oneOf(["none", "std"]))
    return { batch, arguments in
      try assign(
        perGroup(batch, "grpo_passk") { rewards, _ in
          guard rewards.count > 1 else {
            throw EngineError(
              .argument, "grpo_passk", "a group of one has no second best",
              hint: "sample at least two completions per prompt")
          }
          let ranked = rewards.indices.sorted { rewards[$0] > rewards[$1] }
          let scale = try arguments[scale] == "std" ? Deviation.sample(rewards) + 1e-6 : 1
          var advantages = rewards.map { _ in 0.0 }
          advantages[ranked[0]] = (rewards[ranked[0]] - rewards[ranked[1]]) / scale
          return advantages
        }, to: batch)
    }
  }

  static let maxRLCard = AdvantageCard(
    name: "maxrl", summary: "rewards minus the mean of their group, over that mean",
    equation: "A_i = (R_i - mean_g) / mean_g", paper: "arXiv:2602.02710", objective: "reinforce()",
    conventions: ["meant for rewards from 0: rare successes on hard prompts weigh most"],
    edgeCases: [
      "a group whose mean is 0 gets exactly 0", "a group whose rewards are all equal gets exactly 0",
    ]
  ) { _ in
    { batch, _ in
      try assign(
        perGroup(batch, "maxrl") { rewards, _ in
          let average = mean(rewards)
          return centred(rewards).map { average == 0 ? 0 : $0 / average }
        }, to: batch)
    }
  }
}
