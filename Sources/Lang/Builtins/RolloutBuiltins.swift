import Engine

/// Completions sampled from a policy.
enum RolloutBuiltins {
  static let all: [Builtin] = [rollout, sample]

  /// The most prompts of one call; each is made before the first is answered.
  static let maximumPrompts = 1 << 22

  private static let rollout = Builtin(
    .models,
    "rollout(policy, task, prompts = 64, group = 8, temperature = 1, top_k = 0, top_p = 1, greedy = false, max_tokens = none, ignore_end = false, seed = 0, reward = none, ref = none)",
    "samples a group of completions for each of several prompts and rewards them",
    details: """
      Gives a rollout: a batch with tokens, texts, `logp`, `old`, `reward`, `group`. Log-probabilities are those of the whole softmax \
      at the temperature, bit for bit the ones that training computes. `reward` is a function of (completion, answer, prompt) \
      that gives a number; without it the task's own check counts. `ref` is a policy whose log-probabilities the batch gets as `.ref`. \
      `seed` may be a list, such as [seed, step]. With `ignore_end` the end token ends nothing, and every completion has `max_tokens` tokens.

      In place of a task, `task` may be a list of prompts, each a list of token numbers. Then `max_tokens` and `reward` are needed, \
      `reward` is a function of (completion, prompt), both lists of tokens, and token 0 is the end token.
      """,
    examples: [
      "ro = rollout(policy(addition()), addition(), prompts: 2, group: 3)\nlen(ro)\n#=> 6",
      "all(rollout(policy(addition()), addition(), prompts: 2).ratio == 1)\n#=> true",
      "rollout(policy(9), [[1, 2], [3]], group: 2, max_tokens: 4, ignore_end: true, reward: tokens => len(tokens)).reward\n#=> [4, 4, 4, 4]",
    ]
  ) { call in
    let policy = try ModelBuiltins.policy(call, 0)
    let group = try call.integer(3, 1...maximumPrompts)
    if !call[11].isNone { _ = try call.function(11) }
    var batch: Batch
    if case .object(let object) = call[1], let task = (object as? TaskObject)?.task {
      batch = try Engine.rollout(
        policy, task, prompts: call.integer(2, 1...maximumPrompts), group: group,
        options: options(call, longest: task.maxNewTokens), reward: textReward(call))
    } else {
      batch = try Engine.rollout(
        policy, prompts: prompts(call), group: group, options: options(call, longest: nil),
        reward: tokenReward(call))
    }
    if !call[12].isNone { batch.ref = try logProbabilities(ModelBuiltins.policy(call, 12), batch) }
    return .object(BatchObject(batch))
  }

  private static func options(_ call: Call, longest: Int?) throws -> SamplingOptions {
    guard let tokens = try call.optionalInteger(8, 0...Int.max) ?? longest else {
      throw call.failure("prompts of tokens need `max_tokens`, the longest completion")
    }
    return SamplingOptions(
      maxNewTokens: tokens, temperature: try call.number(4), topK: try call.integer(5, 0...Int.max),
      topP: try call.number(6), greedy: try call.bool(7),
      endToken: try call.bool(9) ? nil : Tokenizer.endToken, seed: try call.seed(10))
  }

  /// The prompts given as lists of tokens.
  private static func prompts(_ call: Call) throws -> [[Int32]] {
    guard let prompts = try? call.items(1), !prompts.isEmpty else {
      throw call.mismatch(1, "a task, such as addition(), or a list of prompts, each a list of tokens")
    }
    return try prompts.map { prompt in
      try (Iteration.items(prompt) ?? []).map { item in
        guard let number = item.asNumber, let token = Int32(exactly: number) else {
          throw call.mismatch(1, "a list of prompts, each a list of token numbers")
        }
        return token
      }
    }
  }

  private static func textReward(_ call: Call) -> Reward? {
    if call[11].isNone { return nil }
    return { example, completion in
      try reward(call, [.text(completion), .text(example.answer), .text(example.prompt)])
    }
  }

  private static func tokenReward(_ call: Call) throws -> TokenReward {
    guard !call[11].isNone else {
      throw call.failure("prompts of tokens need `reward`, a function of a completion's tokens")
    }
    return { prompt, completion in
      try reward(call, [.numbers(completion.map(Double.init)), .numbers(prompt.map(Double.init))])
    }
  }

  /// What the function `reward` makes of as many of `arguments` as it takes.
  private static func reward(_ call: Call, _ arguments: [Value]) throws -> Double {
    let function = try call.function(11)
    guard case .object(let object) = function, let signature = object.signature else {
      throw call.mismatch(11, "a function")
    }
    let result = try call.interpreter.call(
      function, Array(arguments.prefix(max(1, signature.parameters.count))))
    switch result {
    case .number(let number): return number
    case .bool(let flag): return flag ? 1 : 0
    case .none, .missing, .object:
      throw call.failure("the reward must be a number, got \(Printing.brief(result))")
    }
  }

  private static let sample = Builtin(
    .models,
    "sample(policy, task, prompt, temperature = 1, top_k = 0, top_p = 1, seed = 0, max_tokens = none)",
    "one completion of a prompt typed in by hand; temperature 0 takes the likeliest token every time",
    examples: ["kind(sample(policy(addition()), addition(), \"1+2=\"))\n#=> \"text\""]
  ) { call in
    let policy = try ModelBuiltins.policy(call, 0)
    let task = try ModelBuiltins.task(call, 1)
    let prompt = try task.tokenizer.encode(call.text(2))
    let sampled = try Engine.sample(
      policy, prompts: [prompt], group: 1,
      options: SamplingOptions(
        maxNewTokens: try call.optionalInteger(7, 0...Int.max) ?? task.maxNewTokens,
        temperature: try call.number(3),
        topK: try call.integer(4, 0...Int.max), topP: try call.number(5), endToken: Tokenizer.endToken,
        seed: try call.seed(6)))
    return .text(task.tokenizer.decode(sampled.sequences.completions[0]))
  }
}
