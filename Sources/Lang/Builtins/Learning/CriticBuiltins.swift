import Engine

/// Critics, reward models and discriminators: transformers whose head gives one number.
enum CriticBuiltins {
  static let all: [Builtin] = [
    critic, rewardModel, withValues, fitValues, scores, fitReward, answers, fitDiscriminator,
    Library.klController,
  ]

  // MARK: Models

  private static let critic = model(
    "critic",
    "a value model: the policy's transformer with a head of one number, and an optimiser of its own",
    details: """
      Starts from the policy's weights and a head of zeros, so that every value is 0 at first; `policy(task, ...)` in its place gives a \
      critic of other sizes. `with_values` asks it, `fit_values` trains it.
      """,
    example:
      "task = addition()\npi = policy(task)\nro = rollout(pi, task, prompts: 2) | with_values(critic(pi))\nall(ro.values == 0)\n#=> true"
  )

  private static let rewardModel = model(
    "reward_model",
    "a model that scores whole completions, from a policy's weights; the same kind of value as a critic",
    details: """
      `fit_reward` trains it on preferences, `fit_discriminator` to tell a task's answers from a policy's. `scores` asks it, and \
      `rollout(..., reward: model)` and `evaluate` take its scores as rewards.
      """,
    example:
      "task = addition()\npi = policy(task)\nscores(reward_model(pi), rollout(pi, task, prompts: 1, group: 2))\n#=> [0, 0]"
  )

  private static func model(_ name: String, _ summary: String, details: String, example: String) -> Builtin {
    Builtin(
      .training, name, summary, details: "\(details) \(OptimizerArguments.details)", examples: [example]
    ) { parameter in
      let policy = parameter("policy", .policy)
      let optimizer = OptimizerArguments(parameter)
      return { call in
        .object(ScalarModelObject(try ScalarModel(trunk: call[policy], optimizer: optimizer(call))))
      }
    }
  }

  // MARK: Values

  private static let withValues = Builtin(
    .training, "with_values",
    "the rollout with a critic's value of the state before each token as `values`, for gae",
    details:
      "A value knows the prompt and the tokens before its own. Take them before the first update on a rollout: they are V_old of the clip.",
    examples: [
      "task = addition()\npi = policy(task)\nro = rollout(pi, task, prompts: 2) | with_values(critic(pi)) | gae\nlen(ro.returns) == len(ro)\n#=> true"
    ]
  ) { parameter in
    let rollout = parameter("rollout", .batch)
    let critic = parameter("critic", .scalarModel)
    return { call in
      let batch = try call[rollout]
      return .object(BatchObject(try batch.with(.values, call[critic].values(batch))))
    }
  }

  private static let fitValues = Builtin(
    .training, "fit_values",
    "one update of a critic towards the returns of gae; the new critic and statistics, as a list of two",
    details: """
      L = 1/2 token_mean max((V - G)^2, (clip(V, V_old - c, V_old + c) - G)^2), with G the batch's `returns`, A + V_old, and V_old its `values`. \
      `clip` is c, in units of reward: 0.2 in TRL and slime, 0.5 in OpenRLHF and verl; without it the loss is the plain squared error. \
      Statistics: `loss`, `clip` (share of tokens the clip silences), `explained` (share of the returns' variance), `grad_norm`, `lr`.
      """,
    examples: [
      "task = addition()\npi = policy(task)\nv = critic(pi, lr: 1e-3)\nro = rollout(pi, task, prompts: 2) | with_values(v) | gae\nv, s = fit_values(v, ro, clip: 0.2)\nv.updates\n#=> 1"
    ]
  ) { parameter in
    let critic = parameter("critic", .scalarModel)
    let batch = parameter("batch", .batch)
    let clip = parameter.optional("clip", .number)
    return { call in
      let batch = try call[batch]
      guard let old = batch[.values], let returns = batch[.returns] else {
        throw call.failure(
          "the batch has no returns to fit", help: "pipe the rollout into with_values(critic), then gae")
      }
      let clip = try call[clip]
      return try updated(call[critic], .tokens(batch, for: "fit_values")) { values in
        try ScalarLoss.value(values, old: old, returns: returns, clip: clip)
      }
    }
  }

  // MARK: Scores

  private static let scores = Builtin(
    .training, "scores",
    "a model's score of each whole completion, read after its last token",
    examples: [
      "task = addition()\npi = policy(task)\nlen(scores(reward_model(pi), rollout(pi, task, prompts: 2, group: 3)))\n#=> 6"
    ]
  ) { parameter in
    let model = parameter("model", .scalarModel)
    let rollout = parameter("rollout", .batch)
    return { call in .tensor(try call[model].scores(call[rollout])) }
  }

  private static let fitReward = Builtin(
    .training, "fit_reward",
    "one update of a reward model on preferences; the new model and statistics, as a list of two",
    details: """
      L = mean_prompts mean_pairs (-log sigma(s_chosen - s_rejected - margin) + centre (s_chosen + s_rejected)^2) (Bradley-Terry; \
      arXiv:2203.02155, eq. (1)). Within each group of the batch, every two sequences that differ in advantage make a pair, or in reward \
      where there are no advantages; every prompt with a pair counts the same. \
      `centre` keeps scores near 0 (arXiv:2312.09244 has 0.01). Statistics: `loss`, `accuracy`, `margin`, `grad_norm`, `lr`.
      """
  ) { parameter in
    let model = parameter("model", .scalarModel)
    let pairs = parameter("pairs", .batch)
    let margin = parameter("margin", .number, 0)
    let centre = parameter("centre", .number, 0)
    return { call in
      let batch = try call[pairs]
      let pairs = try batch.preferences()
      return try updated(call[model], .ends([batch], for: "fit_reward")) { scores in
        try ScalarLoss.bradleyTerry(scores, pairs: pairs, margin: call[margin], centre: call[centre])
      }
    }
  }

  private static let answers = Builtin(
    .models, "answers",
    "a task's own answers as a rollout, one for each question that `rollout` would ask under the same seed",
    details:
      "The log-probabilities are those of the policy, the rewards 1. What a discriminator takes as genuine.",
    examples: [
      "task = addition()\npi = policy(task)\nanswers(pi, task, prompts: 3, seed: 5).prompt == rollout(pi, task, prompts: 3, group: 1, seed: 5).prompt\n#=> true"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let task = parameter("task", .task)
    let prompts = parameter("prompts", .promptCount, 64)
    let seed = parameter("seed", .seed, 0)
    return { call in
      .object(
        BatchObject(
          try Engine.answers(call[policy], call[task], prompts: call[prompts], seed: call[seed])))
    }
  }

  private static let fitDiscriminator = Builtin(
    .training, "fit_discriminator",
    "one update of a model that tells genuine completions from a policy's; the new model and statistics",
    details: """
      L = -1/2 mean_real log sigma(s) - 1/2 mean_fake log sigma(-s) (arXiv:1406.2661, eq. (1)), for GAPO (arXiv:2503.20194): `real` are \
      a task's `answers`, `fake` is a rollout. Statistics: `loss`, `accuracy` (mean over both sides), `grad_norm`, `lr`.
      """
  ) { parameter in
    let model = parameter("model", .scalarModel)
    let real = parameter("real", .batch)
    let fake = parameter("fake", .batch)
    return { call in
      let real = try call[real]
      return try updated(call[model], .ends([real, call[fake]], for: "fit_discriminator")) { scores in
        try ScalarLoss.discriminator(scores, real: real.count)
      }
    }
  }

  /// The model after an update, with its statistics.
  private static func updated(
    _ model: ScalarModel, _ reading: ScalarReading, descending loss: (Tensor) throws -> ObjectiveOutput
  ) throws -> Value {
    let (model, statistics) = try model.updated(reading, descending: loss)
    return .list([
      .object(ScalarModelObject(model)), .object(Record(statistics.map { ($0.name, .number($0.value)) })),
    ])

  }
}

extension Library {
  static let klController = builtin(
    "kl_controller", .training,
    "the strength of a KL penalty after n more samples, so that the divergence nears a target",
    details: """
      beta' = beta (1 + clip(kl / target - 1, -0.2, 0.2) n / horizon). arXiv:1909.08593, section 2.2. `kl` is the mean over \
      sequences of the divergence summed over tokens; a target of 6 and a horizon of 10000 are the paper's and those of TRL's former \
      PPO trainer. verl's controller has the horizon of 10000, a target of 0.1, and the mean over tokens.
      """,
    examples: ["kl_controller(0.1, 9, 6, 256, horizon: 2560)\n#=> 0.102"])
}
