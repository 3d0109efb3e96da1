import Engine

/// Advantages: a batch in, the same batch with advantages out.
enum AdvantageBuiltins {
  static let all: [Builtin] = estimators + [gdpo]

  /// One builtin for every estimator in the engine's catalogue.
  private static let estimators: [Builtin] = AdvantageCatalog.all.map { card in
    Builtin(
      .objectives, card.name, "the batch with advantages: \(card.summary)",
      details: [
        card.equation, "Paper: \(card.paper). Goes with `\(card.objective)`.",
        CardText.parameters(card.parameters), CardText.notes(card.conventions + card.edgeCases),
      ].filter { !$0.isEmpty }.joined(separator: "\n\n"),
      examples: Library.advantageExamples[card.name].map { [$0] } ?? []
    ) { parameter in
      let batch = parameter("batch", .batch)
      let given = CardArguments(card.parameters, parameter)
      return { call in .object(BatchObject(try card(call[batch], given(call)))) }
    }
  }

  private static let gdpo = Builtin(
    .objectives, "gdpo",
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
  ) { parameter in
    let batch = parameter("batch", .batch)
    let rewards = parameter("rewards", .tensors)
    let weights = parameter.optional("weights", .tensor)
    let epsilon = parameter("eps", .number, 0.0001)
    let over = parameter("over", .choice, WhiteningScope.sequences)
    return { call in
      let rewards = try call[rewards]
      return .object(
        BatchObject(
          try Advantage.decoupled(
            call[batch], rewards: rewards, weights: call[weights]?.values ?? rewards.map { _ in 1 },
            epsilon: call[epsilon], overTokens: call[over] == .tokens)))
    }

  }
}

/// What a whitened advantage has mean 0 and deviation 1 over.
private enum WhiteningScope: String, CaseIterable {
  case tokens, sequences
}
