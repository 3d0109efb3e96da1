/// Group Relative Policy Optimization.
///
///     J = (1/B) sum_i (1/L_i) sum_t [ min(r A, clip(r, 1 - eps, 1 + eps) A) - beta KL_it ]
///
/// Paper: arXiv:2402.03300, eqs. (3) and (4).
/// Shapes: logp, old, ref [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp`, in r and in the KL term; A and `ref` are constants.
/// Deviations: the clamp of `ImportanceRatio`; beta is 0 unless given (the paper: 0.04).
/// Edge cases: see `ObjectiveCard.sharedEdgeCases`.
public struct GRPO: GatedObjective {
  let curve: ClipGate
  let beta: Double
  let estimator: KLEstimator
  let aggregation: Aggregation

  static let card = ObjectiveCard(
    name: "grpo", title: "Group Relative Policy Optimization",
    summary: "PPO's clipped surrogate on group-relative advantages, with an optional pull to a reference",
    equation: """
      J = (1/B) sum_i (1/L_i) sum_t [ min(r A, clip(r, 1 - eps, 1 + eps) A) - beta KL_it ]
      r_it = exp(logp_it - old_it)
      """,
    paper: "arXiv:2402.03300, eq. (3); KL: eq. (4)",
    parameters: [
      Parameter(
        "clip", .number(0.2), symbol: "eps", "half width of the range in which the ratio moves freely",
        source: "arXiv:1707.06347 and TRL; arXiv:2402.03300 does not state it", .fraction),
      Parameter(
        "beta", .number(0), symbol: "beta", "strength of the pull to the reference policy",
        source: "TRL; arXiv:2402.03300 has 0.04", .nonNegative),
      Parameter(
        "kl", .text("k3"), symbol: "KL", "estimator of the divergence from the reference",
        source: "arXiv:2402.03300, eq. (4)", .oneOf(KLEstimator.allCases.map(\.rawValue))),
    ] + Aggregation.parameters(.sequenceMeanTokenMean, source: "arXiv:2402.03300, eq. (3)"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the mean is over sequences of sequence means, as in the paper; TRL, verl and OpenRLHF default to token_mean",
      "at r = 1 + eps or r = 1 - eps exactly a token still counts",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["beta above 0 needs ref"],
    metrics: ObjectiveCard.clipMetrics + [("ref_kl", "mean over tokens of the KL estimate to the reference")],
    source: """
      fn grpo(b, clip = 0.2, beta = 0) {
          gate = where(b.advantage > 0, min(b.ratio, 1 + clip), max(b.ratio, 1 - clip))
          j = seq_mean_token_mean(gate * b.advantage)
          if beta > 0 {
              k = b.logp - b.ref
              j = j - beta * seq_mean_token_mean(expm1(-k) + k)       # k3
          }
          j
      }
      """,
    build: { arguments in
      guard let estimator = KLEstimator(rawValue: arguments.text("kl")) else {
        throw EngineError(.argument, "grpo", "unknown KL estimator \(arguments.text("kl"))")
      }
      let clip = arguments.number("clip")
      return GRPO(
        curve: ClipGate(low: clip, high: clip), beta: arguments.number("beta"), estimator: estimator,
        aggregation: try Aggregation(arguments))
    })

  /// The value and the measurements; throws when the input lacks what the equation needs.
  public func evaluate(_ input: ObjectiveInput) throws -> ObjectiveOutput {
    let ratio = try ImportanceRatio.token(input.logp, input.old)
    var value = try surrogate(ratio, input)
    var metrics = try clipMetrics(ratio, input)
    if beta > 0 {
      guard let ref = input.ref else {
        throw EngineError(
          .argument, "grpo", "beta is \(beta), but the batch has no log-probabilities of a reference",
          hint: "give the batch ref:, or leave beta at 0")
      }
      let divergence = try estimator(input.logp, ref)
      value = try value - beta * aggregation(divergence, counts: input.counts)
      metrics.append(ObjectiveOutput.Metric("ref_kl", try divergence.detached.tokenMean().item()))
    }
    return ObjectiveOutput(value: value, metrics: metrics)
  }
}
