import Engine

/// Policies and their cold start.
enum ModelBuiltins {
  static let all: [Builtin] = [
    policy, withOptimizer, rounded, load, sft, encode, decode, logits, fingerprint,
  ]

  // MARK: Policies

  private static let policy = Builtin(
    .models, "policy", "a causal transformer of Qwen3's shape with fresh weights, for the tokens of a task",
    details: """
      `kv_heads` is `heads`, `head_width` is width / heads and `ffn_width` three times the width unless given. \
      With `experts` the feed-forward layers are mixtures of so many experts, as in Qwen3-MoE, of which each token goes through the `active` \
      best; `dense_layers`, a list of layer numbers from 0, stay dense. `expert_width` is ffn_width / active unless given, so that a token meets as many \
      weights as in the dense policy. The weights of the active experts are divided by their sum, unless `normalized` is false. \
      \(OptimizerArguments.details) In place of a task, `task` may be a number of tokens.
      """,
    examples: [
      "policy(addition(), layers: 1, width: 16, heads: 2).layers\n#=> 1",
      "pi = policy(addition(), experts: 16, active: 4)\n[pi.parameters, pi.active_parameters]\n#=> [331776, 110592]",
    ]
  ) { parameter in
    let tokens = parameter("task", .taskOrTokens)
    let layers = parameter("layers", .integer, 2)
    let width = parameter("width", .integer, 64)
    let heads = parameter("heads", .integer, 4)
    let kvHeads = parameter.optional("kv_heads", .integer)
    let headWidth = parameter.optional("head_width", .integer)
    let ffnWidth = parameter.optional("ffn_width", .integer)
    let tied = parameter("tied", .flag, false)
    let experts = parameter.optional("experts", .integer)
    let active = parameter("active", .integer, 4)
    let expertWidth = parameter.optional("expert_width", .integer)
    let denseLayers = parameter.optional("dense_layers", .layers)
    let normalized = parameter("normalized", .flag, true)
    let ropeBase = parameter("rope_base", .number, 10000)
    let optimizer = OptimizerArguments(parameter)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let tokens = try call[tokens]
      var configuration = PolicyConfiguration(
        vocabulary: tokens.count, layers: try call[layers], width: try call[width], heads: try call[heads],
        kvHeads: try call[kvHeads], headWidth: try call[headWidth], ffnWidth: try call[ffnWidth],
        ropeBase: try call[ropeBase], tiedHead: try call[tied])
      if let experts = try call[experts] {
        let active = try call[active]
        configuration.mixture = MixtureConfiguration(
          experts: experts, active: active,
          width: try call[expertWidth] ?? max(1, configuration.ffnWidth / max(1, active)),
          normalized: try call[normalized], denseLayers: try call[denseLayers] ?? [])
      }
      return .object(
        PolicyObject(
          try Policy(
            configuration: configuration, seed: call[seed], optimizer: optimizer(call),
            tokenizer: tokens.tokenizer)))
    }
  }

  private static let withOptimizer = Builtin(
    .models, "with_optimizer", "the same weights under another optimiser, which starts afresh",
    details: OptimizerArguments.details,
    examples: ["with_optimizer(policy(8, width: 16), lr: 0.01).lr\n#=> 0.01"]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let optimizer = OptimizerArguments(parameter)
    return { call in .object(PolicyObject(try call[policy].withFreshOptimizer(optimizer(call)))) }
  }

  private static let rounded = Builtin(
    .models, "rounded",
    "the policy with weights as an inference engine would hold them: \"bfloat16\", \"float16\", \"int8\" or \"int4\"",
    details: """
      A sampler that is not quite the trainer: `rescore(rollout(rounded(pi, "int8"), task), pi, old: true)` is a rollout of it as the trainer \
      sees it, for tis, mis and seq_mask. "bfloat16" and "float16" round every weight to the nearest; "int8" rounds each row of the projections to \
      multiples of a 127th of its largest weight and leaves embedding, head, routers and gains; "int4" has a 7th for the 127th. Activations stay in single precision. The optimiser \
      starts afresh.
      """,
    examples: [
      "pi = policy(8, width: 16)\nround(1000 * max(abs(logits(rounded(pi, \"float16\"), [1]) - logits(pi, [1])))) < 10\n#=> true"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let format = parameter("format", Kind<WeightFormat>.choice)
    return { call in .object(PolicyObject(try call[policy].rounded(to: call[format]))) }
  }

  private static let load = Builtin(
    .models, "load",
    "the policy, critic or reward model in a folder that `save`, or transformers for a Qwen3 or a Qwen3-MoE, has written",
    details: """
      A folder of `save` gives the model as it was, with its optimiser and that one's state, bit for bit, so that training goes on as if \
      it had never stopped. A folder of transformers (`Qwen3ForCausalLM` or `Qwen3MoeForCausalLM`; float32, bfloat16 or float16; one `model.safetensors` or shards \
      with an index; the head tied or not) gives its weights in single precision under a fresh AdamW; `with_optimizer` gives it another. \
      A `Qwen3ForSequenceClassification` with one label gives a reward model. \
      Whatever is wrong with a file is found before memory is taken, and named.
      """,
    isCommand: true
  ) { parameter in
    let path = parameter("path", .path)
    return { call in
      switch try SavedModel.load(call[path]) {
      case .policy(let policy): .object(PolicyObject(policy))
      case .scalar(let model): .object(ScalarModelObject(model))
      }
    }
  }

  private static let sft = Builtin(
    .models, "sft",
    "a supervised cold start: steps on a task's own answers",
    details: """
      Uses an AdamW of its own; the policy that comes back has its own optimiser, still fresh. `balance` is the weight of a loss that \
      makes a mixture of experts use them alike (`docs/experts.md`).
      """
  ) { parameter in
    let policy = parameter("policy", .policy)
    let task = parameter("task", .task)
    let steps = parameter("steps", .count, 300)
    let learningRate = parameter("lr", .number, 0.001)
    let batch = parameter("batch", .promptCount, 64)
    let balance = parameter("balance", .balance, 0)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let steps = try call[steps]
      let recorder = call.interpreter.recorder
      defer { recorder.progress(nil) }
      let result = try coldStart(
        call[policy], call[task], steps: steps, batch: call[batch], learningRate: call[learningRate],
        balance: call[balance], seed: call[seed]
      ) { done, loss in
        recorder.progress(
          Progress(
            "sft", fraction: Double(done) / Double(max(1, steps)),
            detail: "loss \(Printing.number(loss, digits: 4))"))
      }
      return .object(PolicyObject(result.policy))
    }
  }

  // MARK: Looking inside
  private static let encode = Builtin(
    .models, "encode", "the tokens of a text, as numbers, without an end token",
    examples: ["task = addition()\ndecode(task, encode(task, \"1+2=\"))\n#=> \"1+2=\""]
  ) { parameter in
    let tokenizer = parameter("of", .tokenizer)
    let text = parameter("text", .text)
    return { call in .numbers(try call[tokenizer].encode(call[text]).map(Double.init)) }
  }

  private static let decode = Builtin(
    .models, "decode", "the text of tokens up to the first end token",
    examples: [
      "task = addition()\nro = rollout(policy(task), task, prompts: 1)\ndecode(task, ro[0].prompt_tokens) == ro[0].prompt\n#=> true"
    ]
  ) { parameter in
    let tokenizer = parameter("of", .tokenizer)
    let tokens = parameter("tokens", .tokens)
    return { call in .text(try call[tokenizer].decode(call[tokens])) }
  }

  private static let logits = Builtin(
    .models, "logits",
    "the logits after each of a list of token numbers, a tensor of tokens by vocabulary",
    examples: ["shape(logits(policy(8, width: 16), [1, 2, 3]))\n#=> [3, 8]"]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let tokens = parameter("tokens", .tokens)
    return { call in
      let rows = try call[policy].logits(of: call[tokens])
      return .tensor(try Tensor.stack(rows.map { try Tensor($0.map(Double.init)) }))
    }
  }

  private static let fingerprint = Builtin(
    .models, "fingerprint", "a hash of weights and optimiser state: equal exactly when every bit is",
    examples: ["fingerprint(policy(8, width: 16)) == fingerprint(policy(8, width: 16))\n#=> true"]
  ) { parameter in
    let policy = parameter("policy", .policy)
    return { call in .text(try call[policy].fingerprintDigits) }
  }
}

extension Kind where T == any Tokenizer {
  /// The tokenizer of a task or of a policy.
  static var tokenizer: Kind {
    Kind("a task, or a policy that has a tokenizer") { value, _ in
      value.as(TaskObject.self)?.task.tokenizer ?? value.as(PolicyObject.self)?.policy.tokenizer
    }
  }
}

extension Kind where T == Set<Int> {
  /// Numbers of layers.
  static var layers: Kind {
    Kind("a list of layer numbers, from 0") { value, _ in
      guard let items = try Iteration.items(value) else { return nil }
      let numbers = items.compactMap { $0.asNumber.flatMap(Int.init(exactly:)) }
      return numbers.count == items.count ? Set(numbers) : nil
    }
  }
}

extension Kind where T == Double {
  /// The weight of the load-balancing loss.
  static var balance: Kind {
    Kind("a number from 0") { value, _ in value.asNumber.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil } }
  }
}
