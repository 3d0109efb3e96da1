/// Estimators of the divergence KL(policy || reference) from the log-probabilities of sampled tokens.
///
/// With `k = log pi - log pi_ref` at a token that the policy sampled:
///
///     k1 = k        unbiased, may be negative; its expected gradient on-policy is zero
///     k2 = k^2 / 2  biased; its gradient is that of the divergence
///     k3 = exp(-k) - 1 + k   unbiased, never negative; its gradient is that of KL(reference || policy)
///     abs = |k|     as k2 biased; its gradient has one size everywhere
///     k1+, k3+      the value of k1 or k3 with the gradient of k2 (straight-through)
///     unbiased = (pi / pi_old) k3   value and gradient are right even when an older policy sampled
///     forward = exp(-k) (-k) - exp(-k) + 1   unbiased for KL(reference || policy), never negative
///
/// Paper: Schulman, "Approximating KL divergence" (2020); k3 is arXiv:2402.03300, eq. (4); unbiased is
/// arXiv:2512.02556, section 3.1; the gradients are worked out in arXiv:2510.01555.
/// Shapes: logp, ref, old [B, T?]. Gradient: through `logp`.
/// Deviations: exponents are clamped to -20...20.
public enum KLEstimator: String, Sendable, CaseIterable {
  /// k.
  case k1
  /// k^2 / 2.
  case k2
  /// exp(-k) - 1 + k.
  case k3
  /// |k|.
  case abs
  /// The value of k1, the gradient of k2.
  case k1Straight = "k1+"
  /// The value of k3, the gradient of k2.
  case k3Straight = "k3+"
  /// k3 weighted by the differentiable ratio to the policy that sampled.
  case unbiased
  /// The divergence the other way round.
  case forward

  /// The estimate at each token; `old` matters to `unbiased` alone.
  public func callAsFunction(_ logp: Tensor, _ ref: Tensor, old: Tensor? = nil) throws -> Tensor {
    let k = try logp - ref.detached
    switch self {
    case .k1: return k
    case .k2: return try UnaryOperation.square(k) / 2
    case .k3: return try KLEstimator.exponentialMinusOne(k) + k
    case .abs: return try UnaryOperation.abs(k)
    case .k1Straight: return try KLEstimator.straight(.k1, logp, ref)
    case .k3Straight: return try KLEstimator.straight(.k3, logp, ref)
    case .unbiased:
      return try ImportanceRatio.token(logp, old ?? logp.detached) * KLEstimator.k3(logp, ref)
    case .forward:
      let odds = try KLEstimator.exponentialMinusOne(k)
      return try -(odds + 1) * k - odds
    }
  }

  /// exp(-k) - 1; expm1 keeps the digits that the difference loses near 0.
  private static func exponentialMinusOne(_ k: Tensor) throws -> Tensor {
    try UnaryOperation.expm1(-k.clipped(-ImportanceRatio.limit, ImportanceRatio.limit))
  }

  private static func straight(_ value: KLEstimator, _ logp: Tensor, _ ref: Tensor) throws -> Tensor {
    let path = try KLEstimator.k2(logp, ref)
    return try path - path.detached + value(logp.detached, ref)
  }
}

/// The pull towards a reference policy in an objective: beta times an estimate of the divergence.
public struct KLPenalty: Sendable {
  /// The strength; at 0 no reference is needed.
  public let beta: Double
  /// The estimator.
  public let estimator: KLEstimator

  /// A pull; none at a strength of 0.
  public init(beta: Double, estimator: KLEstimator) {
    self.beta = beta
    self.estimator = estimator
  }

  /// The estimate at each token; nil where there is no pull.
  ///
  /// Throws when `batch` has no reference.
  func divergence(_ batch: Batch, for name: String) throws -> Tensor? {
    guard beta > 0 else { return nil }
    guard let ref = batch[.ref] else {
      throw EngineError(
        .argument, name,
        "beta is \(ParameterValue.number(beta)), but the batch has no log-probabilities of a reference",
        hint: "give the batch ref:, or leave beta at 0")
    }
    return try estimator(batch.logp, ref, old: batch.old)
  }
}

extension Parameters {
  /// An objective's pull to a reference.
  func penalty(betaSource: String, _ estimator: KLEstimator, source: String) -> Argument<KLPenalty> {
    let beta = self(
      "beta", 0, symbol: "beta", "strength of the pull to the reference policy", source: betaSource,
      .nonNegative)
    let estimator = self(
      "kl", estimator, symbol: "KL", "estimator of the divergence from the reference", source: source,
      .choice)
    return Argument { KLPenalty(beta: try $0[beta], estimator: try $0[estimator]) }
  }
}
