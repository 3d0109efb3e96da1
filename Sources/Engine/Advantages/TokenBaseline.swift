extension Advantage {
  /// What an episode's tokens are compared with where no other of the group is as long.
  enum Tail: String, CaseIterable {
    /// Their own reward to go, which is what the formula gives: the advantage is 0.
    case own
    /// Nothing: the advantage is the reward to go.
    case none
  }

  static let optimalTokenBaselineCard = AdvantageCard(
    name: "otb",
    summary: "rewards to go minus the baseline of least variance at each token",
    equation: """
      A_it = G_it - sum_j W_jt G_jt / sum_j W_jt   over the episodes j of the group that have a token t
      W_jt = sum_{u <= t} rho_ju^2 w_ju,   w = |d log pi / d logits|^2 = 1 - 2 pi(y) + sum_v pi(v)^2
      G_it = sum_{u >= t} R_iu,   R_iu = [u = L] R_i - beta (old_iu - ref_iu)
      """,
    paper: "arXiv:2602.07078", objective: "reinforce(aggregate: \"token_mean\")",
    conventions: [
      "w is the column `score_norm`, which with_score_norm(ro, policy) sets; it stands for the squared length of the token's "
        + "gradient in the weights",
      "rho is the batch's `weight`, such as that of tis; without one it is 1",
      "t counts from the prompt; verl adds 1e-8 to the sum of weights",
    ],
    edgeCases: [
      "where all of a token's rewards to go are equal the advantage is exactly 0",
      "a group of one, and the end of the only longest episode: see `tail`",
    ]
  ) { parameter in
    let tail = parameter(
      "tail", Tail.own, symbol: "tail",
      "\"own\": exactly 0 where no other episode is as long; \"none\": no baseline there",
      source: "the equation; verl has \"none\"", .choice)
    let beta = parameter.rewardPenalty()
    return { batch, arguments in
      let norms = try batch.require(.scoreNorm, for: "otb").values
      let weights = try batch[.weight]?.detached.asTokens(for: "otb").tensor.values
      var ahead = try tokenRewards(batch, beta: arguments[beta], "otb")
      var pull = norms.map { _ in 0.0 }
      for row in 0..<batch.count {
        var sum = 0.0
        for token in batch.rows.trainableTokens(row).reversed() {
          sum += ahead[token]
          ahead[token] = sum
        }
        sum = 0
        for token in batch.rows.trainableTokens(row) {
          let rho = weights?[token] ?? 1
          sum += rho * rho * norms[token]
          pull[token] = sum
        }
      }
      var advantages = norms.map { _ in 0.0 }
      let longest = batch.rows.lengths.max() ?? 0
      var alike = [[Int]](repeating: [], count: longest)
      for group in batch.groups() {
        for place in alike.indices { alike[place] = [] }
        for row in group {
          let first = batch.rows.range(row).lowerBound
          for token in batch.rows.trainableTokens(row) { alike[token - first].append(token) }
        }
        for tokens in alike where !tokens.isEmpty {
          let values = tokens.map { ahead[$0] }
          let total = tokens.reduce(0) { $0 + pull[$1] }
          let isTail = try tokens.count == 1 && arguments[tail] == .none
          // Equal values are tested for, as their weighted mean is rounded.
          let baseline =
            isTail
            ? 0
            : values.min() == values.max()
              ? values[0]
              : total > 0 ? zip(tokens, values).reduce(0) { $0 + pull[$1.0] / total * $1.1 } : mean(values)
          for token in tokens { advantages[token] = ahead[token] - baseline }
        }
      }
      return try batch.with(
        .advantage, Tensor(finite(advantages, "advantage", "otb"), shape: .tokens(batch.rows)))
    }
  }
}
