import Testing

@testable import Lang

/// What of the algorithms is missing or impossible is refused with a sentence that says what to give.
///
/// `ParameterTests` has every wrong value of every parameter of objectives and advantages; here is what cards do not
/// say.
@Suite struct MisuseTests {
  /// `b` has two groups of one, `solved` equal rewards, `sampled` a sampler, `pair` no reference, `ro` all but a
  /// reference.
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, width: 16, heads: 2, layers: 1, seed: 3)
    b = batch(logp: [[-1], [-2, -1]], reward: [1, 0], group: [0, 1])
    solved = batch(logp: [[-1], [-2]], reward: [1, 1])
    sampled = batch(logp: [[-1], [-2]], sampler: [[-1], [-2.1]])
    pair = batch(logp: [[-1], [-2]], pair: 2, chosen: [1, 0])
    referred = batch(logp: [[-1], [-2]], ref: [[-1], [-2]], pair: 2, chosen: [1, 0])
    ro = rollout(pi, task, prompts: 2, group: 2, seed: 1, reward: text => len(text)) | with_values(critic(pi)) | gae

    """

  static let cases = [
    ("sapo(tau_pos: 0)", "tau_pos has to be a number above 0, got 0"),
    ("grpo(clip: -0.1)", "clip has to be a number from 0 and below 1, got -0.1"),
    ("soft_overlong(b, 10, 0)", "buffer has to be above 0 and at most the limit of 10, got 0"),
    ("soft_overlong(b, nan, 1)", "limit has to be a number above 0, got nan"),
    ("rloo(b)", "a group of one has no others to be compared with"),
    ("grpo_passk(b)", "a group of one has no second best"),
    ("gae(b)", "no `values` (a critic's value of the state before the token)"),
    ("remax(b)", "has no `greedy_reward`"),
    ("reinforce_pp(b, beta: 0.1)", "no log-probabilities of a reference"),
    ("tis(b)", "no `sampler`"),
    ("tis(sampled, cap: 0)", "cap has to be a number above 0, got 0"),
    ("mis(sampled, low: 3, high: 2)", "low has to be a number from 0 and below high, got low: 3 and high: 2"),
    ("seq_mask(sampled, low: nan)", "got low: nan and high: 2"),
    ("kl_in_reward(b, 0.1)", "no `ref`"),
    ("kl_in_reward(b, -1)", "beta has to be a number from 0, got -1"),
    ("top_entropy(b)", "the batch has no `entropy`"),
    ("top_entropy(b, nan)", "share has to be above 0 and at most 1, got nan"),
    ("overlong_filter(b)", "no `truncated`"),
    ("grpo(beta: 0.1)(group_norm(b))", "beta is 0.1, but the batch has no log-probabilities of a reference"),
    ("entropy_bonus(ppo)", "`ppo` makes an objective"),
    ("entropy_bonus(3)", "must be an objective or a function of a batch"),
    ("reject(b)", "no `sampler`"),
    ("reject(sampled, \"k1\", high: 0)", "high has to be above low, got low: 0 and high: 0"),
    ("grpo()(b)", "the batch has no `advantage`"),
    ("dpo()(b)", "the batch has no `pair`"),
    ("dpo()(pair)", "no `ref`"),
    ("kto()(pair)", "no `ref`"),
    ("kto()(referred)", "no `mismatched`"),
    ("pairs(batch(logp: [[-1], [-2]], reward: [1, 1]))", "no group has completions whose rewards differ"),
    ("pairs(\"pairs.jsonl\")", "need a policy that scores them"),
    ("train(pi, task, dpo(), steps: 1, prompts: 2)", "no `pair` (number of the pair"),
    ("dynamic_sampling(i => b, 0)", "groups and rounds have to be at least 1, got 0 and 10"),
    ("dynamic_sampling(i => b, 2, rounds: nan)", "groups and rounds have to be at least 1"),
    ("dynamic_sampling(i => solved, 2, rounds: 3)", "3 rounds gave 0 of 2 groups"),
    ("kl_controller(0.1, 1, 0, 10)", "target and horizon have to be above 0, got 0 and 10000"),
    ("train_ppo(pi, critic(pi), task, ppo(), steps: 1, prompts: 2, target_kl: 0.1)", "give ref: policy"),
    ("fit_values(critic(pi), b)", "no returns to fit"),
    ("fit_reward(reward_model(pi), ro, margin: nan)", "margin has to be a finite number"),
    ("fit_reward(reward_model(pi), ro, centre: -1)", "centre one from 0"),
    ("fit_values(critic(pi), ro, clip: nan)", "clip has to be a number above 0, got nan"),
    ("trpo_step(pi, ro, max_kl: 0)", "max_kl has to be a number above 0, got 0"),
    ("gdpo(b, [b.reward], weights: [])", "1 rewards and 0 weights do not go together"),
    ("step(pi, group_norm(b), grpo())", "has no tokens"),
    ("plot_gates([dpo()])", "dpo has no gate"),
    ("minibatches(b, 3)", "cannot make 3 parts"),
    ("compare([grpo()], b)", "the batch has no `advantage`"),
    ("gated((r, A) => r, tau: 1)", "tau"),
    ("group_norm(batch(logp: [[-1]], reward: [nan]))", "the reward of sequence 0 is nan"),
  ]

  @Test(arguments: cases) func `a misuse is refused with what to give`(call: String, sentence: String) {
    let text = Session.message(MisuseTests.start + call) ?? "no error"
    #expect(text.contains(sentence), "\(text)")
  }
}
