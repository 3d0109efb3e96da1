import Engine

/// Objectives, a gate of one's own, and estimates of the divergence from a reference.
enum ObjectiveBuiltins {
  static let all: [Builtin] = objectives + [gated, entropyBonus, Library.entropyController, kl]

  /// One builtin for every objective in the engine's catalogue.
  static let objectives: [Builtin] = ObjectiveCatalog.all.map { card in
    Builtin(
      .objectives, card.name, "\(card.title): \(card.summary)",
      details: """
        \(card.equation)

        Paper: \(card.paper).

        \(CardText.parameters(card.parameters))

        \(CardText.notes(card.conventions + card.edgeCases))

        Measures \(card.metrics.map { "`\($0.name)`" }.joined(separator: ", ")).
        """,
      source: Library.objectives[card.name]
    ) { parameter in
      let arguments = CardArguments(card.parameters, parameter)
      return { call in
        let given = try arguments(call)
        let changed = card.parameters.compactMap { parameter -> String? in
          guard let value = given[parameter.name], value != parameter.defaultValue else { return nil }
          return "\(parameter.name): \(value)"
        }
        return .object(
          ObjectiveObject(
            try card.make(given), card, call: "\(card.name)(\(changed.joined(separator: ", ")))"))
      }
    }
  }

  private static let gated = Builtin(
    .objectives, "gated",
    "an objective with a gate of one's own: f(ratio, advantage) in the place of the ratio",
    details: """
      J = agg f(r, A) A. `f` works element by element; `slope` is its slope in the ratio where that is known in closed form, and is \
      otherwise taken by differentiation. Unless `check` is false, the slope is compared with differences of `f` on a grid of ratios \
      from 0.05 to 4 for both signs of A, and the objective refused where they disagree: a gate with `stop` in it, or a wrong \
      derivation. `ratio` is "token", "sequence" (geometric mean), "sequence_token" or "trajectory" (product). The objective has `.gate(r, A)` and `.weight(r, A)` \
      like those built in, and measures what they do.

      With `stop: true` the gate is a constant coefficient of the gradient, as in cispo: J = agg sg[f(r, A)] A logp. `beta` is the strength of a pull to \
      the reference, `.ref`, and `kl` its estimator.
      """,
    examples: [
      "mine = gated((r, A) => where(A > 0, 2 * sigmoid(2 * (r - 1)), r))\nclose(mine.weight(1, 1), 1)\n#=> true",
      "b = batch(logp: [[-1], [-2]], old: [[-3], [-1]], advantage: [1, -1])\nmine = gated((r, A) => min(r, 5), stop: true, aggregate: \"token_mean\")\nmine(b) == cispo()(b)\n#=> true",
    ]
  ) { parameter in
    let f = parameter("f", .function)
    let slope = parameter.optional("slope", .function)
    let ratio = parameter("ratio", .choice, ImportanceRatio.Level.token)
    let aggregate = parameter("aggregate", .choice, Aggregation.Mode.sequenceMeanTokenMean)
    let budget = parameter("budget", .number, 1024)
    let check = parameter("check", .flag, true)
    let stop = parameter("stop", .flag, false)
    let beta = parameter("beta", .number, 0)
    let kl = parameter("kl", .choice, KLEstimator.k3)
    return { call in
      let strength = try call[beta]
      guard strength >= 0, strength.isFinite else {
        throw call.failure("`beta` must be a number from 0, got \(Printing.number(strength))")
      }
      let isCoefficient = try call[stop]
      if isCoefficient, try call[slope] != nil {
        throw call.failure("with `stop` the gate is the coefficient itself", help: "leave `slope` out")
      }
      let objective = OwnGateObject(
        value: try call[f].function, slope: try call[slope]?.function, level: try call[ratio],
        form: isCoefficient ? .likelihood : .gated,
        aggregation: try Aggregation(call[aggregate], budget: call[budget]),
        penalty: KLPenalty(beta: strength, estimator: try call[kl]))
      if try call[check] { try objective.checkSlope(call) }
      return .object(objective)
    }
  }

  private static let entropyBonus = Builtin(
    .objectives, "entropy_bonus", "an objective with a bonus on the policy's entropy",
    details: """
      J' = J + coefficient * mean over tokens of the entropy, in nats, for any objective, one's own too. The mean is over tokens whatever the \
      objective averages, so a coefficient means the same for all (as in TRL). It pulls along the exact gradient of the entropy of whole \
      distributions; `step` gives the batch its entropies. arXiv:1602.01783, section 4. For a coefficient that adapts see `entropy_controller`. \
      The bonus counts as a penalty, so `silenced` and `ess` are those of the objective alone.
      """,
    examples: [
      "b = batch(logp: [[-1, -2]], advantage: [1], entropy: [[0.5, 1.5]])\nentropy_bonus(grpo(), 0.1)(b) - grpo()(b) | round(2)\n#=> 0.1",
      "entropy_bonus(sapo(), 0.01).gate(1, 1) == sapo().gate(1, 1)\n#=> true",
    ]
  ) { parameter in
    let objective = parameter("objective", .keptObjective)
    let coefficient = parameter("coefficient", .number, 0.01)
    return { call in
      .object(EntropyBonusObject(try call[objective].value, try EntropyBonus(coefficient: call[coefficient])))
    }
  }

  private static let kl = Builtin(
    .objectives, "kl",
    "an estimate of the divergence from the reference at each token of a batch",
    details: """
      With k = logp - ref: "k1" = k, "k2" = k^2 / 2, "k3" = exp(-k) - 1 + k, "abs" = |k|, "k1+" and "k3+" have the value of k1 and k3 and \
      the gradient of k2 (straight-through), "unbiased" is k3 times the ratio to the policy that sampled (arXiv:2512.02556), "forward" = \
      -k exp(-k) - exp(-k) + 1 estimates KL(reference || policy). Aggregate it and subtract it from an objective, or use \
      kl_in_reward to put it into the reward.
      """,
    examples: [
      "token_mean(kl(batch(logp: [[-1, -2]], ref: [[-1.5, -2]]), \"k1\"))\n#=> 0.25"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let estimator = parameter("estimator", .choice, KLEstimator.k3)
    return { call in
      let batch = try call[batch]
      return .tensor(try call[estimator](batch.logp, batch.require(.ref, for: "kl"), old: batch.old))
    }

  }
}

extension Library {
  static let entropyController = builtin(
    "entropy_controller", .training,
    "the coefficient of an entropy bonus after one more step, so that the entropy stays near a target",
    details: """
      c' = clip(c + delta, low, high) while the entropy is at most the target, else clip(c - delta, low, high). arXiv:2505.22312 (Skywork-OR1), \
      which also leaves the bonus out while the entropy is above the target; defaults as in TRL. The coefficient is a part of the learner that `adapt` \
      changes; `scripts/algorithms/entropy.rls` is the whole loop, for any objective.
      """,
    examples: ["entropy_controller(0.01, 0.15)\n#=> 0.015", "entropy_controller(0.003, 0.5)\n#=> 0"])
}
