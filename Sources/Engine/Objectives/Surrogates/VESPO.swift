/// Variational sEquence-level Soft Policy Optimization: a gamma-shaped weight of the whole sequence's ratio.
///
/// Shapes: logp, old [B, T?]; w, A [B]; J []. Gradient: sg[phi(w_i)] A_i at a token.
/// Deviations: the clamp of `ImportanceRatio`, on the sum of log ratios; log phi is clamped to at most 20.
enum VESPO {
  static let card = ObjectiveCard(
    name: "vespo", title: "Variational Sequence-Level Soft Policy Optimization",
    summary: "the policy gradient under a smooth weight of each sequence's whole ratio",
    equation: """
      J = sum_it sg[phi(w_i)] A_i log pi(y_it) / sum_i L_i
      phi(w) = exp(lambda) w^k exp(-lambda w),   w_i = exp(sum_t (logp_it - old_it))
      k, lambda = k_pos, lambda_pos where A >= 0, k_neg, lambda_neg elsewhere
      with weights rho of a sampler correction: w_i = exp(sum_t (logp_it - old_it + log rho_it))
      """,
    paper: "arXiv:2602.10693",
    profile: .init(
      .softGates, granularity: "sequence, whole ratio", advantage: "group_norm",
      failure: "the ratio of a whole sequence varies with its length, so long answers fade first"),
    conventions: [
      ObjectiveCard.clampConvention + "; so is the sequence's sum of them",
      "weights of tis and its relatives enter w, as in the authors' code and TRL, and do not multiply phi; a token or "
        + "sequence of weight 0 pulls nothing",
      "TRL clamps the sum below at log 1e-8 instead, which differs far from 1 alone",
      "the value is on the scale of log-probabilities and cannot be compared with those of other objectives",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + ["advantages by token are refused: the ratio has none"]
  ) { parameter in
    let kPos = parameter("k_pos", 2, symbol: "k_+", "power for advantages from 0", source: trl, .nonNegative)
    let lambdaPos = parameter(
      "lambda_pos", 3, symbol: "lambda_+", "decay for advantages from 0", source: trl, .positive)
    let kNeg = parameter("k_neg", 3, symbol: "k_-", "power for negative ones", source: trl, .nonNegative)
    let lambdaNeg = parameter(
      "lambda_neg", 2, symbol: "lambda_-", "decay for negative ones", source: trl, .positive)
    let shared = parameter.shared(.tokenMean, source: trl)
    return { arguments in
      let gate = try GammaGate(
        positive: (arguments[kPos], arguments[lambdaPos]),
        negative: (arguments[kNeg], arguments[lambdaNeg]))
      return try GatedObjective(
        "vespo", level: .trajectory, gate, form: .likelihood, gatesWeights: true, arguments[shared])
    }
  }

  private static let trl = "arXiv:2602.10693 as in TRL"
}

/// The gate of VESPO: the coefficient is a gamma density in the ratio, scaled to 1 at r = 1.
///
///     weight(r) r = phi(r) = exp(lambda + k log r - lambda r)
struct GammaGate: Gate {
  let positive: (k: Double, lambda: Double)
  let negative: (k: Double, lambda: Double)

  func gate(at point: GatePoint) throws -> Tensor {
    let isGood = try BinaryOperation.ge(point.advantage, Tensor(0))
    let k = try Tensor.select(isGood, Tensor(positive.k), Tensor(negative.k))
    let lambda = try Tensor.select(isGood, Tensor(positive.lambda), Tensor(negative.lambda))
    let exponent = try lambda + k * UnaryOperation.log(point.ratio) - lambda * point.ratio
    return try UnaryOperation.exp(BinaryOperation.min(exponent, Tensor(ImportanceRatio.limit)))
  }

  func weight(at point: GatePoint) throws -> Tensor { try gate(at: point) / point.ratio }
}
