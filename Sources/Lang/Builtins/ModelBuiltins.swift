import Engine

/// Tasks, policies, rollouts, evaluation.
enum ModelBuiltins {
  static let all: [Builtin] = tasks + [policy, sft, rollout, evaluate, sample, logits, fingerprint, passAt]

  // MARK: Tasks

  /// One builtin for every kind of task in the engine's catalogue.
  private static let tasks: [Builtin] = TaskCatalog.all.map { card in
    let parameters = card.parameters.map { $0.defaultValue.map { value in "\(value)" }.map { [$0] } ?? [] }
    let list = zip(card.parameters, parameters).map { parameter, standard in
      standard.first.map { "\(parameter.name) = \($0)" } ?? parameter.name
    }
    return Builtin(
      .models, "\(card.name)(\(list.joined(separator: ", ")))", "a task: \(card.summary)",
      details: "For example \(card.example).\n\n" + CardText.parameters(card.parameters)
    ) { call in
      .object(TaskObject(try card.make(EngineParameters.read(call, card.parameters))))
    }
  }

  // MARK: Policies

  private static let policy = Builtin(
    .models,
    "policy(task, layers = 2, width = 64, heads = 4, kv_heads = none, head_width = none, ffn_width = none, tied = false, rope_base = 10000, lr = 0.0003, optimizer = \"adamw\", weight_decay = 0, clip_norm = 1, momentum = 0, warmup = 0, decay = \"constant\", decay_steps = none, final = 0, seed = 0)",
    "a causal transformer of Qwen3's shape with fresh weights, for the tokens of a task",
    details: """
      `kv_heads` is `heads`, `head_width` is width / heads and `ffn_width` three times the width unless given. \
      `optimizer` is "adamw" (betas 0.9 and 0.999, eps 1e-8) or "sgd" with `momentum`. Gradients longer than `clip_norm` are \
      shortened to it; `none` leaves them. The learning rate rises over `warmup` updates and then is "constant" or falls \
      "linear"ly or along a "cosine" until update `decay_steps`, to `final` of itself. In place of a task, `task` may be a number of tokens.
      """,
    examples: ["policy(addition(), layers: 1, width: 16, heads: 2).layers\n#=> 1"]
  ) { call in
    let vocabulary: Int
    if case .object(let object) = call[0], let task = object as? TaskObject {
      vocabulary = task.task.tokenizer.vocabularySize
    } else if case .number = call[0] {
      vocabulary = try call.integer(0)
    } else {
      throw call.mismatch(0, "a task, such as addition()")
    }
    let configuration = PolicyConfiguration(
      vocabulary: vocabulary, layers: try call.integer(1), width: try call.integer(2),
      heads: try call.integer(3),
      kvHeads: try call.optionalInteger(4), headWidth: try call.optionalInteger(5),
      ffnWidth: try call.optionalInteger(6),
      ropeBase: try call.number(8), tiedHead: try call.bool(7))
    return .object(
      PolicyObject(try Policy(configuration: configuration, seed: call.seed(18), optimizer: optimizer(call))))
  }

  private static func optimizer(_ call: Call) throws -> OptimizerConfiguration {
    let method: OptimizerConfiguration.Method
    switch try call.text(10) {
    case "adamw": method = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    case "sgd": method = .sgd(momentum: try call.number(13))
    default: throw call.mismatch(10, "\"adamw\" or \"sgd\"")
    }
    let decay: LearningRateSchedule.Decay
    let name = try call.text(15)
    if name == "constant" {
      decay = .constant
    } else {
      guard let steps = try call.optionalInteger(16, 1...Int.max) else {
        throw call.failure("decay \"\(name)\" needs `decay_steps`")
      }
      switch name {
      case "linear": decay = .linear(steps: steps, final: try call.number(17))
      case "cosine": decay = .cosine(steps: steps, final: try call.number(17))
      default: throw call.mismatch(15, "\"constant\", \"linear\" or \"cosine\"")
      }
    }
    return OptimizerConfiguration(
      method, learningRate: try call.number(9),
      schedule: LearningRateSchedule(warmup: try call.integer(14, 0...Int.max), decay: decay),
      weightDecay: try call.number(11),
      clipNorm: try call.optionalNumber(12))
  }

  private static let sft = Builtin(
    .models, "sft(policy, task, steps = 300, lr = 0.001, batch = 64, seed = 0)",
    "a supervised cold start: steps on a task's own answers",
    details: "Uses an AdamW of its own; the policy that comes back has its own optimiser, still fresh."
  ) { call in
    let policy = try ModelBuiltins.policy(call, 0)
    let task = try ModelBuiltins.task(call, 1)
    let steps = try call.integer(2, 0...Int.max)
    let recorder = call.interpreter.recorder
    defer { recorder.progress(nil) }
    let result = try coldStart(
      policy, task, steps: steps, batch: call.integer(4, 1...maximumPrompts), learningRate: call.number(3),
      seed: call.seed(5)
    ) { done, loss in
      recorder.progress(
        Progress(
          "sft", fraction: Double(done) / Double(max(1, steps)),
          detail: "loss \(Printing.number(loss, digits: 4))"))
    }
    return .object(PolicyObject(result.policy))
  }

  // MARK: Rollouts

  /// The most prompts of one call; each is made before the first is answered.
  private static let maximumPrompts = 1 << 22

  private static let rollout = Builtin(
    .models,
    "rollout(policy, task, prompts = 64, group = 8, temperature = 1, top_k = 0, top_p = 1, greedy = false, max_tokens = none, seed = 0, reward = none, ref = none)",
    "samples a group of completions for each of several prompts and rewards them",
    details: """
      Gives a rollout: a batch with tokens, texts, `logp`, `old`, `reward`, `group`. Log-probabilities are those of the whole softmax \
      at the temperature, bit for bit the ones that training computes. `reward` is a function of (completion, answer, prompt) \
      that gives a number; without it the task's own check counts. `ref` is a policy whose log-probabilities the batch gets as `.ref`. \
      `seed` may be a list, such as [seed, step].
      """,
    examples: [
      "ro = rollout(policy(addition()), addition(), prompts: 2, group: 3)\nlen(ro)\n#=> 6",
      "all(rollout(policy(addition()), addition(), prompts: 2).ratio == 1)\n#=> true",
    ]
  ) { call in
    let policy = try ModelBuiltins.policy(call, 0)
    let task = try ModelBuiltins.task(call, 1)
    let custom = call[10]
    let reward: Reward? =
      custom.isNone
      ? nil : { example, completion in try ModelBuiltins.reward(custom, example, completion, call) }
    if reward != nil { _ = try call.function(10) }
    var batch = try Engine.rollout(
      policy, task, prompts: call.integer(2, 1...maximumPrompts), group: call.integer(3, 1...maximumPrompts),
      options: SamplingOptions(
        maxNewTokens: try call.optionalInteger(8, 0...Int.max) ?? task.maxNewTokens,
        temperature: try call.number(4),
        topK: try call.integer(5, 0...Int.max), topP: try call.number(6), greedy: try call.bool(7),
        endToken: Tokenizer.endToken, seed: try call.seed(9)), reward: reward)
    if !call[11].isNone { batch.ref = try logProbabilities(ModelBuiltins.policy(call, 11), batch) }
    return .object(BatchObject(batch))
  }

  private static func reward(_ function: Value, _ example: TaskExample, _ completion: String, _ call: Call)
    throws -> Double
  {
    guard case .object(let object) = function, let signature = object.signature else {
      throw call.mismatch(10, "a function")
    }
    let arguments: [Value] = [.text(completion), .text(example.answer), .text(example.prompt)]
    let result = try call.interpreter.call(
      function, Array(arguments.prefix(max(1, signature.parameters.count))))
    switch result {
    case .number(let number): return number
    case .bool(let flag): return flag ? 1 : 0
    case .none, .missing, .object:
      throw call.failure("the reward must be a number, got \(Printing.brief(result))")
    }
  }

  private static let evaluate = Builtin(
    .models, "evaluate(policy, task, samples = 16, prompts = 128, temperature = 1, seed = 0)",
    "how a policy does on held-out prompts: `pass1`, `majority`, `reward`, `length` and `pass_at(k)`",
    details: """
      `pass1` is the mean over attempts, `pass_at(k)` the unbiased estimate 1 - C(n - c, k) / C(n, k) of arXiv:2107.03374, \
      `majority` the share of prompts whose most frequent answer is right. An attempt is right when its reward is above one half.
      """
  ) { call in
    let policy = try ModelBuiltins.policy(call, 0)
    let task = try ModelBuiltins.task(call, 1)
    let samples = try call.integer(2, 1...1 << 20)
    let result = try Engine.evaluate(
      policy, task, prompts: call.integer(3, 1...maximumPrompts), samples: samples,
      options: SamplingOptions(
        maxNewTokens: task.maxNewTokens, temperature: try call.number(4), endToken: Tokenizer.endToken,
        seed: try call.seed(5),
        purpose: .evaluation))
    return .object(
      Record([
        "pass1": .number(result.passAtOne), "majority": .number(result.majority),
        "reward": .number(result.reward),
        "length": .number(result.length), "prompts": .number(Double(result.correct.count)),
        "samples": .number(Double(samples)),
        "pass_at": .object(
          DerivedFunction(Signature("pass_at(k)")) { .number(try result.passAt($0.integer(0))) }),
      ]))
  }

  private static let passAt = Builtin(
    .models, "pass_at(k, samples, correct)",
    "the unbiased estimate of pass@k from attempts of which some were right",
    details: "1 - C(n - c, k) / C(n, k): arXiv:2107.03374, eq. (1).", examples: ["pass_at(1, 4, 1)\n#=> 0.25"]
  ) { call in
    .number(try Evaluation.passAt(call.integer(0), samples: call.integer(1), correct: call.integer(2)))
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

  private static let logits = Builtin(
    .models, "logits(policy, tokens)",
    "the logits after each of a list of token numbers, a tensor of tokens by vocabulary",
    examples: ["shape(logits(policy(8, width: 16), [1, 2, 3]))\n#=> [3, 8]"]
  ) { call in
    let tokens = try call.items(1).map { item in
      guard let number = item.asNumber, let token = Int32(exactly: number) else {
        throw call.mismatch(1, "a list of token numbers")
      }
      return token
    }
    let rows = try ModelBuiltins.policy(call, 0).logits(of: tokens)
    return .tensor(try Tensor.stack(rows.map { try Tensor($0.map(Double.init)) }))
  }

  private static let fingerprint = Builtin(
    .models, "fingerprint(policy)", "a hash of weights and optimiser state: equal exactly when every bit is",
    examples: ["fingerprint(policy(8, width: 16)) == fingerprint(policy(8, width: 16))\n#=> true"]
  ) { call in .text(PolicyObject(try ModelBuiltins.policy(call, 0)).fingerprint) }

  // MARK: Arguments

  static func policy(_ call: Call, _ position: Int) throws -> Policy {
    if case .object(let object) = call[position], let run = object as? RunObject,
      case .object(let inner) = run.policy,
      let policy = inner as? PolicyObject
    {
      return policy.policy
    }
    return try call.object(position, PolicyObject.self, "a policy").policy
  }

  static func task(_ call: Call, _ position: Int) throws -> any RewardTask {
    try call.object(position, TaskObject.self, "a task").task
  }
}

/// Arguments of a builtin as the engine's cards take them.
enum EngineParameters {
  /// Those of `parameters`, the first of which is the argument at `start`.
  static func read(
    _ call: Call, _ parameters: [Parameter], from start: Int = 0
  ) throws -> [String: ParameterValue] {
    var given: [String: ParameterValue] = [:]
    for (i, parameter) in zip(start..., parameters) {
      switch call[i] {
      case .none, .missing: break
      case .number(let number): given[parameter.name] = .number(number)
      case .bool(let flag): given[parameter.name] = .number(flag ? 1 : 0)
      case .object:
        if let text = call[i].asText {
          given[parameter.name] = .text(text)
        } else {
          throw call.mismatch(i, parameter.range)
        }
      }
    }
    return given
  }
}

/// How the engine's cards look as text.
enum CardText {
  static func parameters(_ parameters: [Parameter]) -> String {
    parameters.map {
      "`\($0.name)`: \($0.meaning); \($0.range). \($0.source == "" ? "" : "Default from: \($0.source).")"
    }.joined(separator: "\n")
  }
}
