/// `config.json` of transformers' `Qwen3ForCausalLM`, which has exactly the policy's architecture, and of
/// `Qwen3ForSequenceClassification` with one label, which has that of a critic or a reward model.
extension PolicyConfiguration {
  /// The sizes that a file gives; throws where it describes another model, or one that is no Qwen3 any more.
  init(qwen3 config: JSONFields) throws(EngineError) {
    let feedForward = try PolicyConfiguration.feedForward(config)
    try PolicyConfiguration.requirePlainQwen3(config)
    let rope = try PolicyConfiguration.plainRope(config)
    let scalarHead = try PolicyConfiguration.hasScalarHead(config)
    self.init(
      vocabulary: try config.integer("vocab_size"), layers: try config.integer("num_hidden_layers"),
      width: try config.integer("hidden_size"), heads: try config.integer("num_attention_heads"),
      kvHeads: try config.optionalInteger("num_key_value_heads"), headWidth: try config.integer("head_dim"),
      ffnWidth: try config.integer("intermediate_size"),
      ropeBase: try rope.number("rope_theta"),
      normEpsilon: try config.number("rms_norm_eps"),
      tiedHead: scalarHead ? false : try config.flag("tie_word_embeddings"))
    self.feedForward = feedForward
    head = scalarHead ? .scalar : .tokens
    do throws(EngineError) {
      try validate()
    } catch {
      throw EngineError(error.kind, config.operation, "\(config.place): \(error.message)", hint: error.hint)
    }
  }

  private static func feedForward(_ config: JSONFields) throws(EngineError) -> FeedForwardKind {
    let model = try config.text("model_type")
    let kinds = FeedForwardKind.allCases
    guard let kind = kinds.first(where: { $0.modelType == model }) else {
      let known = kinds.map { JSON.quoted($0.modelType) }.joined(separator: " or ")
      throw config.failure("`model_type` is \(JSON.quoted(model)), expected \(known)")
    }
    return kind
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

  private static let policyArchitecture = "Qwen3ForCausalLM"
  private static let scalarArchitecture = "Qwen3ForSequenceClassification"

  /// Whether the head gives one number a position, and not one a token of the vocabulary.
  private static func hasScalarHead(_ config: JSONFields) throws(EngineError) -> Bool {
    guard let architectures = try config.texts("architectures") else { return false }
    if architectures.contains(policyArchitecture) { return false }
    guard architectures.contains(scalarArchitecture) else {
      throw config.failure(
        "`architectures` is \(architectures), expected \(JSON.quoted(policyArchitecture)) or "
          + JSON.quoted(scalarArchitecture))
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

  /// The file for these sizes; `endToken` ends a text where the policy has tokens of its own.
  func qwen3(endToken: Int32?) -> JSON {
    let end = endToken.map { JSON(Int($0)) } ?? .null
    let scalarHead = head == .scalar
    let architecture =
      scalarHead ? PolicyConfiguration.scalarArchitecture : PolicyConfiguration.policyArchitecture
    return [
      "architectures": [.string(architecture)], "model_type": .string(feedForward.modelType),
      "vocab_size": JSON(vocabulary), "hidden_size": JSON(width), "intermediate_size": JSON(ffnWidth),
      "num_hidden_layers": JSON(layers), "num_attention_heads": JSON(heads),
      "num_key_value_heads": JSON(kvHeads), "head_dim": JSON(headWidth), "hidden_act": "silu",
      "rms_norm_eps": .number(normEpsilon), "rope_theta": .number(ropeBase),
      "rope_parameters": ["rope_type": "default", "rope_theta": .number(ropeBase)],
      "max_position_embeddings": 32768, "attention_bias": false, "attention_dropout": 0,
      "use_sliding_window": false, "tie_word_embeddings": .bool(tiedHead), "use_cache": true,
      "dtype": "float32", "torch_dtype": "float32",
      "id2label": scalarHead ? ["0": "score"] : .null, "label2id": scalarHead ? ["score": 0] : .null,
      // A score is read after the last token. Were the end the padding, transformers would read before it.
      "bos_token_id": .null, "eos_token_id": end, "pad_token_id": scalarHead ? .null : end,
    ]
  }
}
