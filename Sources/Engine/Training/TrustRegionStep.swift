/// How far a step of TRPO may go, and how it is found.
public struct TrustRegion: Sendable {
  /// The bound on the mean KL divergence from the policy before the step, in nats.
  public var maxKL: Double
  /// Added to the Fisher information's diagonal.
  public var damping: Double
  /// The most iterations of conjugate gradients.
  public var iterations: Int
  /// The most step lengths that are tried.
  public var trials: Int
  /// What a step that fails is shortened by.
  public var shrink: Double

  /// A region; throws a sentence when a number makes none.
  public init(
    maxKL: Double = 0.01, damping: Double = 0.1, iterations: Int = 10, trials: Int = 10, shrink: Double = 0.8
  ) throws(EngineError) {
    for (name, value, fits, expected) in [
      ("max_kl", maxKL, maxKL > 0 && maxKL.isFinite, "a number above 0"),
      ("damping", damping, damping >= 0 && damping.isFinite, "a number from 0"),
      ("iterations", Double(iterations), iterations > 0, "at least 1"),
      ("trials", Double(trials), trials > 0, "at least 1"),
      ("shrink", shrink, shrink > 0 && shrink < 1, "a number between 0 and 1"),
    ] where !fits {
      throw EngineError(
        .argument, "trpo_step", "\(name) has to be \(expected), got \(ParameterValue.number(value))")
    }
    self.maxKL = maxKL
    self.damping = damping
    self.iterations = iterations
    self.trials = trials
    self.shrink = shrink
  }
}

/// One step of Trust Region Policy Optimization: the natural gradient, as far as the divergence allows.
///
///     (F + damping I) x = g,   theta' = theta + shrink^j sqrt(2 max_kl / x.(F + damping I) x) x
///
/// with the smallest j for which the objective rises and the mean KL(pi || pi') over whole next-token distributions is
/// at most max_kl; without one the policy stays as it is. g is the gradient of the objective, by default `TRPO`, and F
/// the Fisher information.
///
/// Paper: arXiv:1502.05477, section 6 and appendix C. Statistics: as `step`, with `kl` that divergence, `improvement`
/// of the objective, `trials` made, `accepted` (1 or 0), `residual` of the linear system relative to g. The policy's
/// optimiser takes no part and starts afresh. Throws `EngineError` as `step` does.
public func trustRegionStep(
  _ policy: Policy, _ batch: Batch, _ region: TrustRegion,
  objective given: ((Batch) throws -> ObjectiveOutput)? = nil
) throws -> (policy: Policy, statistics: StepStatistics) {
  let objective = try given ?? TRPO.surrogate()
  let sequences = try requireSequences(batch, for: "trpo_step")
  guard sequences.kept == nil else {
    throw EngineError(
      .argument, "trpo_step",
      "the rollout keeps to what top-k and top-p left, and the trust region is of whole distributions",
      hint: "sample without `keep_mask`")
  }
  let pass = try policy.forward(sequences, temperature: batch.temperature, forGradient: true)
  let measured = try measure(
    objective,
    batch.with(.logp, Tensor(widening: pass.logProbs, batch.rows))
      .with(.entropy, Tensor(widening: pass.entropy, batch.rows)), for: "trpo_step")
  let gradient = try pass.backward(measured.derivatives).elements.map(Double.init)
  let norm = ConjugateGradient.dot(gradient, gradient).squareRoot()
  guard norm.isFinite else {
    throw EngineError(
      .numeric, "trpo_step", "the gradient is not finite", hint: "look at the objective and its inputs")
  }
  let fisher = try FisherProduct(policy, sequences, mask: batch.rows.mask, temperature: batch.temperature)
  let solution = try ConjugateGradient.solve(gradient, iterations: region.iterations) { v in
    zip(try fisher(v), v).map { $0 + region.damping * $1 }
  }
  let before = try measured.value.item()
  var trial = Trial(policy: policy, divergence: 0, improvement: 0)
  var trials = 0
  var size = (2 * region.maxKL / solution.curvature(gradient)).squareRoot()
  while trials < region.trials, size.isFinite, size > 0, trial.policy === policy {
    trials += 1
    let candidate = try policy.moved(along: solution.x, by: size)
    let divergence = fisher.current.divergence(to: try fisher.distributions(candidate))
    if divergence <= region.maxKL {
      let improvement = try value(of: objective, batch, sequences, candidate) - before
      if improvement > 0 {
        trial = Trial(policy: candidate, divergence: divergence, improvement: improvement)
      }
    }
    size *= region.shrink
  }
  var statistics: StepStatistics = []
  if let reward = batch[.reward] { statistics.append(.init("reward", try reward.mean().item())) }
  statistics.append(.init("objective", before))
  statistics += measured.statistics.filter { $0.name != "kl" }
  statistics += [
    .init("kl", trial.divergence), .init("improvement", trial.improvement),
    .init("trials", Double(trials)), .init("accepted", trial.policy === policy ? 0 : 1),
    .init(
      "residual",
      norm > 0 ? (ConjugateGradient.dot(solution.residual, solution.residual)).squareRoot() / norm : 0),
    .init("grad_norm", norm),
  ]
  return (trial.policy, statistics)
}

/// A policy that a line search has come to.
private struct Trial {
  let policy: Policy
  let divergence: Double
  let improvement: Double
}

/// An objective's value under `policy`.
private func value(
  of objective: (Batch) throws -> ObjectiveOutput, _ batch: Batch, _ sequences: TokenSequences,
  _ policy: Policy
) throws -> Double {
  let pass = try policy.forward(sequences, temperature: batch.temperature)
  let current = try batch.with(.logp, Tensor(widening: pass.logProbs, batch.rows))
    .with(.entropy, Tensor(widening: pass.entropy, batch.rows))
  return try objective(current).value.item()
}
