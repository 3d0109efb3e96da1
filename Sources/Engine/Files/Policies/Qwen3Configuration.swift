/// `config.json` of transformers' `Qwen3ForCausalLM` and `Qwen3MoeForCausalLM`, which have exactly the policy's
/// architecture, and of `Qwen3ForSequenceClassification` and its mixture with one label, which have that of a critic or
/// a reward model.
extension PolicyConfiguration {
  /// The sizes that a file gives; throws where it describes another model, or one that is no Qwen3 any more.
  init(qwen3 config: JSONFields) throws(EngineError) {
    let kind = try PolicyConfiguration.kind(config)
    try PolicyConfiguration.requirePlainQwen3(config)
    let rope = try PolicyConfiguration.plainRope(config)
    let scalarHead = try PolicyConfiguration.hasScalarHead(config, kind)
    self.init(
      vocabulary: try config.integer("vocab_size"), layers: try config.integer("num_hidden_layers"),
      width: try config.integer("hidden_size"), heads: try config.integer("num_attention_heads"),
      kvHeads: try config.optionalInteger("num_key_value_heads"), headWidth: try config.integer("head_dim"),
      ffnWidth: try config.integer("intermediate_size"),
      ropeBase: try rope.number("rope_theta"),
      normEpsilon: try config.number("rms_norm_eps"),
      tiedHead: scalarHead ? false : try config.flag("tie_word_embeddings"))
    if kind == .mixture { mixture = try PolicyConfiguration.mixture(config, layers: layers) }
    head = scalarHead ? .scalar : .tokens
    do throws(EngineError) {
      try validate()
    } catch {
      throw EngineError(error.kind, config.operation, "\(config.place): \(error.message)", hint: error.hint)
    }
  }

  /// The models of transformers that a policy can be.
  private enum ModelKind: String, CaseIterable {
    case dense = "qwen3"
    case mixture = "qwen3_moe"

    /// What the names of its architectures begin with.
    private var prefix: String { self == .dense ? "Qwen3" : "Qwen3Moe" }
    var policyArchitecture: String { prefix + "ForCausalLM" }
    var scalarArchitecture: String { prefix + "ForSequenceClassification" }
  }

  private var kind: ModelKind { mixture == nil ? .dense : .mixture }

  private static func kind(_ config: JSONFields) throws(EngineError) -> ModelKind {
    let model = try config.text("model_type")
    guard let kind = ModelKind(rawValue: model) else {
      let known = ModelKind.allCases.map { JSON.quoted($0.rawValue) }.joined(separator: " or ")
      throw config.failure("`model_type` is \(JSON.quoted(model)), expected \(known)")
    }
    return kind
  }

  /// The mixture that a file describes; what it leaves out has the defaults of transformers.
  ///
  /// A block is dense where `mlp_only_layers` has it, or where its number, counted from 1, is no multiple of
  /// `decoder_sparse_step`.
  private static func mixture(_ config: JSONFields, layers: Int) throws(EngineError) -> MixtureConfiguration {
    let step = try config.optionalInteger("decoder_sparse_step") ?? 1
    guard step >= 1 else { throw config.failure("`decoder_sparse_step` is \(step), expected at least 1") }
    let dense = try config.integers("mlp_only_layers") ?? []
    let blocks = 0..<max(0, min(layers, mostLayers))
    // Transformers 5 calls it num_local_experts, before it was num_experts.
    let name = config["num_local_experts"] == nil ? "num_experts" : "num_local_experts"
    return MixtureConfiguration(
      experts: try config.integer(name), active: try config.integer("num_experts_per_tok"),
      width: try config.integer("moe_intermediate_size"), normalized: try config.flag("norm_topk_prob"),
      denseLayers: Set(blocks.filter { dense.contains($0) || ($0 + 1) % step != 0 }))
  }

  private static func requirePlainQwen3(_ config: JSONFields) throws(EngineError) {
    if let activation = try config.optionalText("hidden_act"), activation != "silu" {
      throw config.failure("`hidden_act` is \(JSON.quoted(activation)), but a policy has \"silu\"")
    }
    for name in ["attention_bias", "use_sliding_window"] where try config.flag(name) {
      throw config.failure("`\(name)` is true, which a policy cannot have")
    }
    if let kind = try config.texts("layer_types")?.first(where: { $0 != "full_attention" }) {
      throw config.failure("`layer_types` has \(JSON.quoted(kind)), but a policy has \"full_attention\" only")
    }
    if config["quantization_config"] != nil {
      throw config.failure("the weights are quantised", hint: "save them in float32, bfloat16 or float16")
    }
  }

  /// Whether the head gives one number per position, and not one per token of the vocabulary.
  private static func hasScalarHead(_ config: JSONFields, _ kind: ModelKind) throws(EngineError) -> Bool {
    guard let architectures = try config.texts("architectures") else { return false }
    if architectures.contains(kind.policyArchitecture) { return false }
    guard architectures.contains(kind.scalarArchitecture) else {
      throw config.failure(
        "`architectures` is \(architectures), expected \(JSON.quoted(kind.policyArchitecture)) or "
          + JSON.quoted(kind.scalarArchitecture))
    }
    let labels = try config.fields("id2label")?.names.count ?? 2
    guard labels == 1 else {
      throw config.failure("the head has \(labels) labels, but a critic or a reward model has one")
    }
    return true
  }

  /// The fields that say how positions rotate: in `rope_parameters` since transformers 5, before among the rest.
  private static func plainRope(_ config: JSONFields) throws(EngineError) -> JSONFields {
    var place = config
    for name in ["rope_scaling", "rope_parameters"] {
      guard let rope = try config.fields(name) else { continue }
      if rope["rope_theta"] != nil { place = rope }
      for name in ["rope_type", "type"] {
        guard let type = try rope.optionalText(name), type != "default" else { continue }
        throw rope.failure(
          "`\(name)` is \(JSON.quoted(type)), but a policy has \"default\" positions only")
      }
    }
    return place
  }

  /// The file for these sizes and weights of `type`; `endToken` ends a text where the policy has tokens of its own.
  func qwen3(endToken: Int32?, _ type: SafetensorsType) -> JSON {
    let end = endToken.map { JSON(Int($0)) } ?? .null
    let scalarHead = head == .scalar
    let architecture = scalarHead ? kind.scalarArchitecture : kind.policyArchitecture
    let fields: JSON = [
      "architectures": [.string(architecture)], "model_type": .string(kind.rawValue),
      "vocab_size": JSON(vocabulary), "hidden_size": JSON(width), "intermediate_size": JSON(ffnWidth),
      "num_hidden_layers": JSON(layers), "num_attention_heads": JSON(heads),
      "num_key_value_heads": JSON(kvHeads), "head_dim": JSON(headWidth), "hidden_act": "silu",
      "rms_norm_eps": .number(normEpsilon), "rope_theta": .number(ropeBase),
      "rope_parameters": ["rope_type": "default", "rope_theta": .number(ropeBase)],
      "max_position_embeddings": 32768, "attention_bias": false, "attention_dropout": 0,
      "use_sliding_window": false, "tie_word_embeddings": .bool(tiedHead), "use_cache": true,
      "dtype": .string(type.name), "torch_dtype": .string(type.name),
      "id2label": scalarHead ? ["0": "score"] : .null, "label2id": scalarHead ? ["score": 0] : .null,
      // A score is read after the last token. Were the end the padding, transformers would read before it.
      "bos_token_id": .null, "eos_token_id": end, "pad_token_id": scalarHead ? .null : end,
    ]
    guard let mixture, case .object(let common) = fields, case .object(let own) = mixture.qwen3 else {
      return fields
    }
    return .object(common + own)
  }
}

extension MixtureConfiguration {
  /// What a file of a mixture has beside the fields of a dense model.
  fileprivate var qwen3: JSON {
    [
      "num_experts": JSON(experts), "num_local_experts": JSON(experts), "num_experts_per_tok": JSON(active),
      "moe_intermediate_size": JSON(width),
      "norm_topk_prob": .bool(normalized), "decoder_sparse_step": 1,
      "mlp_only_layers": .array(denseLayers.sorted().map { JSON($0) }), "output_router_logits": false,
      "router_aux_loss_coef": .number(0.001),
    ]
  }
}
