import Engine

/// What a policy is worth on questions held out.
enum EvaluationBuiltins {
  static let all: [Builtin] = [evaluate, passAt]

  private static let evaluate = Builtin(
    .models, "evaluate",
    "how a policy does on held-out prompts: `pass1` with its standard error `se`, and the results question by question",
    details: """
      `pass1` is the mean over attempts (avg@k with k = `samples`), `pass_at(k)` the unbiased estimate 1 - C(n - c, k) / C(n, k) of \
      arXiv:2107.03374, `majority` the share of prompts whose most frequent answer is right; answers that the task takes for the same, such as \
      expressions of one value in `countdown`, vote together. An attempt is right when its reward is above one half. `reward` is a \
      function or a reward model as in `rollout`; the mean reward is `reward`, its standard error `reward_se`. The scores of a model are on a scale of its own: of \
      these look at `reward`, as `pass1` says only how many are above one half.

      The prompts are all different: as many as `prompts` says, or all that are held out where there are fewer; the task's card says what that \
      is. `held_out` is false where the task is too small to hold anything out. Prompts that ask the same in another order are one cluster; \
      `clusters` counts them, and the standard errors are clustered by them: se^2 = G / (G - 1) sum_g (sum_(q in g) (p_q - p))^2 / Q^2.

      `questions` is a table with one row per prompt (`prompt`, `answer`, columns of a dataset, `cluster`, `pass1`, `reward`, `majority`, \
      `length`), so `e.questions | summarize("pass1", by: "difficulty")` is the accuracy by difficulty.
      """,
    examples: [
      "task = addition()\ne = evaluate(policy(task), task, samples: 2, prompts: 50, top_p: 0.9)\n[e.prompts, len(e.questions), e.held_out]\n#=> [50, 50, true]",
      "task = addition()\npi = policy(task)\nevaluate(pi, task, samples: 2, prompts: 20, reward: reward_model(pi)).reward\n#=> 0",
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let task = parameter("task", .task)
    let samples = parameter("samples", .integer(1...1 << 20), 16)
    let prompts = parameter("prompts", .promptCount, 1024)
    let temperature = parameter("temperature", .number, 1)
    let topK = parameter("top_k", .count, 0)
    let topP = parameter("top_p", .number, 1)
    let maxTokens = parameter.optional("max_tokens", .count)
    let reward = parameter.optional("reward", .reward)
    let environment = parameter.optional("environment", .environment)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let task = try call[task]
      let samples = try call[samples]
      let reward = try call[reward]
      let result = try Engine.evaluate(
        call[policy], task, prompts: call[prompts], samples: samples,
        options: SamplingOptions(
          maxNewTokens: call[maxTokens] ?? task.maxNewTokens, temperature: call[temperature],
          topK: call[topK],
          topP: call[topP], endToken: task.tokenizer.endToken, seed: call[seed], purpose: .evaluation),
        reward: reward?.ofTexts(call), rewards: reward?.ofBatch, environment: call[environment])
      let passAt = DerivedFunction("pass_at") { parameter in
        let k = parameter("k", .integer)
        return { .number(try result.passAt($0[k])) }
      }
      return .object(
        Record([
          "pass1": .number(result.passAtOne), "se": .number(result.standardError(result.share)),
          "prompts": .number(Double(result.questions.count)), "samples": .number(Double(samples)),
          "clusters": .number(Double(result.clusters)), "held_out": .bool(task.holdsOut),
          "majority": .number(result.mean { $0.majority ? 1 : 0 }),
          "reward": .number(result.mean(\.reward)),
          "reward_se": .number(result.standardError(\.reward)),
          "length": .number(result.mean(\.length)),
          "pass_at": .object(passAt), "questions": .object(try questions(result)),
        ]))
    }
  }

  /// One row per question.
  private static func questions(_ result: EvaluationResult) throws -> Table {
    try Table(
      rows: result.questions.map { question in
        let given = [
          ("prompt", Value.text(question.example.prompt)), ("answer", .text(question.example.answer)),
        ]
        let further = question.example.columns.map { ($0.name, TaskObject.value($0.value)) }
        return Record(
          given + further + [
            ("cluster", .text(question.example.key)), ("pass1", .number(result.share(question))),
            ("reward", .number(question.reward)), ("majority", .bool(question.majority)),
            ("length", .number(question.length)),
          ])
      })
  }

  private static let passAt = Builtin(
    .models, "pass_at",
    "the unbiased estimate of pass@k from attempts of which some were right",
    details: "1 - C(n - c, k) / C(n, k): arXiv:2107.03374, eq. (1).", examples: ["pass_at(1, 4, 1)\n#=> 0.25"]
  ) { parameter in
    let k = parameter("k", .integer)
    let samples = parameter("samples", .integer)
    let correct = parameter("correct", .integer)
    return { call in .number(try Evaluation.passAt(call[k], samples: call[samples], correct: call[correct])) }
  }
}
