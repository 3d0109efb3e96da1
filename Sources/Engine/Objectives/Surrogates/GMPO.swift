/// Geometric-Mean Policy Optimization: token ratios clipped one by one, then averaged geometrically.
///
///     zhat_it = min(z_it, eps)  where A_i > 0,   max(z_it, -eps)  elsewhere
///     J = (1/B) sum_i exp((1/L_i) sum_t zhat_it) A_i
///
/// Paper: arXiv:2507.20673.
/// Shapes: logp, old [B, T?]; A [B]; J [].
/// Gradient: the sequence's factor over L_i at each token that is not clipped; A is a constant.
/// Deviations: the mean of clipped log ratios is clamped to -20...20.
public struct GMPO: SurrogateObjective {
  let clip: Double
  let aggregation: Aggregation
  let penalty: KLPenalty

  var name: String { GMPO.card.name }

  /// The curve of a single token's own ratio.
  var curve: ClipGate { ClipGate(lower: libmExp(-clip), upper: libmExp(clip)) }
  /// The curve of a single token's own ratio.
  public var gate: (any Gate)? { curve }

  static let card = ObjectiveCard(
    name: "gmpo", title: "Geometric-Mean Policy Optimization",
    summary: "the geometric mean of ratios that are clipped token by token",
    equation: """
      zhat_it = min(z_it, eps) where A_i > 0, max(z_it, -eps) elsewhere;  z_it = logp_it - old_it
      J = (1/B) sum_i exp((1/L_i) sum_t zhat_it) A_i
      """,
    paper: "arXiv:2507.20673",
    profile: .init(
      .sequenceLevel, granularity: "token clip, sequence ratio", advantage: "group_norm",
      failure: "a sequence's good and bad tokens share one factor"),
    conventions: [
      "the clip is on log ratios, one-sided by the sign of the advantage",
      "the mean of the clipped log ratios is clamped to -20...20",
      "gate and weight are those of a single token's own ratio",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"]
  ) { parameter in
    let clip = parameter(
      "clip", 0.4, symbol: "eps", "half width of the range of the log ratio",
      source: "arXiv:2507.20673: e^-0.4 to e^0.4; verl reads its clip_ratio, 0.2", .positive)
    let shared = parameter.shared(.sequenceMeanTokenMean, source: "arXiv:2507.20673")
    return { arguments in
      try GMPO(
        clip: arguments[clip], aggregation: try arguments[shared].aggregation,
        penalty: try arguments[shared].penalty)
    }
  }

  func surrogate(_ batch: Batch) throws -> Surrogate {
    let advantage = try batch.sequenceAdvantages(for: name)
    let z = try ImportanceRatio.log(batch.logp, batch.old)
    let good = try BinaryOperation.gt(advantage, Tensor(0))
    let held = try Tensor.select(
      good, BinaryOperation.min(z, Tensor(clip)), BinaryOperation.max(z, Tensor(-clip)))
    let limit = ImportanceRatio.limit
    let mean = try UnaryOperation.exp(held.sequenceMean().clipped(-limit, limit))
    let ratio = try ImportanceRatio.token(batch.logp.detached, batch.old)
    return Surrogate(
      term: try mean * advantage, weight: try curve.weight(at: GatePoint(ratio, advantage)), batch: batch)
  }
}
