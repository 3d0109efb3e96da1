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

  /// What stands in the place of the ratio.
  public func gate(at point: GatePoint) throws -> Tensor {
    let tau = try temperature(point.advantage)
    return try 4 / tau * UnaryOperation.sigmoid(tau * (point.ratio - 1))
  }

  /// The slope of the gate in the ratio.
  public func weight(at point: GatePoint) throws -> Tensor {
    let u = try temperature(point.advantage) * (point.ratio - 1)
    return try 4 * UnaryOperation.sigmoid(u) * UnaryOperation.sigmoid(-u)
  }
}
