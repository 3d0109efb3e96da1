import Engine

/// Advantages: a batch in, the same batch with advantages out.
enum AdvantageBuiltins {
  static let all: [Builtin] = estimators + [gdpo]

  /// One builtin for every estimator in the engine's catalogue.
  private static let estimators: [Builtin] = AdvantageCatalog.all.map { card in
    let list = card.parameters.map { parameter in
      parameter.defaultValue.map { "\(parameter.name) = \($0)" } ?? parameter.name
    }
    let notes = (card.conventions + card.edgeCases).map { "- \($0)" }.joined(separator: "\n")
    let details = [
      card.equation, "Paper: \(card.paper). Goes with `\(card.objective)`.",
      CardText.parameters(card.parameters), notes,
    ].filter { !$0.isEmpty }
    return Builtin(
      .objectives, "\(card.name)(\((["batch"] + list).joined(separator: ", ")))",
      "the batch with advantages: \(card.summary)", details: details.joined(separator: "\n\n"),
      examples: [card.example]
    ) { call in
      let given = try EngineParameters.read(call, card.parameters, from: 1)
      return .object(BatchObject(try card(BatchBuiltins.read(call, 0), given)))
    }
  }

  private static let gdpo = Builtin(
    .objectives, "gdpo(batch, rewards, weights = none, eps = 0.0001, over = \"sequences\")",
    "the batch with advantages: several rewards, each scaled within its group, then added and whitened",
    details: """
      A_i = whiten(sum_n w_n (R_in - mean_g(R_n)) / (std_g(R_n) + eps))

      Paper: arXiv:2601.05242. `rewards` is a list with a list of numbers for each reward, `weights` a number for each, 1 unless given. \
      Scaled one by one, a reward with a wide range does not drown the others. `over` is "sequences", or "tokens" as verl has it. \
      A reward without differences in a group adds exactly 0 there.
      """,
    examples: [
      "b = batch(logp: [[-1], [-2]], group: 2)\ngdpo(b, [[100, 0], [0, 1]], weights: [2, 1]).advantage | round\n#=> [1, -1]"
    ]
  ) { call in
    let rewards = try call.items(1).map { item in
      guard let reward = try Conversion.tensor(item) else {
        throw call.mismatch(1, "a list of lists of numbers")
      }
      return reward
    }
    let weights = try call[2].isNone ? rewards.map { _ in 1 } : call.tensor(2).values
    let over = try call.text(4)
    guard ["tokens", "sequences"].contains(over) else {
      throw call.mismatch(4, "\"tokens\" or \"sequences\"")
    }
    return .object(
      BatchObject(
        try Advantage.decoupled(
          BatchBuiltins.read(call, 0), rewards: rewards, weights: weights, epsilon: call.number(3),
          overTokens: over == "tokens")))
  }
}
