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
      let weights = try gradientWeights(batch)
      let returns = try toGo(tokenRewards(batch, beta: arguments[beta], "otb"), batch.rows)
      let tail = try arguments[tail]
      var advantages = returns
      for tokens in comparable(batch) where tail == .own || tokens.count > 1 {
        let baseline = weightedMean(tokens.map { returns[$0] }, tokens.map { weights[$0] })
        for token in tokens { advantages[token] -= baseline }
      }
      return try batch.with(
        .advantage, Tensor(finite(advantages, "advantage", "otb"), shape: .tokens(batch.rows)))
    }
  }

  /// W: for each token the sum of rho^2 w over its episode up to there.
  private static func gradientWeights(_ batch: Batch) throws -> [Double] {
    let norms = try batch.require(.scoreNorm, for: "otb").values
    let rho = try batch[.weight]?.detached.asTokens(for: "otb").tensor.values
    var weights = norms
    for row in 0..<batch.count {
      var sum = 0.0
      for token in batch.rows.trainableTokens(row) {
        let rho = rho?[token] ?? 1
        sum += rho * rho * norms[token]
        weights[token] = sum
      }
    }
    return weights
  }

  /// The trainable tokens that stand at one place of the episodes of one group, for each place and group.
  private static func comparable(_ batch: Batch) -> [[Int]] {
    batch.groups().flatMap { group in
      var tokens: [Int: [Int]] = [:]
      for row in group {
        let first = batch.rows.range(row).lowerBound
        for token in batch.rows.trainableTokens(row) { tokens[token - first, default: []].append(token) }
      }
      return Array(tokens.values)
    }
  }
}
