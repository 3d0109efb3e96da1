/// The surrogate of TRPO: the ratio times the advantage, with nothing that holds it back but the step itself.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J []. Gradient: r_it A_it at a token.
/// Deviations: the clamp of `ImportanceRatio`.
enum TRPO {
  static let card = ObjectiveCard(
    name: "trpo", title: "Trust Region Policy Optimization",
    summary:
      "the importance-weighted advantage, to be ascended by trpo_step within a bound on the KL divergence",
    equation: """
      J = sum_it r_it A_it / sum_i L_i   subject to   mean_it KL(pi_old(. | s_it) || pi(. | s_it)) <= max_kl
      """,
    paper: "arXiv:1502.05477, eq. (14)",
    profile: .init(
      .trustRegion, granularity: "token", advantage: "group_norm",
      cost: "two forward and a backward pass an iteration of conjugate gradients; no optimiser",
      failure: "expensive; with step in the place of trpo_step nothing bounds the ratio"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the bound is no part of the objective: trpo_step keeps it, over whole next-token distributions",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases
  ) { parameter in
    let shared = parameter.shared(.tokenMean, source: "arXiv:1502.05477, eq. (14): E over states")
    return { arguments in try GatedObjective("trpo", OpenGate(), arguments[shared]) }
  }

  /// The objective under its defaults, as a function of a batch.
  static func surrogate() throws -> (Batch) throws -> ObjectiveOutput {
    let objective = try card.make()
    return { try objective.evaluate($0) }
  }
}

/// The gate that is always open: the ratio itself.
struct OpenGate: Gate {
  func gate(at point: GatePoint) throws -> Tensor { point.ratio }
  func weight(at point: GatePoint) throws -> Tensor { try Tensor.ones(point.ratio.shape) }
}
