/// How far a policy's next-token distribution P is from a teacher's Q: the generalised Jensen-Shannon divergence.
///
///     D_beta = beta KL(Q || M) + (1 - beta) KL(P || M),   M = beta Q + (1 - beta) P
///     D_0 = KL(Q || P), the forward divergence;   D_1 = KL(P || Q), the reverse one
///
/// in nats, over the whole vocabulary. Paper: arXiv:2306.13649, eq. (1) and section 3. D_0 and D_1 are the divergences
/// themselves, as in TRL's GKDTrainer, where the formula gives 0; for beta towards 0 and 1 it is beta and 1 - beta
/// times as large.
public struct GeneralisedJSD: Sendable {
  let beta: Double

  /// The divergence; throws for a beta outside 0...1.
  public init(beta: Double) throws(EngineError) {
    guard (0...1).contains(beta) else {
      throw EngineError(
        .argument, "distill_step", "beta has to be between 0 and 1, got \(ParameterValue.number(beta))",
        hint: "0 is the forward KL divergence, 1 the reverse one, 0.5 Jensen-Shannon")
    }
    self.beta = beta
  }

  /// The term of one token of the vocabulary and its derivative in log P, both up to what sums to 0 over it.
  func callAsFunction(_ student: Double, _ teacher: Double) -> (value: Double, slope: Double) {
    let (p, q) = (libmExp(student), libmExp(teacher))
    // P and Q add up to 1, so that -P + Q and its like may be added to keep each term from being negative.
    if beta == 0 { return (q * (libmExpm1(student - teacher) - (student - teacher)), -q) }
    if beta == 1 {
      return (p * (libmExpm1(teacher - student) - (teacher - student)), p * (student - teacher))
    }
    let (a, b) = (student + libmLog1p(-beta), teacher + libmLog(beta))
    let mixture = max(a, b) + libmLog1p(libmExp(-abs(a - b)))
    let value =
      beta * q * (libmExpm1(mixture - teacher) - (mixture - teacher))
      + (1 - beta) * p * (libmExpm1(mixture - student) - (mixture - student))
    return (value, (1 - beta) * p * (student - mixture))
  }
}

/// The mean over trainable tokens of a divergence between whole next-token distributions, a policy's and a teacher's,
/// at the tokens of a batch.
///
/// Memory: 12 bytes for each token of the vocabulary at each token of the batch.
struct Distillation {
  /// The mean, in nats.
  private(set) var value = 0.0
  private let current: NextTokenDistributions
  /// The derivatives of minus the mean in the policy's log-probabilities.
  private var slopes: [Double]

  init(
    _ policy: Policy, _ sequences: TokenSequences, _ batch: Batch, teacher: Policy,
    _ divergence: GeneralisedJSD
  ) throws(EngineError) {
    let wanted = try NextTokenDistributions(
      teacher, sequences, mask: batch.rows.mask, temperature: batch.temperature, forGradient: false)
    current = try NextTokenDistributions(
      policy, sequences, mask: batch.rows.mask, temperature: batch.temperature, forGradient: true)
    slopes = [Double](repeating: 0, count: current.logProbs.count)
    let vocabulary = current.vocabulary
    withExtendedLifetime((wanted, current)) {
      for (row, weight) in current.weights.enumerated() where weight > 0 {
        for place in row * vocabulary..<(row + 1) * vocabulary {
          let term = divergence(Double(current.logProbs[place]), Double(wanted.logProbs[place]))
          value += weight * term.value
          slopes[place] = -weight * term.slope
        }
      }
    }
  }

  /// The gradient of minus the mean.
  func gradient() throws(EngineError) -> Gradient { try current.backward(slopes) }
}

/// One optimiser update that descends `Distillation`.
///
/// Statistics: divergence (before the update), grad_norm (before clipping), lr. Throws `EngineError` for a batch
/// without tokens, a teacher of another tokenizer, a gradient that is not finite.
public func distillStep(
  _ policy: Policy, _ batch: Batch, teacher: Policy, _ divergence: GeneralisedJSD
) throws -> (policy: Policy, statistics: StepStatistics) {
  let sequences = try requireSequences(batch, for: "distill_step")
  let distance = try Distillation(policy, sequences, batch, teacher: teacher, divergence)
  let result = try policy.updated(ascending: distance.gradient())
  return (
    result.policy,
    [
      .init("divergence", distance.value), .init("grad_norm", result.gradientNorm),
      .init("lr", result.learningRate),
    ]
  )
}
