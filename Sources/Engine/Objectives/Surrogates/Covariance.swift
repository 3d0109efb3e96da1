/// Two ways to slow the fall of entropy: at the few tokens where advantage and log-probability go together most.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp` in r and in |z|; which tokens are chosen is a constant.
/// Deviations: the clamp of `ImportanceRatio`; ties and the draw of `CovarianceChoice`.
enum Covariance {
  static let clip = ObjectiveCard(
    name: "clip_cov", title: "Clip-Cov",
    summary: "the clipped surrogate without a few of the tokens whose gain lowers the entropy most",
    equation: """
      J = sum_it M_it min(r A, clip(r, 1 - eps, 1 + eps) A) / sum_i L_i
      M_it = 0 at share n tokens drawn from those with low < cov_it < high that the clip leaves, 1 elsewhere
      cov_it = (A_it - mean A) (logp_it - mean logp),   n = sum_i L_i
      """,
    paper: "arXiv:2505.22617, section 4",
    profile: .init(
      .softGates, granularity: "token, chosen by batch", advantage: "group_norm",
      failure: "a small batch has no token in the range, and with group_norm few reach low"),
    conventions: [
      ObjectiveCard.clampConvention, covariance,
      "the draw takes the least fractional parts of 4096 old: as good as random, and the same in any order of the batch",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["at least one token is drawn where there is one in the range"]
  ) { parameter in
    let clip = parameter.clip(0.2, "half width of the clip range", source: "arXiv:2505.22617 and verl")
    let share = share(parameter, "the share of the tokens that are taken out")
    let low = parameter(
      "low", 1, symbol: "omega_low", "least covariance of a token that may be drawn",
      source: "arXiv:2505.22617 and verl", .nonNegative)
    let high = parameter(
      "high", 5, symbol: "omega_high", "largest covariance of a token that may be drawn",
      source: "arXiv:2505.22617 and verl", .positive)
    let shared = parameter.shared(.tokenMean, source: "verl")
    return { arguments in
      let choice = try CovarianceChoice(
        share: arguments[share], drawnBetween: (arguments[low], arguments[high]))
      return try GatedObjective(
        "clip_cov", ClipGate(low: arguments[clip], high: arguments[clip]),
        mask: CovarianceMask(choice: choice), arguments[shared])
    }
  }

  static let penalised = ObjectiveCard(
    name: "kl_cov", title: "KL-Cov",
    summary:
      "the importance-weighted advantage, with a price on moving for the tokens whose gain lowers the entropy most",
    equation: """
      J = sum_it (r A - c [it among the share n tokens of largest cov] |logp_it - old_it|) / sum_i L_i
      cov_it = (A_it - mean A) (logp_it - mean logp),   n = sum_i L_i
      """,
    paper: "arXiv:2505.22617, section 4",
    profile: .init(
      .softGates, granularity: "token, chosen by batch", advantage: "group_norm",
      failure: "no other token is held: a large step moves them freely"),
    conventions: [
      ObjectiveCard.clampConvention, covariance,
      "the price is on |z|, as in verl; the paper writes a KL divergence",
    ],
    edgeCases: [
      ObjectiveCard.sharedEdgeCases[0], "at least one token pays, also where every advantage is 0",
    ]
  ) { parameter in
    let share = share(parameter, "the share of the tokens that pay")
    let price = parameter(
      "price", 1, symbol: "beta", "the price of a nat of movement",
      source: "arXiv:2505.22617 and verl", .nonNegative)
    let shared = parameter.shared(.tokenMean, source: "verl")
    return { arguments in
      let choice = try CovarianceChoice(share: arguments[share], drawnBetween: nil)
      return try GatedObjective(
        "kl_cov", OpenGate(),
        movement: MovementPenalty(strength: arguments[price], distance: .absolute, choice: choice),
        arguments[shared])
    }
  }

  private static let covariance =
    "means are over the trainable tokens of the batch of an update, of weight above 0; verl's over a micro-batch's"

  private static func share(_ parameter: Parameters, _ meaning: String) -> Argument<Double> {
    parameter(
      "share", 2e-4, symbol: "k", meaning, source: "verl; arXiv:2505.22617 has 2e-3 for kl_cov at 7B", .share)
  }
}

/// A few tokens of a batch, chosen by how their advantage and their log-probability go together.
///
///     cov_it = (A_it - mean A) (logp_it - mean logp)
///
/// Either the share of the largest, or that many drawn from a range. Means and counts are over the trainable tokens of
/// weight above 0. Those that tie with the last one chosen are chosen too.
struct CovarianceChoice: Sendable {
  let share: Double
  /// The open range from which tokens are drawn; nil takes the largest.
  let drawnBetween: (low: Double, high: Double)?

  /// 1 at the tokens chosen among those where `open` is not 0, else 0, `[B, T?]`.
  func callAsFunction(_ batch: Batch, open: Tensor, for name: String) throws -> Tensor {
    let logp = batch.logp.detached
    let advantage = try batch.advantages(for: name).asTokens(for: name).tensor.values
    let spread = try Tensor.zeros(logp.shape)
    let isOpen = try (open.detached + spread).values
    let weight = try batch[.weight].map { try ($0.detached.asTokens(for: name).tensor + spread).values }
    let values = logp.values
    let tokens = (0..<batch.rows.count).flatMap { batch.rows.trainableTokens($0) }.filter {
      (weight?[$0] ?? 1) > 0
    }
    let count = Double(tokens.count)
    let meanAdvantage = tokens.reduce(0) { $0 + advantage[$1] } / count
    let meanLogp = tokens.reduce(0) { $0 + values[$1] } / count
    var ranks: [(key: Double, token: Int)] = []
    let old = batch.old.detached.values
    for token in tokens where isOpen[token] != 0 {
      let covariance = (advantage[token] - meanAdvantage) * (values[token] - meanLogp)
      guard let range = drawnBetween else {
        ranks.append((-covariance, token))
        continue
      }
      let digits = 4096 * old[token]
      if covariance > range.low, covariance < range.high {
        ranks.append((digits - digits.rounded(.down), token))
      }
    }
    var chosen = [Double](repeating: 0, count: values.count)
    let size = max(1, Int(share * count))
    if !ranks.isEmpty {
      let last = ranks.map(\.key).sorted()[min(size, ranks.count) - 1]
      for (key, token) in ranks where key <= last { chosen[token] = 1 }
    }
    return try Tensor(chosen, shape: logp.shape)
  }
}

/// Masks the tokens of a choice among those that the gate leaves open.
struct CovarianceMask: SurrogateMask {
  let choice: CovarianceChoice

  func kept(_ batch: Batch, weight: Tensor) throws -> Tensor {
    try 1 - choice(batch, open: weight, for: Covariance.clip.name)
  }
}
