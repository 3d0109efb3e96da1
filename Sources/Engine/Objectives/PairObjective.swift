/// An objective on pairs of completions: a gain that grows with how far the chosen one is ahead.
///
///     J = (1/P) sum_p rho_p (gain(u_c - u_r) + lambda a_c)
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
  let gain: @Sendable (_ margin: Tensor) throws -> Tensor

  init(
    _ name: String, _ score: Score, scale: Double, likelihood: Double = 0,
    gain: @escaping @Sendable (_ margin: Tensor) throws -> Tensor
  ) {
    self.name = name
    self.score = score
    self.scale = scale
    self.likelihood = likelihood
    self.gain = gain
  }

  var gate: (any Gate)? { nil }

  func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput {
    let pairing = try Pairing(input, for: name)
    let scores = try score(input, for: name)
    let margins = try pairing.margins(scores)
    var gains = try gain(margins)
    if likelihood > 0 {
      gains = try gains + likelihood * input.logp.sequenceMean().rows(at: pairing.chosen)
    }
    if let weight = try input.pairWeight(pairing, for: name) {
      gains = try Tensor.select(BinaryOperation.eq(weight, Tensor(0)), Tensor(0), gains * weight)
    }
    let pairs = Double((input.counts ?? BatchCounts(input.rows)).sequences) / 2
    let ratio = try ImportanceRatio.token(input.logp, input.old)
    let rewards = try scale * scores.detached
    return ObjectiveOutput(
      value: try gains.sum() / max(pairs, 1),
      metrics: try ObjectiveOutput.drift(input, ratio: ratio)
        + PairObjective.measurements(
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
  func callAsFunction(_ input: ObjectiveInput, for operation: String) throws -> Tensor {
    switch self {
    case .logRatioSum: return try (input.logp - input.reference(for: operation)).sequenceSum()
    case .logRatioMean: return try (input.logp - input.reference(for: operation)).sequenceMean()
    case .meanLogProb: return try input.logp.sequenceMean()
    case .logOdds:
      let mean = try input.logp.sequenceMean().clipped(-.infinity, PairObjective.Score.ceiling)
      return try mean - UnaryOperation.log(-UnaryOperation.expm1(mean))
    }
  }
}

extension ObjectiveInput {
  /// The product of the weights of each pair's two sequences, `[P]`; nil where the batch has none.
  fileprivate func pairWeight(_ pairing: Pairing, for operation: String) throws -> Tensor? {
    guard let weight else { return nil }
    guard weight.shape.tokenRows == nil else {
      throw EngineError(
        .shape, operation, "needs one weight a sequence, got shape \(weight.shape)",
        hint: "use level: \"sequence\" or \"geometric\"")
    }
    return try weight.rows(at: pairing.chosen) * weight.rows(at: pairing.rejected)
  }
}

extension ObjectiveCard {
  /// Measurements of objectives on preferences.
  static let preferenceMetrics: [(name: String, meaning: String)] =
    driftMetrics + [
      ("accuracy", "share of pairs whose chosen sequence has the higher reward"),
      ("margin", "mean reward of the chosen minus that of the rejected sequences"),
      ("reward_chosen", "mean reward of the chosen sequences: beta times their score"),
      ("reward_rejected", "mean reward of the rejected sequences"),
    ]

  /// The convention on what a pair is.
  static let pairConvention =
    "a pair is a group of two, chosen where the advantage is above 0 and rejected where it is below; its size plays "
    + "no part"

  /// What every objective on pairs does at the edges.
  static let pairEdgeCases = [
    "a group that is no pair, and a sequence without tokens, are refused",
    "log-probabilities are not clamped: gains are linear or quadratic far out, and stay finite",
  ]

  /// The strength of the pull to the reference, as preference objectives have it.
  static func inverseTemperature(
    _ value: Double = 0.1, symbol: String = "beta",
    _ meaning: String = "strength of the pull to the reference",
    source: String
  ) -> Parameter {
    Parameter("beta", .number(value), symbol: symbol, meaning, source: source, .positive)
  }
}
