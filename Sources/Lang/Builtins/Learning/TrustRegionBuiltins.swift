import Engine

/// Steps that are bounded by a divergence and not by a learning rate.
enum TrustRegionBuiltins {
  static let all: [Builtin] = [trpoStep]

  private static let trpoStep = Builtin(
    .training,
    "trpo_step",
    "one step of TRPO along the natural gradient; the new policy and statistics, as a list of two",
    details: """
      Solves (F + damping I) x = g by conjugate gradients and goes along x to where the quadratic model puts the divergence at `max_kl`; then \
      shortens the step by `shrink`, at most `trials` lengths in all, until the objective rises and the mean KL(pi || pi') over whole next-token \
      distributions is at most `max_kl`. If it never is, the policy stays (`accepted` is 0). g is the gradient of the objective, trpo() unless \
      given; F is the Fisher information of those distributions at the batch's tokens, exact in J^T and by central differences in J.

      Paper: arXiv:1502.05477, section 6 and appendix C. Defaults: Spinning Up and sb3-contrib. `kl` in the statistics is that divergence \
      after the step. The policy's optimiser takes no part and starts afresh. With train: `update: trpo_step, minibatches: 1`.
      """,
    examples: [
      "task = addition()\npi = policy(task, layers: 1, width: 16, heads: 2)\nro = rollout(pi, task, prompts: 4, reward: text => len(text)) | group_norm\npi2, s = trpo_step(pi, ro, max_kl: 0.001)\n[s.accepted, s.kl <= 0.001, s.improvement > 0]\n#=> [1, true, true]"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let batch = parameter("batch", .batch)
    let objective = parameter.optional("objective", .objective)
    let maxKL = parameter("max_kl", .number, 0.01)
    let damping = parameter("damping", .number, 0.1)
    let iterations = parameter("iterations", .integer, 10)
    let trials = parameter("trials", .integer, 10)
    let shrink = parameter("shrink", .number, 0.8)
    return { call in
      let region = try TrustRegion(
        maxKL: call[maxKL], damping: call[damping], iterations: call[iterations], trials: call[trials],
        shrink: call[shrink])
      let result = try trustRegionStep(call[policy], call[batch], region, objective: call[objective])
      return TrainingBuiltins.updated(result.policy, result.statistics)
    }

  }
}
