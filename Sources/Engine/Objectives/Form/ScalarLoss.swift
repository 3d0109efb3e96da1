/// What scalar models are fitted by; losses are minimised.
public enum ScalarLoss {
  /// The squared error of a critic, with PPO's clip of its step.
  ///
  ///     L = 1/2 token_mean max( (V - G)^2, (clip(V, V_old - c, V_old + c) - G)^2 )
  ///
  /// V, V_old, G: [B, T?]; c is `clip`, in units of reward, nil for the plain squared error. Gradient: through V.
  /// Where the two squares tie, the first one's gradient counts.
  /// Source: the value loss of arXiv:1707.06347, eq. (9), clipped as in the authors' code and in TRL and verl.
  /// Measures `clip`, the share of tokens the clip silences, and `explained`, 1 - Var(G - V) / Var(G).
  public static func value(_ values: Tensor, old: Tensor, returns: Tensor, clip: Double?) throws
    -> ObjectiveOutput
  {
    if let clip, !(clip > 0) {
      throw EngineError(
        .argument, "fit_values", "clip has to be a number above 0, got \(ParameterValue.number(clip))",
        hint: "leave it out for no clip")
    }
    let plain = try UnaryOperation.square(values - returns)
    var loss = plain
    var silenced = 0.0
    if let clip {
      let held = try values.clipped(old.detached - clip, old.detached + clip)
      let clipped = try UnaryOperation.square(held - returns)
      let beyond = try BinaryOperation.gt(clipped.detached, plain.detached)
      loss = try Tensor.select(beyond, clipped, plain)
      silenced = try beyond.tokenMean().item()
    }
    return ObjectiveOutput(
      value: try 0.5 * loss.tokenMean(),
      metrics: [
        .init("clip", silenced),
        .init("explained", explained(values.detached.values, returns.values)),
      ])
  }

  /// The share of the variance of `targets` that `values` explain; 0 where there is none to explain.
  static func explained(_ values: [Double], _ targets: [Double]) -> Double {
    func squares(_ x: [Double]) -> Double { Advantage.centred(x).reduce(0) { $0 + $1 * $1 } }
    let total = squares(targets)
    return total > 0 ? 1 - squares(zip(targets, values).map { $0 - $1 }) / total : 0
  }

  /// The Bradley-Terry likelihood of preferences.
  ///
  ///     L = sum_p w_p (-log sigma(s_chosen - s_rejected - margin) + centre (s_chosen + s_rejected)^2)
  ///
  /// s: [B]; p runs over `pairs`, positions of a chosen and a rejected sequence, w_p their shares, which add up to 1:
  /// of pairs by prompt, the mean over prompts of the mean over a prompt's pairs. Gradient: through s. Paper:
  /// arXiv:2203.02155, eq. (1); margin: arXiv:2307.09288, eq. (2); centring: arXiv:2312.09244. Measures `accuracy`, the
  /// share of pairs in the right order, and `margin`, the mean difference of scores.
  public static func bradleyTerry(
    _ scores: Tensor, pairs: [(chosen: Int, rejected: Int, share: Double)], margin: Double, centre: Double
  ) throws -> ObjectiveOutput {
    guard margin.isFinite, centre >= 0, centre.isFinite else {
      throw EngineError(
        .argument, "fit_reward",
        "margin has to be a finite number and centre one from 0, "
          + "got \(ParameterValue.number(margin)) and \(ParameterValue.number(centre))")
    }
    guard !pairs.isEmpty else {
      throw EngineError(
        .argument, "fit_reward", "no group has sequences of which one is preferred",
        hint: "sample a larger group, or take a task that is neither solved nor hopeless")
    }
    let chosen = try scores.rows(at: pairs.map(\.chosen))
    let rejected = try scores.rows(at: pairs.map(\.rejected))
    let difference = try chosen - rejected
    var terms = try -UnaryOperation.logSigmoid(difference - margin)
    if centre != 0 { terms = try terms + centre * UnaryOperation.square(chosen + rejected) }
    let known = difference.detached
    return ObjectiveOutput(
      value: try (terms * Tensor(pairs.map(\.share))).sum(),
      metrics: [
        .init("accuracy", try BinaryOperation.gt(known, Tensor(0)).mean().item()),
        .init("margin", try known.mean().item()),
      ])
  }

  /// The logistic loss of a discriminator.
  ///
  ///     L = -1/2 mean_real log sigma(s) - 1/2 mean_fake log sigma(-s)
  ///
  /// s: [R + F], of which the first `real` are genuine. Gradient: through s.
  /// Paper: arXiv:1406.2661, eq. (1); over completions: arXiv:2503.20194.
  /// Measures `accuracy`, the mean over both sides of the share told apart.
  public static func discriminator(_ scores: Tensor, real: Int) throws -> ObjectiveOutput {
    let genuine = try scores.rows(at: Array(0..<real))
    let made = try scores.rows(at: Array(real..<scores.count))
    let loss =
      try -0.5 * (UnaryOperation.logSigmoid(genuine).mean() + UnaryOperation.logSigmoid(-made).mean())
    let zero = Tensor(0)
    let right =
      try 0.5
      * (BinaryOperation.gt(genuine.detached, zero).mean() + BinaryOperation.lt(made.detached, zero).mean())
    return ObjectiveOutput(value: loss, metrics: [.init("accuracy", try right.item())])
  }
}
