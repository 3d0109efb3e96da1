import Engine

/// Tasks, policies, rollouts, evaluation.
enum ModelBuiltins {
  static let all: [Builtin] =
    tasks + [policy, withOptimizer, rounded, load, sft, evaluate, logits, fingerprint, passAt]

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

  /// What says how gradients become updates.
  static let optimizerParameters =
    "lr = 0.0003, optimizer = \"adamw\", weight_decay = 0, clip_norm = 1, momentum = 0, warmup = 0, decay = \"constant\", decay_steps = none, final = 0"

  static let optimizerDetails = """
    `optimizer` is "adamw" (betas 0.9 and 0.999, eps 1e-8) or "sgd" with `momentum`. Gradients longer than `clip_norm` are \
    shortened to it; `none` leaves them. The learning rate rises over `warmup` updates and then is "constant" or falls \
    "linear"ly or along a "cosine" until update `decay_steps`, to `final` of itself.
    """

  private static let policy = Builtin(
    .models,
    "policy(task, layers = 2, width = 64, heads = 4, kv_heads = none, head_width = none, ffn_width = none, tied = false, rope_base = 10000, \(optimizerParameters), seed = 0)",
    "a causal transformer of Qwen3's shape with fresh weights, for the tokens of a task",
    details: """
      `kv_heads` is `heads`, `head_width` is width / heads and `ffn_width` three times the width unless given. \
      \(optimizerDetails) In place of a task, `task` may be a number of tokens.
      """,
    examples: ["policy(addition(), layers: 1, width: 16, heads: 2).layers\n#=> 1"]
  ) { call in
    let vocabulary: Int
    var tokenizer: Tokenizer?
    if case .object(let object) = call[0], let task = object as? TaskObject {
      tokenizer = task.task.tokenizer
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
      PolicyObject(
        try Policy(
          configuration: configuration, seed: call.seed(18), optimizer: optimizer(call, 9),
          tokenizer: tokenizer)))
  }

  /// The optimiser that `optimizerParameters` describe, which begin at argument `first`.
  static func optimizer(_ call: Call, _ first: Int) throws -> OptimizerConfiguration {
    let method: OptimizerConfiguration.Method
    switch try call.text(first + 1) {
    case "adamw": method = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    case "sgd": method = .sgd(momentum: try call.number(first + 4))
    default: throw call.mismatch(first + 1, "\"adamw\" or \"sgd\"")
    }
    let decay: LearningRateSchedule.Decay
    let name = try call.text(first + 6)
    if name == "constant" {
      decay = .constant
    } else {
      guard let steps = try call.optionalInteger(first + 7, 1...Int.max) else {
        throw call.failure("decay \"\(name)\" needs `decay_steps`")
      }
      switch name {
      case "linear": decay = .linear(steps: steps, final: try call.number(first + 8))
      case "cosine": decay = .cosine(steps: steps, final: try call.number(first + 8))
      default: throw call.mismatch(first + 6, "\"constant\", \"linear\" or \"cosine\"")
      }
    }
    return OptimizerConfiguration(
      method, learningRate: try call.number(first),
      schedule: LearningRateSchedule(warmup: try call.integer(first + 5, 0...Int.max), decay: decay),
      weightDecay: try call.number(first + 2),
      clipNorm: try call.optionalNumber(first + 3))
  }

  private static let withOptimizer = Builtin(
    .models, "with_optimizer(policy, \(optimizerParameters))",
    "the same weights under another optimiser, which starts afresh",
    details: optimizerDetails,
    examples: ["with_optimizer(policy(8, width: 16), lr: 0.01).lr\n#=> 0.01"]
  ) { call in
    .object(PolicyObject(try ModelBuiltins.policy(call, 0).withFreshOptimizer(optimizer(call, 1))))
  }

  private static let rounded = Builtin(
    .models, "rounded(policy, format)",
    "the policy with weights as an inference engine would hold them: \"bfloat16\", \"float16\" or \"int8\"",
    details: """
      A sampler that is not quite the trainer: `rescore(rollout(rounded(pi, "int8"), task), pi, old: true)` is a rollout of it as the trainer \
      sees it, for tis, mis and seq_mask. "bfloat16" and "float16" round every weight to the nearest; "int8" rounds each row of the projections to \
      multiples of a 127th of its largest weight and leaves embedding, head and gains. Activations stay in single precision. The optimiser \
      starts afresh.
      """,
    examples: [
      "pi = policy(8, width: 16)\nround(1000 * max(abs(logits(rounded(pi, \"float16\"), [1]) - logits(pi, [1])))) < 10\n#=> true"
    ]
  ) { call in
    guard let format = WeightFormat(rawValue: try call.text(1)) else {
      throw call.mismatch(1, WeightFormat.allCases.map { Text.quoted($0.rawValue) }.joined(separator: ", "))
    }
    return .object(PolicyObject(try policy(call, 0).rounded(to: format)))
  }

  private static let load = Builtin(
    .models, "load(path)",
    "the policy, critic or reward model in a folder that `save`, or transformers for a dense Qwen3, has written",
    details: """
      A folder of `save` gives the model as it was, with its optimiser and that one's state, bit for bit, so that training goes on as if \
      it had never stopped. A folder of transformers (`Qwen3ForCausalLM`; float32, bfloat16 or float16; one `model.safetensors` or shards \
      with an index; the head tied or not) gives its weights in single precision under a fresh AdamW; `with_optimizer` gives it another. \
      A `Qwen3ForSequenceClassification` with one label gives a reward model. \
      Whatever is wrong with a file is found before memory is taken, and named.
      """,
    isCommand: true
  ) { call in
    switch try SavedModel.load(call.text(0)) {
    case .policy(let policy): .object(PolicyObject(policy))
    case .scalar(let model): .object(ScalarModelObject(model))
    }
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
      policy, task, steps: steps, batch: call.integer(4, 1...RolloutBuiltins.maximumPrompts),
      learningRate: call.number(3),
      seed: call.seed(5)
    ) { done, loss in
      recorder.progress(
        Progress(
          "sft", fraction: Double(done) / Double(max(1, steps)),
          detail: "loss \(Printing.number(loss, digits: 4))"))
    }
    return .object(PolicyObject(result.policy))
  }

  // MARK: Evaluation

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
      policy, task, prompts: call.integer(3, 1...RolloutBuiltins.maximumPrompts), samples: samples,
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
  ) { call in .text(try ModelBuiltins.policy(call, 0).fingerprintDigits) }

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
