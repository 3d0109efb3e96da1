import Testing

@testable import Lang

/// What reaches an evaluation, a preference and a curve besides the policy.
@Suite struct EvaluationTests {
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, width: 16, heads: 2, layers: 1, seed: 3)

    """

  @Test func `an evaluation takes what a rollout takes`() {
    #expect(
      Session.message(
        EvaluationTests.start
          + """
          e = evaluate(pi, task, samples: 3, prompts: 4, max_tokens: 1, top_k: 2, top_p: 0.5, temperature: 2, reward: text => len(text) / 4)
          expect e.length == 1 and e.samples == 3 and e.reward <= 0.25 and e.reward_se >= 0 and e.pass1 == 0
          greedy = evaluate(pi, task, samples: 2, prompts: 4, temperature: 0)
          expect all(greedy.questions.pass1 == floor(greedy.questions.pass1))
          """) == nil)
  }

  @Test func `a task too small to hold anything out is announced`() throws {
    let (session, host) = Session.collecting()
    try session.run(
      "t = parity(length: 1)\nt\nevaluate(policy(t), t, samples: 1).held_out", name: "test", echoes: true)
    #expect(host.notes.contains { $0.contains("too few questions to hold any out") })
    #expect(host.output.joined().contains("nothing is held out"))
    #expect(host.output.last?.contains("false") == true)
  }

  @Test func `preferences of a rollout at another temperature are scored at one`() {
    let program =
      EvaluationTests.start
      + "ro = rollout(pi, task, prompts: 8, temperature: 1.5, reward: text => len(text))\n"
    #expect(
      Session.message(program + "pairs(ro)")?.contains("are at temperature 1.5, those of preferences at 1")
        == true)
    #expect(
      Session.message(
        program
          + """
          p = pairs(ro, pi, ref: pi)
          expect p.temperature == 1 and all(p.logp == p.ref) and all(p.logp == rescore(p, pi).logp)
          """) == nil)
  }

  /// The filter keeps groups that differ; what it throws away counts in the curve.
  @Test func `a curve's reward is that of all that was drawn`() {
    #expect(
      Session.message(
        EvaluationTests.start
          + """
          fn drawn(seed) = rollout(pi, task, prompts: 8, group: 2, seed: seed, reward: text => if len(text) > 2 { 1 } else { 0 })
          kept = dynamic_sampling(round => drawn([1, 1, round]), 2)
          all_of_it = mean(drawn([1, 1, 1]).reward)
          expect close(mean(kept.drawn_reward), all_of_it) and not close(mean(kept.reward), all_of_it)
          r = train(pi, task, grpo(), steps: 1, seed: 1, collect: (pi, seed) => dynamic_sampling(round => drawn(push(seed, round)), 2))
          expect close(r.curve.reward[0], all_of_it)
          """) == nil)
  }
}
