/// What an objective puts in the place of the importance ratio, so that tokens that moved far lose their pull.
///
/// The surrogate of a token is `gate(r, A) A`; the token's coefficient in the policy gradient is
/// `weight(r, A) r A`, where weight = d gate / d r.
///
/// Paper: arXiv:2511.20347, eqs. (10)-(14), the unified view.
public protocol Gate: Sendable {
  /// The gate's value at ratios `r` for advantages `A`; only the sign of A matters.
  func gate(_ r: Tensor, _ advantage: Tensor) throws -> Tensor
  /// The gate's slope in `r`; the share of the plain policy gradient that is left.
  func weight(_ r: Tensor, _ advantage: Tensor) throws -> Tensor
}

/// The hard gate of PPO and its descendants.
///
///     gate(r, A)   = min(r, 1 + high)  where A > 0,   max(r, 1 - low)  elsewhere
///     weight(r, A) = 0  where A > 0 and r > 1 + high,  0  where A < 0 and r < 1 - low,  1  elsewhere
///
/// `gate(r, A) A` equals `min(r A, clip(r, 1 - low, 1 + high) A)`.
///
/// Paper: arXiv:1707.06347, eq. (7).
/// Gradient: at r = 1 + high or r = 1 - low exactly, the token still counts (weight 1).
/// Edge cases: an advantage of 0 is treated as negative; its product is 0 either way.
public struct ClipGate: Gate {
  /// How far below 1 a ratio may fall before a negative advantage stops pulling.
  public let low: Double
  /// How far above 1 a ratio may rise before a positive advantage stops pulling.
  public let high: Double

  /// The gate's value at ratios `r` for advantages `A`.
  public func gate(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    try Tensor.select(
      BinaryOperation.gt(advantage, Tensor(0)), BinaryOperation.min(r, Tensor(1 + high)),
      BinaryOperation.max(r, Tensor(1 - low)))
  }

  /// The gate's slope in `r`.
  public func weight(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    try 1 - clipped(r, advantage)
  }

  /// 1 where the clip silences a token, else 0; a ratio outside the bounds that still pulls is not counted.
  public func clipped(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    let zero = Tensor(0)
    let above = try BinaryOperation.and(
      BinaryOperation.gt(advantage, zero), BinaryOperation.gt(r, Tensor(1 + high)))
    let below = try BinaryOperation.and(
      BinaryOperation.lt(advantage, zero), BinaryOperation.lt(r, Tensor(1 - low)))
    return try BinaryOperation.or(above, below)
  }
}

/// The soft gate of SAPO: a logistic curve through r = 1 whose slope there is 1, whatever the temperature.
///
///     gate(r, A)   = (4 / tau) sigmoid(tau (r - 1)),   tau = tau_pos where A > 0, tau_neg elsewhere
///     weight(r, A) = 4 sigmoid(u) sigmoid(-u) = sech^2(u / 2),   u = tau (r - 1)
///
/// Paper: arXiv:2511.20347, eqs. (6) and (8).
/// Gradient: sigmoid(u) sigmoid(-u) in closed form, so an enormous ratio gives 0 and not inf - inf.
/// Edge cases: an advantage of 0 takes tau_neg; its product is 0 either way.
public struct SoftGate: Gate {
  /// The temperature for positive advantages.
  public let tauPositive: Double
  /// The temperature for the others.
  public let tauNegative: Double

  private func temperature(_ advantage: Tensor) throws -> Tensor {
    try Tensor.select(
      BinaryOperation.gt(advantage, Tensor(0)), Tensor(tauPositive), Tensor(tauNegative))
  }

  /// The gate's value at ratios `r` for advantages `A`.
  public func gate(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    let tau = try temperature(advantage)
    return try 4 / tau * UnaryOperation.sigmoid(tau * (r - 1))
  }

  /// The gate's slope in `r`.
  public func weight(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    let u = try temperature(advantage) * (r - 1)
    return try 4 * UnaryOperation.sigmoid(u) * UnaryOperation.sigmoid(-u)
  }
}
