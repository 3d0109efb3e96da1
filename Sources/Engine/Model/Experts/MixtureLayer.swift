// Experts: the mixture of experts: its layer, who routes what where, what is recorded of it, and the loss that balances
// it.

/// The mixture of experts of Qwen3-MoE: y = x + sum_e w_e W_down,e (silu(W_gate,e n) * W_up,e n), over the best experts
/// e of a router u = W_router n, with n the normalised x (`ExpertRouting`).
///
/// Qwen3 technical report (arXiv:2505.09388, section 2), as in transformers' `Qwen3MoeSparseMoeBlock`. A row's experts
/// are summed in the order of their numbers.
struct MixtureLayer: FeedForwardLayer {
  let mixture: MixtureConfiguration
  /// Its number among the mixture layers.
  let number: Int
  let norm: Weight
  let router: Weight
  /// W_gate, then W_up, of each expert.
  let gateUp: [Weight]
  let down: [Weight]
  let epsilon: Float

  init(_ c: PolicyConfiguration, block: Int, _ name: String, _ table: inout ParameterTable) {
    let mixture = c.mixture ?? MixtureConfiguration(experts: 1, active: 1, width: c.ffnWidth)
    self.mixture = mixture
    number = c.mixtureLayers.firstIndex(of: block) ?? 0
    norm = table.add(name + "post_attention_layernorm.weight", columns: c.width, .gain)
    router = table.add(name + "mlp.gate.weight", rows: mixture.experts, columns: c.width, .router)
    var gateUp: [Weight] = []
    var down: [Weight] = []
    for expert in 0..<mixture.experts {
      let expert = "\(name)mlp.experts.\(expert)."
      gateUp.append(
        table.add(
          [(expert + "gate_proj.weight", mixture.width), (expert + "up_proj.weight", mixture.width)],
          columns: c.width, .projection))
      down.append(
        table.add(expert + "down_proj.weight", rows: c.width, columns: mixture.width, .residualProjection))
    }
    self.gateUp = gateUp
    self.down = down
    epsilon = Float(c.normEpsilon)
  }

  var matrices: [Weight] { [router] + gateUp + down }
  /// Shares of all experts, padded; experts chosen, experts used, and their weights; gates and ups.
  var floatsPerRow: Int { 1 + Softmax.padded(mixture.experts) + mixture.active * (3 + 2 * mixture.width) }

  func pass(
    _ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena
  ) -> any LayerPass {
    MixturePass(self, context, input, output, &arena)
  }
}
