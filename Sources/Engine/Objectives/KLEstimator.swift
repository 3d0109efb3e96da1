/// Estimators of the divergence KL(policy || reference) from the log-probabilities of sampled tokens.
///
/// With `k = log pi - log pi_ref` at a token that the policy sampled:
///
///     k1 = k        unbiased, may be negative; its expected gradient on-policy is zero
///     k2 = k^2 / 2  biased; its gradient is that of the reverse divergence
///     k3 = exp(-k) - 1 + k   unbiased, never negative; its gradient is that of the forward divergence
///     abs = |k|
///
/// Paper: Schulman, "Approximating KL divergence" (2020); k3 is arXiv:2402.03300, eq. (4).
/// Shapes: logp, ref [B, T?]. Gradient: through `logp`.
/// Deviations: the exponent in k3 is clamped to -20...20.
public enum KLEstimator: String, Sendable, CaseIterable {
  /// k.
  case k1
  /// k^2 / 2.
  case k2
  /// exp(-k) - 1 + k.
  case k3
  /// |k|.
  case abs

  /// The estimate at each token.
  public func callAsFunction(_ logp: Tensor, _ ref: Tensor) throws -> Tensor {
    let k = try logp - ref.detached
    switch self {
    case .k1: return k
    case .k2: return try UnaryOperation.square(k) / 2
    case .k3:
      let bounded = try k.clipped(-ImportanceRatio.limit, ImportanceRatio.limit)
      // expm1 keeps the digits that exp(-k) - 1 loses near 0.
      return try UnaryOperation.expm1(-bounded) + k
    case .abs: return try UnaryOperation.abs(k)
    }
  }
}
