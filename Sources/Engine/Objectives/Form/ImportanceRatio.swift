/// How much likelier the current policy makes what the sampling policy did.
///
/// Shapes: logp, old [B, T?]. Gradient: through `logp` only; zero where the clamp acts, as the value is
/// constant there.
/// Deviations: log ratios are clamped to -20...20 (verl does so; the papers do not), which keeps a ratio within
/// 2.1e-9...4.9e8 and every objective finite.
public enum ImportanceRatio {
  /// The clamp on log ratios.
  public static let limit = 20.0

  /// What one ratio is taken of.
  public enum Level: String, Sendable, CaseIterable {
    /// Each token by itself, `[B, T?]`.
    case token
    /// A sequence: the geometric mean of its tokens' ratios, `[B]`.
    case sequence
    /// A sequence's ratio as the value, a token's own log-probability as the path of the gradient, `[B, T?]`.
    case sequenceToken = "sequence_token"
    /// A sequence: the product of its tokens' ratios, `[B]`.
    case trajectory

    /// The ratios at this level.
    public func callAsFunction(_ logp: Tensor, _ old: Tensor) throws -> Tensor {
      switch self {
      case .token: try ImportanceRatio.token(logp, old)
      case .sequence: try ImportanceRatio.sequence(logp, old)
      case .sequenceToken: try ImportanceRatio.sequenceToken(logp, old)
      case .trajectory: try ImportanceRatio.trajectory(logp, old)
      }
    }
  }

  /// The log ratio of each token, not clamped.
  ///
  ///     z_it = log pi(y_it) - log pi_old(y_it)
  public static func log(_ logp: Tensor, _ old: Tensor) throws -> Tensor { try logp - old.detached }

  /// The ratio of each token.
  ///
  ///     r_it = exp(clamp(z_it, -20, 20))
  ///
  /// Paper: arXiv:1707.06347, section 3.
  public static func token(_ logp: Tensor, _ old: Tensor) throws -> Tensor {
    try UnaryOperation.exp(log(logp, old).clipped(-limit, limit))
  }

  /// The ratio of each sequence, the geometric mean of its tokens' ratios, `[B]`; 1 for an empty one.
  ///
  ///     s_i = exp(clamp((1/L_i) sum_t z_it, -20, 20))
  ///
  /// Paper: arXiv:2507.18071, eq. (7).
  public static func sequence(_ logp: Tensor, _ old: Tensor) throws -> Tensor {
    try UnaryOperation.exp(log(logp, old).sequenceMean().clipped(-limit, limit))
  }

  /// The ratio of a sequence at each of its tokens, with the token's own gradient, `[B, T?]`.
  ///
  ///     s_it = sg[s_i] pi(y_it) / sg[pi(y_it)]
  ///
  /// Paper: arXiv:2507.18071, eq. (14).
  public static func sequenceToken(_ logp: Tensor, _ old: Tensor) throws -> Tensor {
    try UnaryOperation.exp(logp - logp.detached) * sequence(logp.detached, old)
  }

  /// The ratio of each whole sequence, the product of its tokens' ratios, `[B]`; 1 for an empty one.
  ///
  ///     w_i = exp(clamp(sum_t clamp(z_it, -20, 20), -20, 20))
  public static func trajectory(_ logp: Tensor, _ old: Tensor) throws -> Tensor {
    try UnaryOperation.exp(
      log(logp, old).clipped(-limit, limit).sequenceSum().clipped(-limit, limit))
  }
}
