import Engine
import Testing

@testable import Lang

/// Critics, reward models and discriminators from the language.
@Suite struct CriticTests {
  static let start =
    "task = addition(digits: 1)\npi = policy(task, width: 32, heads: 2, layers: 1, seed: 3)\n"

  private func message(_ program: String) -> String? { Session.message(CriticTests.start + program) }

  @Test func `a critic learns what a prompt is worth`() {
    // The reward is known from the prompt alone, so values can explain all of it.
    let program = """
      v = critic(pi, lr: 3e-3)
      fn asked(i) = rollout(pi, task, prompts: 64, group: 1, seed: i, reward: (text, answer, prompt) => prompt[0] == "3")
      for i in 1..60 {
          ro = asked(i) | with_values(v) | gae(lambda: 1)
          v, s = fit_values(v, ro)
          if i == 1 { first = s }
      }
      expect first.explained == 0
      expect s.explained > 0.9
      expect s.loss < first.loss / 5
      """
    #expect(message(program) == nil)
  }

  @Test func `PPO with a critic lifts the reward from a cold start`() {
    let program = """
      task = addition(digits: 2)
      base = policy(task, seed: 0) | sft(task, steps: 300, seed: 0)
      before = evaluate(base, task, samples: 8, seed: 7).pass1
      r = train_ppo(base, critic(base, lr: 1e-3), task, ppo(), steps: 60, seed: 2)
      expect r.learner.critic.updates == 240
      expect evaluate(r, task, samples: 8, seed: 7).pass1 > before + 0.05
      """
    #expect(Session.message(program) == nil)
  }

  @Test func `a run of PPO cut anywhere and carried on is the uncut run`() {
    let program = """
      fn go(pi, v, steps) = train_ppo(pi, v, task, entropy_bonus(ppo(), 0.01), steps: steps, prompts: 8, group: 2, seed: 4)
      r = go(pi, critic(pi), 4)
      half = go(pi, critic(pi), 2)
      rest = go(half.policy, half.learner.critic, 3..4)
      expect fingerprint(rest) == fingerprint(r)
      expect rest.learner.critic.fingerprint == r.learner.critic.fingerprint
      """
    #expect(message(program) == nil)
  }

  @Test func `the entropy bonus keeps a policy less certain`() {
    let program = """
      ro = rollout(pi, task, prompts: 16, seed: 1)
      ro.advantage = zeros(len(ro))
      expect step(pi, ro, ppo())[1].grad_norm == 0
      for i in 1..20 { pi, s = step(pi, ro, entropy_bonus(ppo(), 0.1))
          if i == 1 { first = s } }
      expect s.entropy > first.entropy + 0.01
      """
    #expect(message(program) == nil)
  }

  @Test func `a reward model rewards a rollout, and its scores are those of scores`() {
    let program = """
      rm = reward_model(pi, lr: 3e-3)
      for i in 1..5 { rm, s = fit_reward(rm, rollout(pi, task, prompts: 16, seed: i, reward: text => len(text))) }
      ro = rollout(pi, task, prompts: 4, reward: rm, seed: 9)
      expect all(ro.reward == scores(rm, ro))
      expect any(ro.reward != 0)
      plain = rollout(pi, task, prompts: 4, seed: 9)
      expect plain.text == ro.text
      """
    #expect(message(program) == nil)
  }

  @Test func `a discriminator tells answers from an untrained policy's samples`() {
    let program = """
      d = reward_model(pi, lr: 3e-3)
      for i in 1..40 { d, s = fit_discriminator(d, answers(pi, task, prompts: 32, seed: i), rollout(pi, task, prompts: 32, group: 1, seed: i)) }
      expect s.accuracy > 0.8
      """
    #expect(message(program) == nil)
  }

  @Test(arguments: [
    ("rollout(pi, task, prompts: 2) | gae", "no `values`"),
    ("fit_values(critic(pi), rollout(pi, task, prompts: 2))", "no returns to fit"),
    (
      "fit_values(critic(pi), rollout(pi, task, prompts: 2) | with_values(critic(pi)) | gae, clip: 0)",
      "clip has to be a number above 0"
    ),
    ("with_values(batch(logp: [[-1]]), critic(pi))", "has no tokens"),
    ("fit_reward(reward_model(pi), rollout(pi, task, prompts: 2, reward: t => 1))", "one is preferred"),
    ("fit_reward(pi, rollout(pi, task, prompts: 2))", "a critic or a reward model"),
    ("critic(pi, lr: -1)", "lr is"),
    ("entropy_bonus(ppo(), 0.1)(batch(logp: [[-1]], advantage: [1]))", "the batch has no `entropy`"),
    ("entropy_bonus(ppo(), -1)", "coefficient has to be a number from 0, got -1"),
  ])
  func `what is missing or wrong is named`(program: String, part: String) {
    let text = message(program) ?? "no error"
    #expect(text.contains(part), "\(text)")
  }
}
