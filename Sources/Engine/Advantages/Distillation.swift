extension Advantage {
  static let distillationCard = AdvantageCard(
    name: "distill",
    summary: "how much likelier a teacher finds each token than the policy did: on-policy distillation",
    equation: "A_it = sum_{u >= t} gamma^(u - t) (ref_iu - old_iu),   ref the teacher's log-probabilities",
    paper: "arXiv:2306.13649 (on-policy, reverse KL); as a policy gradient: arXiv:2306.08543",
    objective: "reinforce(aggregate: \"token_mean\")",
    conventions: [
      "the expected gradient of reinforce is that of -KL(policy || teacher): of whole sequences at gamma 1, of each token "
        + "by itself at gamma 0",
      "one sampled token stands for the sum over the vocabulary, so the teacher's log-probability of it is enough",
      "rewards play no part; `b.advantage = distill(b).advantage + group_norm(b).advantage` has both",
      "a teacher with another alphabet is refused where `ref` is taken",
    ],
    edgeCases: ["a batch without ref is an error", "where teacher and policy agree it is exactly 0"]
  ) { parameter in
    let gamma = parameter(
      "gamma", 0, symbol: "gamma", "how far a token answers for the divergence of those after it",
      source: "Thinking Machines, On-Policy Distillation (2025): 0", .share)
    return { batch, arguments in
      let differences = try (batch.require(.ref, for: "distill") - batch.old).detached.values
      let advantages = try toGo(differences, batch.rows, discount: arguments[gamma])
      return try batch.with(
        .advantage, Tensor(finite(advantages, "advantage", "distill"), shape: .tokens(batch.rows)))
    }
  }
}
