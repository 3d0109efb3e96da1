import Testing

@testable import Lang

/// Statistics of steps and of studies as a program sees them.
@Suite struct StudyTests {
  static let start = """
    task = addition(digits: 1)
    base = policy(task, width: 16, heads: 2, layers: 1, seed: 3, lr: 3e-3)

    """

  func check(_ program: String) { #expect(Session.message(StudyTests.start + program) == nil) }

  /// Two updates by hand say what the row of a step has to hold.
  @Test func `a curve has means over updates, true extremes, and what is left after the last one`() {
    check(
      """
      fn reward(text) = len(text) / 4
      r = train(base, task, grpo(), steps: 1, prompts: 4, group: 4, minibatches: 1, epochs: 3, seed: 5, reward: reward, drift_every: 1)
      ro = rollout(base, task, prompts: 4, group: 4, seed: [5, 1], reward: reward) | group_norm
      pi = base
      seen = []
      for i in 1..3 {
          pi, s = step(pi, ro, grpo())
          seen = push(seen, s)
      }
      row = r.curve[0]
      expect row.ratio_max == max(map(seen, s => s.ratio_max)) and row.ratio_max > 1
      expect row.ratio_min == min(map(seen, s => s.ratio_min))
      expect close(row.kl, mean(map(seen, s => s.kl)))
      left = drift(rescore(ro, pi), grpo())
      expect row.kl_after == left.kl and row.silenced_after == left.silenced and row.seq_ratio_max_after == left.seq_ratio_max
      expect row.kl_after > row.kl
      same = train(base, task, grpo(), steps: 1, prompts: 4, group: 4, minibatches: 1, epochs: 3, seed: 5, reward: reward, drift_every: none)
      expect same.fingerprint == r.fingerprint and index_of(columns(same.curve), "kl_after") == none
      """)
  }

  @Test func `statistics are the same for an objective of one's own`() {
    check(
      """
      fn mine(b, tau = 1) = seq_mean_token_mean(4 / tau * sigmoid(tau * (b.ratio - 1)) * b.advantage)
      ro = rollout(base, task, prompts: 4, group: 4, seed: 5, reward: text => len(text)) | group_norm
      pi, s = step(base, ro, sapo())
      moved = rescore(ro, pi)
      a = drift(moved, mine)
      b = drift(moved, sapo(tau_neg: 1))
      for name in ["kl", "ratio_std", "seq_ratio_std", "silenced", "seq_silenced", "ess"] { expect close(a[name], b[name], tol: 1e-12) }
      """)
  }

  @Test func `betas and eps of Adam reach the optimiser`() {
    check(
      """
      ro = rollout(base, task, prompts: 4, group: 4, seed: 5, reward: text => len(text)) | group_norm
      fn after(pi) = fingerprint(step(step(pi, ro, grpo())[0], ro, grpo())[0])
      expect after(with_optimizer(base, betas: [0.9, 0.999], eps: 1e-8)) == after(with_optimizer(base))
      expect after(with_optimizer(base, betas: [0.9, 0.95])) != after(with_optimizer(base))
      expect after(with_optimizer(base, eps: 1e-4)) != after(with_optimizer(base))
      """)
    #expect(
      Session.message(StudyTests.start + "with_optimizer(base, betas: [0.9])")?.contains(
        "`betas` must be two numbers") == true)
    #expect(
      Session.message(StudyTests.start + "with_optimizer(base, betas: [0.9, 1])")?.contains("beta2") == true)
  }

  @Test func `tables in a list are joined, and an axis of objectives can be asked for one`() {
    #expect(
      Session.message(
        """
        expect len(concat([table({a: [1]}), table({a: [2, 3]})])) == 3
        t = table({o: [grpo(), sapo(), grpo()]})
        expect len(filter(t, r => r.o == grpo())) == 2 and len(group(t, by: "o")) == 2
        """) == nil)
  }

  @Test func `misuse of a claim is an error that says what to do`() {
    let runs = "runs = table({name: [\"a\", \"b\"], seed: [1, 1], x: [1, 2]})\n"
    func claim(_ more: String) -> String {
      "claim(\"c\", metric: \"x\", better: \"b\", than: \"a\", by: \"name\"\(more))"
    }
    for (program, message) in [
      (claim(""), "needs `paired`"), (claim(", test: \"log_rank\""), "needs `until`"),
      (claim(", paired: \"seed\", matters: -1"), "from 0"),
      (claim(", test: \"log_rank\", until: 5, matters: 0.5"), "at least 1"),
      ("\(runs)\(claim(", paired: \"seed\""))(runs)", "two `seed`s or more"),
      ("\(runs)\(claim(", paired: \"start\""))(runs)", "no column \"start\""),
      (
        "\(runs)claim(\"c\", metric: \"x\", better: \"z\", than: \"a\", by: \"name\", paired: \"seed\")(runs)",
        "no arm \"z\""
      ),
      ("\(runs)judge([1], runs)", "claims, as `claim` makes them"),
      (
        "paired(table({n: [1, 1], s: [1, 1], x: [1, 2]}), \"x\", by: \"n\", than: 1, on: \"s\")",
        "several rows"
      ),
      ("wilson(3, 2)", "from 0 to n"), ("t_test([1])", "at least two"), ("adjust([2])", "from 0 to 1"),
      ("summarize(table({a: [0.5]}), \"a\", interval: \"wilson\")", "must hold 0 and 1"),
    ] {
      #expect(
        Session.message(program)?.contains(message) == true, "\(program): \(Session.message(program) ?? "")")
    }
  }

  /// Two starts with two seeds each: the starts are what is counted.
  @Test func `pairs that share a cold start are averaged before they are counted`() {
    #expect(
      Session.message(
        """
        runs = table({name: ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"], start: [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1],
            seed: [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 3, 3], x: [0, 0.1, 0, 0.3, 0, 0.3, 0, 0.5, 0, 0.4, 0, 0.2]})
        v = claim("b", metric: "x", better: "b", than: "a", by: "name", paired: ["seed", "start"])(runs)
        t = t_test([0.2, 0.4])
        expect v.n == 2 and close(v.effect, 0.3) and close(v.p, t.p) and close(v.ci_low, t.ci_low)
        expect v.verdict == "not visible" and find(v.says, "2 starts") != none
        """) == nil)
  }
}
