import Engine
import Testing

@testable import Lang

/// Training from the language: the same bits always, and learning.
///
/// One at a time: they set the number of threads.
@Suite(.serialized) struct LanguageTrainingTests {
  /// A short run: cold start, six steps of four updates; the fingerprint of what comes out, and the last reward.
  static let run = """
    task = addition(digits: 1)
    base = policy(task, width: 32, seed: 3) | sft(task, steps: 30, seed: 3)
    r = train(base, task, sapo(), steps: 6, prompts: 16, group: 4, seed: 5)

    """

  private func fingerprint(threads: Int, _ program: String = run) throws -> String {
    try Runtime(threads: threads).run {
      try Session.shown(program + "[fingerprint(r), r.curve.reward, r.curve.grad_norm] | json")
    }
  }

  @Test func `a script gives the same weights twice, and with 1, 2 and 4 threads`() throws {
    let first = try fingerprint(threads: 1)
    #expect(try fingerprint(threads: 1) == first)
    #expect(try fingerprint(threads: 2) == first)
    #expect(try fingerprint(threads: 4) == first)
  }

  @Test func `another seed gives other weights`() throws {
    let other = LanguageTrainingTests.run.replacingFirst("seed: 5", with: "seed: 6")
    #expect(try fingerprint(threads: 2) != fingerprint(threads: 2, other))
  }

  @Test func `a run cut anywhere and carried on from its policy is the uncut run`() throws {
    let written = """
      fn steps(pi, from, to) {
          for i in from..to {
              ro = rollout(pi, task, prompts: 8, group: 4, seed: i) | group_norm
              for mb in minibatches(ro, 2) { pi, s = step(pi, mb, grpo()) }
          }
          pi
      }
      task = addition(digits: 1)
      base = policy(task, width: 32, seed: 3)
      expect fingerprint(steps(base, 1, 6)) == fingerprint(steps(steps(base, 1, 2), 3, 6))
      expect fingerprint(steps(base, 1, 6)) != fingerprint(steps(base, 1, 5))
      """
    #expect(Session.message(written) == nil)
  }

  @Test func `training a policy leaves the one it came from alone`() throws {
    #expect(
      Session.message(
        LanguageTrainingTests.run
          + "expect fingerprint(base) != fingerprint(r)\nx = fingerprint(base)\nstep(base, rollout(base, task, prompts: 4) | group_norm, sapo())\nexpect fingerprint(base) == x"
      ) == nil)
  }

  @Test func `on-policy every ratio is exactly 1`() throws {
    let program = """
      task = countdown()
      for width in [16, 40, 64] {
          pi = policy(task, width: width, heads: 2, layers: 2, seed: width)
          ro = rollout(pi, task, prompts: 5, group: 3, seed: width, temperature: 0.7)
          pi2, s = step(pi, ro | group_norm, sapo())
          expect s.ratio_min == 1
          expect s.ratio_max == 1
          expect s.kl == 0
      }
      """
    #expect(Session.message(program) == nil)
  }

  @Test func `a sweep does not depend on the number of workers`() throws {
    let program = """
      task = addition(digits: 1)
      base = policy(task, width: 16, heads: 2, seed: 3)
      runs = sweep tau in [0.9, 1.1], seed in 1..2 {
          train(base, task, sapo(tau_neg: tau), steps: 3, prompts: 8, group: 4, seed: seed)
      }
      print json([runs.tau, runs.seed, runs.reward, map(runs, r => fingerprint(r.run))])
      """
    func shown(_ threads: Int) throws -> String {
      try Runtime(threads: threads).run { try Session.shown(program) }
    }
    let alone = try shown(1)
    #expect(try shown(2) == alone)
    #expect(try shown(3) == alone)
  }

  @Test func `a cell that fails is recorded and not fatal`() throws {
    let program = """
      t = sweep x in [1, 2, 3] { if x == 2 { error("no two") }
          {y: x * 10} }
      expect len(t) == 3
      expect t[1].error == "no two"
      expect t[0].y == 10 and t[2].y == 30
      """
    #expect(Session.message(program) == nil)
  }

  @Test(arguments: [
    "grpo()", "gspo()", "sapo()", "dapo()", "reinforce()", "gmpo()", "cispo()", "bapo()", "vespo()",
  ])
  func `training from a cold start that is right now and then lifts the reward`(objective: String) throws {
    let program = """
      task = addition(digits: 2)
      base = policy(task, seed: 0) | sft(task, steps: 300, seed: 0)
      before = evaluate(base, task, samples: 8, seed: 7).pass1
      expect before > 0.1 and before < 0.6
      r = train(base, task, \(objective), steps: 60, seed: 2)
      expect evaluate(r, task, samples: 8, seed: 7).pass1 > before + 0.05
      """
    #expect(Session.message(program) == nil)
  }

  @Test func `an objective written in the language trains like the built-in one`() throws {
    let program = """
      fn mine(b, tau_pos = 1.0, tau_neg = 1.05) {
          tau = where(b.advantage > 0, tau_pos, tau_neg)
          seq_mean_token_mean(4 / tau * sigmoid(tau * (b.ratio - 1)) * b.advantage)
      }
      task = addition(digits: 1)
      pi = policy(task, width: 16, heads: 2, seed: 3)
      ro = rollout(pi, task, prompts: 8, group: 4) | group_norm
      a, s = step(pi, ro, sapo())
      b, t = step(pi, ro, mine)
      expect close(s.grad_norm, t.grad_norm, tol: 1e-6)
      expect close(s.objective, t.objective, tol: 1e-12)
      """
    #expect(Session.message(program) == nil)
  }

  @Test func `rewards may be functions of the language, and strange ones are reported`() throws {
    let start = "task = addition(digits: 1)\npi = policy(task, width: 16, heads: 2)\n"
    #expect(
      Session.message(
        start
          + "ro = rollout(pi, task, prompts: 2, reward: (text, answer, prompt) => len(text))\nexpect all(ro.reward == map(ro.text, len))"
      ) == nil)
    for strange in ["inf", "nan", "-inf"] {
      let message = Session.message(
        start + "rollout(pi, task, prompts: 2, reward: text => \(strange))")
      #expect(message?.contains("the reward must be a finite number, got \(strange) for \"") == true)
    }
    #expect(
      Session.message(start + "rollout(pi, task, prompts: 2, reward: text => \"good\")")?.contains(
        "reward must be a finite number") == true)
  }

  @Test(arguments: [
    ("{step: (s, a) => {reply: \"no\"}, turns: 2, rest: q => q}", "an environment has no `rest`"),
    ("{step: (s, a) => {reply: \"no\", rewrd: 1}, turns: 2}", "a step of an environment has no `rewrd`"),
    ("{step: (s, a) => {reward: 0 / 0}, turns: 2}", "the reward of a step must be a finite number, got nan"),
  ]) func `a misspelt field of an environment is no field left out`(environment: String, expected: String) {
    let message = Session.message(
      "task = addition(digits: 1)\npi = policy(task, width: 16, heads: 2)\n"
        + "rollout(pi, task, prompts: 2, environment: \(environment))")
    #expect(message?.contains(expected) == true, "\(message ?? "no error")")
  }
}
