import Engine

/// Updates of a policy.
enum TrainingBuiltins {
  static let all: [Builtin] = [step, distillStep, average]

  private static let step = Builtin(
    .training, "step",
    "one optimiser update that ascends the objective; the new policy and statistics, as a list of two",
    details: """
      The objective is an objective or a function of a batch. The statistics are a record: `reward`, `objective`, those of `drift` (`kl`, \
      `ratio_max`, `seq_ratio_max`, `silenced`, `ess`, `gate_pos`, `gate_neg` and the others, which mean the same for every objective), \
      `grad_norm` before clipping, and `lr`. All are taken before the update: `drift(rescore(batch, policy), objective)` says what they \
      are after it. On-policy every ratio is exactly 1, and the value of a group-centred objective is near 0 \
      or a constant: look at `grad_norm` and the reward instead. For a mixture of experts there are `churn`, the share of expert choices that are \
      not those behind `old`, and `balance`, the load-balancing loss, of which `balance` times is descended too. `replay` holds experts: "R2" those \
      behind `old`, "R3" those of the sampler (`docs/experts.md`).
      """
  ) { parameter in
    let policy = parameter("policy", .policy)
    let batch = parameter("batch", .batch)
    let objective = parameter("objective", .objective)
    let replay = parameter.optional("replay", Kind<Replay>.choice)
    let balance = parameter("balance", .balance, 0)
    return { call in
      let result = try Engine.step(
        call[policy], call[batch], replay: call[replay], balance: call[balance], objective: call[objective])
      return updated(result.policy, result.statistics)
    }
  }

  private static let distillStep = Builtin(
    .training, "distill_step",
    "one optimiser update towards a teacher's whole next-token distributions; the new policy and statistics, as a list of two",
    details: """
      Descends the mean over the batch's trainable tokens of the generalised Jensen-Shannon divergence between the policy's distribution P and the \
      teacher's Q, at the batch's temperature:

      D = beta KL(Q || M) + (1 - beta) KL(P || M),  M = beta Q + (1 - beta) P

      `beta` 0 is the forward divergence KL(Q || P), 1 the reverse one KL(P || Q). Paper: arXiv:2306.13649, eq. (1); the default is TRL's. The tokens may be the \
      policy's own (on-policy distillation), the teacher's, or a task's `answers`. Statistics: `divergence` before the update, in nats a token, `grad_norm`, `lr`. \
      Where only the teacher's log-probabilities of the sampled tokens are known, or rewards count as well, use the advantage `distill`. With train, whose \
      objective then plays no part: `update: (pi, mb, o) => distill_step(pi, mb, teacher)`.
      """,
    examples: [
      "task = addition()\nteacher = policy(task, seed: 1)\npi = policy(task, lr: 0.003)\nro = rollout(pi, task, prompts: 4)\nfor i in 1..3 { pi, s = distill_step(pi, ro, teacher) }\npi2, later = distill_step(pi, ro, teacher)\nlater.divergence < s.divergence\n#=> true"
    ]
  ) { parameter in
    let policy = parameter("policy", .policy)
    let batch = parameter("batch", .batch)
    let teacher = parameter("teacher", .policy)
    let beta = parameter("beta", .number, 0.5)
    return { call in
      let result = try Engine.distillStep(
        call[policy], call[batch], teacher: call[teacher], GeneralisedJSD(beta: call[beta]))
      return updated(result.policy, result.statistics)
    }
  }

  /// What an update gives: the policy and a record of statistics.
  static func updated(_ policy: Policy, _ statistics: StepStatistics) -> Value {
    let fields = statistics.map { ($0.name, Value.number($0.value)) }
    return .list([.object(PolicyObject(policy)), .object(Record(fields))])
  }

  private static let average = Library.builtin(
    "average", .training, "the mean of every field over a list of records",
    details: "Of a field whose name ends in `_max` the largest, of one in `_min` the least.",
    examples: ["average([{a: 1, r_max: 4}, {a: 3, r_max: 2}])\n#=> {a: 2, r_max: 4}"])
}
