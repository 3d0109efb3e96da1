/// An objective on pairs of completions: a gain in the scores of the chosen and the rejected one, mostly in their
/// margin.
///
///     J = (1/P) sum_p rho_p (gain(u_c, u_r) + lambda a_c)
///
/// u is a sequence's score, a its mean log-probability, c and r the chosen and the rejected sequence of pair p, and
/// rho_p the product of their weights in the batch, 1 unless something set them (WPO, arXiv:2406.11827).
///
/// Shapes: logp, ref [B, T?] with B = 2 P; u, a [B]; J []. Gradient: through the scores; ref and rho are constants.
struct PairObjective: Objective {
  /// What a sequence is scored by.
  enum Score {
    /// sum_t (logp - ref)
    case logRatioSum
    /// f'(exp(sum_t (logp - ref))) of a divergence
    case link(DivergenceLink)
    /// (1/L) sum_t (logp - ref)
    case logRatioMean
    /// (1/L) sum_t logp
    case meanLogProb
    /// a - log(1 - e^a) with a = (1/L) sum_t logp
    case logOdds
  }

  let name: String
  let score: Score
  /// What a score is multiplied by to be a reward, for the measurements.
  let scale: Double
  /// The weight of the chosen sequences' mean log-probability.
  let likelihood: Double
  let gain: @Sendable (_ chosen: Tensor, _ rejected: Tensor) throws -> Tensor

  init(
    _ name: String, _ score: Score, scale: Double, likelihood: Double = 0,
    gain: @escaping @Sendable (_ chosen: Tensor, _ rejected: Tensor) throws -> Tensor
  ) {
    self.name = name
    self.score = score
    self.scale = scale
    self.likelihood = likelihood
    self.gain = gain
  }

  var gate: (any Gate)? { nil }

  func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    let pairing = try Pairing(batch, for: name)
    let scores = try score(batch, for: name)
    var gains = try gain(scores.rows(at: pairing.chosen), scores.rows(at: pairing.rejected))
    if likelihood > 0 {
      gains = try gains + likelihood * batch.logp.sequenceMean().rows(at: pairing.chosen)
    }
    if let weight = try batch.pairWeight(pairing, for: name) {
      gains = try Tensor.select(BinaryOperation.eq(weight, Tensor(0)), Tensor(0), gains * weight)
    }
    let rewards = try scale * scores.detached
    return ObjectiveOutput(
      value: try gains.mean(),
      metrics: try PairObjective.measurements(
        chosen: rewards.rows(at: pairing.chosen), rejected: rewards.rows(at: pairing.rejected)))
  }

  /// What preference trainers watch, from the rewards of chosen and rejected sequences, `[P]` each.
  static func measurements(chosen: Tensor, rejected: Tensor) throws -> [ObjectiveOutput.Metric] {
    let margins = try chosen - rejected
    return [
      .init("accuracy", try BinaryOperation.gt(margins, Tensor(0)).mean().item()),
      .init("margin", try margins.mean().item()),
      .init("reward_chosen", try chosen.mean().item()),
      .init("reward_rejected", try rejected.mean().item()),
    ]
  }
}

extension PairObjective.Score {
  /// The largest mean log-probability whose odds are taken: at 0 they are infinite.
  static let ceiling = -1e-7

  /// The score of each sequence, `[B]`.
  func callAsFunction(_ batch: Batch, for operation: String) throws -> Tensor {
    switch self {
    case .logRatioSum: return try (batch.logp - batch.require(.ref, for: operation).detached).sequenceSum()
    case .link(let link): return try link(PairObjective.Score.logRatioSum(batch, for: operation))
    case .logRatioMean: return try (batch.logp - batch.require(.ref, for: operation).detached).sequenceMean()
    case .meanLogProb: return try batch.logp.sequenceMean()
    case .logOdds:
      let mean = try batch.logp.sequenceMean().clipped(-.infinity, PairObjective.Score.ceiling)
      return try mean - UnaryOperation.log(-UnaryOperation.expm1(mean))
    }
  }
}

extension Batch {
  /// The product of the weights of each pair's two sequences, `[P]`; nil where the batch has none.
  fileprivate func pairWeight(_ pairing: Pairing, for operation: String) throws -> Tensor? {
    guard let weight = self[.weight]?.detached else { return nil }
    guard weight.shape.tokenRows == nil else {
      throw EngineError(
        .shape, operation, "needs one weight per sequence, got shape \(weight.shape)",
        hint: "`level` may be \"sequence\" or \"geometric\"")
    }
    return try weight.rows(at: pairing.chosen) * weight.rows(at: pairing.rejected)
  }
}

extension ObjectiveCard {
  /// Measurements of objectives on preferences.
  static let preferenceMetrics: [(name: String, meaning: String)] =
    sharedMetrics + [
      ("accuracy", "share of pairs whose chosen sequence has the higher reward"),
      ("margin", "mean reward of the chosen minus that of the rejected sequences"),
      ("reward_chosen", "mean reward of the chosen sequences: beta times their score"),
      ("reward_rejected", "mean reward of the rejected sequences"),
    ]

  /// The convention on what a pair is.
  static let pairConvention =
    "a pair is two sequences with one number in the column `pair`; `chosen` is 1 for the preferred one, else 0"

  /// What every objective on pairs does at the edges.
  static let pairEdgeCases = [
    "what is no pair of one chosen and one rejected sequence, and a sequence without tokens, are refused",
    "log-probabilities are not clamped: gains are linear or quadratic far out, and stay finite",
  ]
}

extension Parameters {
  /// The strength of the pull to the reference, as preference objectives have it.
  func inverseTemperature(
    _ value: Double = 0.1, symbol: String = "beta",
    _ meaning: String = "strength of the pull to the reference", source: String
  ) -> Argument<Double> {
    self("beta", value, symbol: symbol, meaning, source: source, .positive)
  }
}
