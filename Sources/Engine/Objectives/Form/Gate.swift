/// Where a gate is looked at: a token (or a sequence) that moved, and how good it was.
public struct GatePoint: Sendable {
  /// The importance ratio r.
  public let ratio: Tensor
  /// The advantage A.
  public let advantage: Tensor
  /// The probability under the policy that sampled; most gates do not look at it.
  public let probability: Tensor

  /// A point; where nothing is said of the probability it is 1.
  public init(_ ratio: Tensor, _ advantage: Tensor, probability: Tensor = Tensor(1)) {
    self.ratio = ratio
    self.advantage = advantage
    self.probability = probability
  }
}

/// What an objective puts in the place of the importance ratio, so that tokens that moved far lose their pull.
///
/// A token's coefficient in the policy gradient is `weight r A`. In an objective of the form `gated` the
/// surrogate is `gate A` and weight = d gate / d r; in the other two forms the gradient is stopped at a factor, and
/// `gate` is the coefficient `weight r` itself (see `GatedObjective.Form`).
///
/// Paper: arXiv:2511.20347, eqs. (10)-(14), the unified view.
public protocol Gate: Sendable {
  /// What stands in the place of the ratio.
  func gate(at point: GatePoint) throws -> Tensor
  /// The share of the unclipped policy gradient that is left.
  func weight(at point: GatePoint) throws -> Tensor
}

extension Gate {
  /// What stands in the place of the ratio `r` for an advantage, of a token that was certain.
  public func gate(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    try gate(at: GatePoint(r, advantage))
  }

  /// The share of the unclipped policy gradient that is left at `r`, of a token that was certain.
  public func weight(_ r: Tensor, _ advantage: Tensor) throws -> Tensor {
    try weight(at: GatePoint(r, advantage))
  }
}
