/// A price on how far the policy has moved from the one that sampled, which needs no reference.
///
///     J' = J - c agg_it rho_it D_it,   z = logp - old
///     D = z_it^2 / 2           token
///     D = z_it sum_u z_iu / 2  sequence: summed over a sequence (sum_t z_it)^2 / 2
///     D = |z_it|               absolute
///
/// Shapes: logp, old, D [B, T?]. Gradient: through `logp`; at z = 0 it is 0. rho are the batch's weights.
struct MovementPenalty: Sendable {
  enum Distance { case token, sequence, absolute }

  /// The price c.
  let strength: Double
  let distance: Distance
  /// The tokens that pay it; nil for all.
  var choice: CovarianceChoice?

  /// c D at each token; 0 at those that do not pay.
  func cost(_ batch: Batch, for name: String) throws -> Tensor {
    let z = try ImportanceRatio.log(batch.logp, batch.old)
    let far: Tensor
    switch distance {
    case .token: far = try UnaryOperation.square(z) / 2
    case .sequence: far = try z * z.sequenceSum() / 2
    case .absolute: far = try UnaryOperation.abs(z)
    }
    guard let choice else { return try strength * far }
    return try Tensor.select(choice(batch, open: Tensor(1), for: name), strength * far, Tensor(0))
  }
}
