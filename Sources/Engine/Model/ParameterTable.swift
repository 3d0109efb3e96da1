/// A named tensor within a policy's flat weights.
public struct ParameterTensor: Sendable, Hashable {
  /// The name in Hugging Face's layout of Qwen3, such as `model.layers.0.mlp.up_proj.weight`.
  public let name: String
  /// `[out, in]` for matrices, `[width]` for gains.
  public let shape: [Int]
  /// Where it begins.
  public let offset: Int
  /// The number of elements.
  public let count: Int
  let role: Role

  /// What a tensor is for, which decides how it starts and whether it decays.
  enum Role: Sendable {
    case embedding
    case head
    case gain
    case projection
    /// Writes into the residual stream.
    case residualProjection
  }
}

/// Where every tensor lies; query, key and value matrices follow one another, as do gate and up.
struct ParameterTable: Sendable {
  /// Offsets of one block.
  struct Block: Sendable {
    var inputNorm = 0
    var projections = 0
    var queryNorm = 0
    var keyNorm = 0
    var output = 0
    var feedForwardNorm = 0
    var feedForward = FeedForwardOffsets()
  }

  /// Offsets of one feed-forward block.
  struct FeedForwardOffsets: Sendable {
    var gateUp = 0
    var down = 0
  }

  private(set) var tensors: [ParameterTensor] = []
  private(set) var blocks: [Block] = []
  private(set) var embedding = 0
  private(set) var finalNorm = 0
  private(set) var head = 0
  private(set) var count = 0

  init(_ c: PolicyConfiguration) {
    embedding = add("model.embed_tokens.weight", [c.vocabulary, c.width], .embedding)
    for layer in 0..<c.layers {
      let name = "model.layers.\(layer)."
      var block = Block()
      block.inputNorm = add(name + "input_layernorm.weight", [c.width], .gain)
      block.projections = add(name + "self_attn.q_proj.weight", [c.queryWidth, c.width], .projection)
      _ = add(name + "self_attn.k_proj.weight", [c.keyWidth, c.width], .projection)
      _ = add(name + "self_attn.v_proj.weight", [c.keyWidth, c.width], .projection)
      block.output = add(name + "self_attn.o_proj.weight", [c.width, c.queryWidth], .residualProjection)
      block.queryNorm = add(name + "self_attn.q_norm.weight", [c.headWidth], .gain)
      block.keyNorm = add(name + "self_attn.k_norm.weight", [c.headWidth], .gain)
      block.feedForwardNorm = add(name + "post_attention_layernorm.weight", [c.width], .gain)
      block.feedForward.gateUp = add(name + "mlp.gate_proj.weight", [c.ffnWidth, c.width], .projection)
      _ = add(name + "mlp.up_proj.weight", [c.ffnWidth, c.width], .projection)
      block.feedForward.down = add(name + "mlp.down_proj.weight", [c.width, c.ffnWidth], .residualProjection)
      blocks.append(block)
    }
    finalNorm = add("model.norm.weight", [c.width], .gain)
    head =
      c.tiedHead
      ? embedding : add(c.scalarHead ? "score.weight" : "lm_head.weight", [c.outputs, c.width], .head)
  }

  private mutating func add(_ name: String, _ shape: [Int], _ role: ParameterTensor.Role) -> Int {
    let size = shape.reduce(1, *)
    let offset = count
    tensors.append(ParameterTensor(name: name, shape: shape, offset: offset, count: size, role: role))
    count += size
    return offset
  }
}
