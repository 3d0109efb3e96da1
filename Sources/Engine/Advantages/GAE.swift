extension Parameters {
  /// A KL penalty at each token.
  func rewardPenalty() -> Argument<Double> {
    self(
      "beta", 0, symbol: "beta", "strength of the KL penalty at each token",
      source: "off unless given; arXiv:2501.03262 and OpenRLHF 0.001, TRL's PPO 0.05", .nonNegative)
  }

  /// The discount.
  func discount(_ value: Double, source: String) -> Argument<Double> {
    self("gamma", value, symbol: "gamma", "discount a token", source: source, .share)
  }
}

extension Advantage {
  /// The reward of each token: the sequence's at its last token, less a KL penalty everywhere.
  ///
  ///     R_it = [t = L_i] R_i - beta (old_it - ref_it)
  ///
  /// L_i is the last trainable token; the others get 0. Returns one number per token, packed. The estimate is k1 at the
  /// policy that sampled. Throws without a reference when beta is above 0.
  static func tokenRewards(_ batch: Batch, beta: Double, _ operation: String) throws -> [Double] {
    let rewards = try rewards(batch, operation)
    var tokens = [Double](repeating: 0, count: batch.rows.total)
    if beta > 0 {
      guard let ref = batch[.ref]?.values else {
        throw EngineError(
          .argument, operation, "beta is \(beta), but the batch has no log-probabilities of a reference",
          hint: "give the batch ref:, or leave beta at 0")
      }
      let old = batch.old.values
      for row in 0..<batch.count {
        for token in batch.rows.trainableTokens(row) { tokens[token] = -beta * (old[token] - ref[token]) }
      }
    }
    for (row, reward) in rewards.enumerated() {
      if let last = batch.rows.trainableTokens(row).last { tokens[last] += reward }
    }
    return tokens
  }

  static let gaeCard = AdvantageCard(
    name: "gae", summary: "generalised advantage estimates from a critic's values at each token",
    equation: """
      delta_t = R_t + gamma V_{t+1} - V_t,   V after the end = 0
      A_t = sum_{k >= 0} (gamma lambda)^k delta_{t+k}
      R_t = [t = L] R - beta (old_t - ref_t)
      """,
    paper: "arXiv:1506.02438, eq. (16)", objective: "ppo()",
    conventions: [
      "not whitened: pipe into whiten, as the trainers do",
      "sets `returns`, the critic's targets A + V; whitening the advantages leaves them",
    ],
    edgeCases: ["an empty sequence has no advantage", "a batch without values is an error"]
  ) { parameter in
    let beta = parameter.rewardPenalty()
    let gamma = parameter.discount(1, source: "TRL, OpenRLHF and verl; arXiv:1707.06347 has 0.99 for control")
    let lambda = parameter(
      "lambda", 0.95, symbol: "lambda", "how far ahead rewards count before values do",
      source: "arXiv:1707.06347 and TRL; OpenRLHF and verl have 1", .share)
    return { batch, arguments in
      let rewards = try tokenRewards(batch, beta: arguments[beta], "gae")
      let critic = try batch.require(.values, for: "gae").values
      let gamma = try arguments[gamma]
      var deltas = [Double](repeating: 0, count: critic.count)
      for row in 0..<batch.rows.count {
        var next = 0.0
        for token in batch.rows.trainableTokens(row).reversed() {
          deltas[token] = rewards[token] + gamma * next - critic[token]
          next = critic[token]
        }
      }
      let advantages = try toGo(deltas, batch.rows, discount: gamma * arguments[lambda])
      return try batch.with(.advantage, Tensor(advantages, shape: .tokens(batch.rows)))
        .with(.returns, Tensor(zip(advantages, critic).map { $0 + $1 }, shape: .tokens(batch.rows)))
    }
  }
}
