import Engine

/// Completions sampled from a policy.
enum RolloutBuiltins {
  static let all: [Builtin] = [rollout, sample]

  /// The most prompts of one call; each is made before the first is answered.
  static let maximumPrompts = 1 << 22

  private static let rollout = Builtin(
    .models, "rollout", "samples a group of completions for each of several prompts and rewards them",
    details: """
      Gives a rollout: a batch with tokens, texts, `logp`, `old`, `reward`, `group`. Log-probabilities are those of the whole softmax \
      at the temperature, bit for bit the ones that training computes. `reward` is a function of (completion, answer, prompt, example) \
      that gives a number, or a reward model (`example` is a record with a dataset's further columns); without it the task's own check counts. `ref` is a policy whose log-probabilities the batch gets as `.ref`. \
      With `top_k` or `top_p` tokens come from another distribution than the one that is trained: what is left of the softmax, renormalised. `.sampler` has \
      the log-probabilities under it, and `sampler_kl` of a step says how far apart the two are; `tis`, `mis`, `seq_mask` and `reject` correct for it. With `keep_mask: true` training sees the same distribution \
      instead (Keep Sampling Mask, arXiv:2512.02556, section 3.1): `.kept` records which tokens were left, every softmax of the rollout is over them, `ref`'s too, \
      in `step`, `rescore` and `train` alike, and on-policy the ratio is 1. A set takes 4 bytes for each of its tokens, or a bit for each token of the vocabulary, \
      whichever is less. \
      `seed` may be a list, such as [seed, step]. With `ignore_end` the end token ends nothing, and every completion has `max_tokens` tokens.

      With an `environment` an episode has several turns. It is a record {reset, step, turns}: `reset` is a function of the question (a \
      record) that gives a state, which is the question itself without it; `step` is a function of the state and the policy's turn that \
      gives a record of `reply` (a text; without one the episode is over), `reward` (added to the episode's) and `state` (the next one). The \
      replies are in the episode and masked, and `.turns` counts the policy's turns. `hidden_number()` brings its own environment.

      In place of a task, `task` may be a list of prompts, each a list of token numbers. Then `max_tokens` and `reward` are needed, \
      `reward` is a function of (completion, prompt), both lists of tokens, and token 0 is the end token.
      """,
    examples: [
      "ro = rollout(policy(addition()), addition(), prompts: 2, group: 3)\nlen(ro)\n#=> 6",
      "all(rollout(policy(addition()), addition(), prompts: 2).ratio == 1)\n#=> true",
      "ro = rollout(policy(addition()), addition(), prompts: 2, top_k: 3)\nall(ro.sampler > ro.old) and max(tis(ro).weight) < 1\n#=> true",
      "pi = policy(addition())\nro = rollout(pi, addition(), prompts: 2, top_k: 3, keep_mask: true)\n[len(ro[0].kept[0]), all(rescore(ro, pi).ratio == 1)]\n#=> [3, true]",
      "rollout(policy(9), [[1, 2], [3]], group: 2, max_tokens: 4, ignore_end: true, reward: tokens => len(tokens)).reward\n#=> [4, 4, 4, 4]",
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let source = parameter("task", .prompts)
    let prompts = parameter("prompts", .promptCount, 64)
    let group = parameter("group", .promptCount, 8)
    let temperature = parameter("temperature", .number, 1)
    let topK = parameter("top_k", .count, 0)
    let topP = parameter("top_p", .number, 1)
    let keepMask = parameter("keep_mask", .flag, false)
    let greedy = parameter("greedy", .flag, false)
    let maxTokens = parameter.optional("max_tokens", .count)
    let ignoreEnd = parameter("ignore_end", .flag, false)
    let seed = parameter("seed", .seed, 0)
    let reward = parameter.optional("reward", .reward)
    let ref = parameter.optional("ref", .policy)
    let environment = parameter.optional("environment", .environment)

    @Sendable func options(_ call: Call, longest: Int?, endToken: Int32) throws -> SamplingOptions {
      guard let tokens = try call[maxTokens] ?? longest else {
        throw call.failure("prompts of tokens need `max_tokens`, the longest completion")
      }
      return SamplingOptions(
        maxNewTokens: tokens, temperature: try call[temperature], topK: try call[topK],
        topP: try call[topP], keepMask: try call[keepMask], greedy: try call[greedy],
        endToken: try call[ignoreEnd] ? nil : endToken, seed: try call[seed])
    }

    return { call in
      let policy = try call[policy]
      let reward = try call[reward]
      var batch: Batch
      switch try call[source] {
      case .task(let task):
        batch = try Engine.rollout(
          policy, task, prompts: call[prompts], group: call[group],
          options: options(call, longest: task.maxNewTokens, endToken: task.tokenizer.endToken),
          reward: reward?.ofTexts(call), environment: call[environment])
      case .tokens(let prompts):
        guard let reward else {
          throw call.failure(
            "prompts of tokens need `reward`, a function of a completion's tokens or a reward model")
        }
        batch = try Engine.rollout(
          policy, prompts: prompts, group: call[group],
          options: options(call, longest: nil, endToken: policy.tokenizer?.endToken ?? 0),
          reward: reward.ofTokens(call))
      }
      if let scores = reward?.ofBatch { batch = try batch.with(.reward, scores(batch)) }
      if let ref = try call[ref] { batch = try batch.with(.ref, logProbabilities(ref, batch)) }
      return .object(BatchObject(batch))
    }
  }

  private static let sample = Builtin(
    .models, "sample",
    "one completion of a prompt typed in by hand; temperature 0 takes the likeliest token every time",
    examples: ["kind(sample(policy(addition()), addition(), \"1+2=\"))\n#=> \"text\""]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let task = parameter("task", .task)
    let prompt = parameter("prompt", .text)
    let temperature = parameter("temperature", .number, 1)
    let topK = parameter("top_k", .count, 0)
    let topP = parameter("top_p", .number, 1)
    let seed = parameter("seed", .seed, 0)
    let maxTokens = parameter.optional("max_tokens", .count)
    return { call in
      let task = try call[task]
      let policy = try call[policy]
      try requireFit(policy, task, for: "sample")
      let prompt = try task.tokenizer.encode(call[prompt])
      let sampled = try Engine.sample(
        policy, prompts: [prompt], group: 1,
        options: SamplingOptions(
          maxNewTokens: call[maxTokens] ?? task.maxNewTokens, temperature: call[temperature],
          topK: call[topK], topP: call[topP], endToken: task.tokenizer.endToken, seed: call[seed]))
      return .text(task.tokenizer.decode(sampled.sequences.completions[0]))
    }

  }
}

extension Kind where T == Int {
  /// A number of prompts, or of completions of one prompt.
  static var promptCount: Kind { integer(1...RolloutBuiltins.maximumPrompts) }
}

/// What a rollout completes.
enum Prompts {
  case task(any RewardTask)
  case tokens([[Int32]])
}

extension Kind where T == Prompts {
  /// A task, or a list of prompts, each a list of token numbers.
  static var prompts: Kind {
    Kind("a task, such as addition(), or a list of prompts, each a list of token numbers") { value, call in
      if let task = try Kind<any RewardTask>.task.read(value, call) { return .task(task) }
      guard let items = try Iteration.items(value), !items.isEmpty else { return nil }
      let prompts = try items.compactMap { try Kind<[Int32]>.tokens.read($0, call) }
      return prompts.count == items.count ? .tokens(prompts) : nil
    }
  }
}

/// What rewards a completion in the place of the task.
enum RewardSource {
  case function(Callback)
  case model(ScalarModel)

  /// The reward of a completion as text; nil where a model scores the whole batch afterwards.
  func ofTexts(_ call: Call) -> Reward? {
    guard case .function(let function) = self else { return nil }
    return { example, completion in
      try RewardSource.number(
        function,
        [.text(completion), .text(example.answer), .text(example.prompt), TaskObject.record(example)], call)
    }
  }

  /// The rewards of a whole batch, where a model scores it.
  var ofBatch: ((Batch) throws -> Tensor)? {
    guard case .model(let model) = self else { return nil }
    return { batch in try model.scores(batch) }
  }

  /// The reward of a completion as tokens; 0 where a model scores the whole batch afterwards.
  func ofTokens(_ call: Call) -> TokenReward {
    guard case .function(let function) = self else { return { _, _ in 0 } }
    return { prompt, completion in
      try RewardSource.number(
        function, [.numbers(completion.map(Double.init)), .numbers(prompt.map(Double.init))], call)
    }
  }

  /// What a function makes of as many of `arguments` as it takes.
  private static func number(_ function: Callback, _ arguments: [Value], _ call: Call) throws -> Double {
    let result = try function(Array(arguments.prefix(max(1, function.parameterCount))))
    switch result {
    case .number(let number) where number.isFinite: return number
    case .bool(let flag): return flag ? 1 : 0
    case .number, .none, .missing, .object:
      throw call.failure(
        "the reward must be a finite number, got \(Printing.brief(result)) for \(Printing.brief(arguments[0]))"
      )
    }
  }
}

extension Kind where T == RewardSource {
  /// A function of a completion, or a reward model.
  static var reward: Kind {
    Kind("a function or a reward model") { value, call in
      if let model = try Kind<ScalarModel>.scalarModel.read(value, call) { return .model(model) }
      return try Kind<Callback>.function.read(value, call).map { .function($0) }
    }
  }
}
