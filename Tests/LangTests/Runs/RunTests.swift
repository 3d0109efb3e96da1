import Testing

@testable import Lang

/// Runs: their specification, learner and journal, as `train` and a loop by hand make them.
@Suite struct RunTests {
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, layers: 1, width: 16, heads: 2, seed: 3)
    fn longer(text) = len(text)
    fn short(steps = 4, learner = pi, after = none, stop = none) =
        train(learner, task, sapo(), steps: steps, prompts: 4, group: 2, minibatches: 2, reward: longer, seed: 5, after: after, stop: stop)

    """

  private func message(_ program: String) -> String? { Session.message(RunTests.start + program) }

  @Test func `a specification gives the same run again, and other seeds another`() {
    let program = """
      r = train(pi, task, sapo(tau_neg: 2), steps: 3, prompts: 4, group: 2, reward: longer, temperature: 0.9, ref: pi, seed: 5)
      expect r.spec.objective.name == "sapo" and r.spec.seed == 5 and r.spec.temperature == 0.9
      expect fingerprint(r.spec.learner) == fingerprint(pi)
      expect apply(train, [], r.spec).fingerprint == r.fingerprint
      expect apply(train, [], merge(r.spec, {seed: 6})).fingerprint != r.fingerprint
      """
    #expect(message(program) == nil)
  }

  @Test func `learners are kept every few steps, and each is the learner of that step`() {
    let program = """
      r = train(pi, task, sapo(), steps: 5, prompts: 4, group: 2, minibatches: 2, reward: longer, keep_every: 2, seed: 5)
      expect all(r.kept.step == [2, 4])
      expect fingerprint(r.kept[0].policy) == short(2).fingerprint
      expect fingerprint(r.kept[1].learner) == short(4).fingerprint
      expect fingerprint(short(3..5, r.kept[0].learner)) == r.fingerprint
      expect len(short().kept) == 0
      """
    #expect(message(program) == nil)
  }

  @Test func `evaluations join the curve every few steps, and change nothing else`() {
    let program = """
      r = train(pi, task, sapo(), steps: 5, prompts: 4, group: 2, minibatches: 2, reward: longer, evaluate_every: 2, seed: 5)
      own = evaluate(short(4), task, seed: 5).pass1
      expect map(r.curve, row => row.pass1 == none) == [true, false, true, false, true]
      expect r.curve[3].pass1 == own
      expect r.fingerprint == short(5).fingerprint
      late = run(() => { for i in 1..20 { if i == 3 { track i, score: 7, loss: i } else { track i, loss: i } } })
      expect late.score == 7 and late.loss == 15.5
      """
    #expect(message(program) == nil)
  }

  @Test func `a callback sees learner, step and row, and adds numbers to the row`() {
    let program = """
      seen = short(4, after: (learner, step, row) => {
          expect row.step == step and row.reward >= 0
          if step % 2 == 0 { {updates: learner.updates, twice: 2 * step} }
      })
      expect map(seen.curve, row => row.twice) == [none, 4, none, 8]
      expect seen.curve[3].updates == 8
      expect seen.fingerprint == short(4).fingerprint
      """
    #expect(message(program) == nil)
  }

  @Test func `a function of the row ends a run early`() {
    let program = """
      r = short(50, stop: row => row.step == 3)
      expect len(r.curve) == 3
      expect r.fingerprint == short(3).fingerprint
      by_callback = short(50, after: (l, i, row) => {tenfold: 10 * i}, stop: row => row.tenfold > 15)
      expect len(by_callback.curve) == 2
      """
    #expect(message(program) == nil)
  }

  @Test func `log lines come every few steps, and name the cell of a sweep`() throws {
    let (session, host) = Session.collecting()
    try session.run(
      RunTests.start
        + "r = train(pi, task, sapo(), steps: 4, prompts: 4, reward: text => 0, log_every: 2, evaluate_every: 4)\nq = short()\n",
      name: "test", echoes: false)
    #expect(host.notes.count == 2)
    #expect(host.notes[0].hasPrefix("train  step 2 of 4  reward 0"))
    #expect(host.notes[1].hasPrefix("train  step 4 of 4  reward 0") && host.notes[1].contains("pass1 0"))
    try session.run(
      "t = sweep tau in [0.5], seed in 1..2 { train(pi, task, sapo(tau_neg: tau), steps: 1, prompts: 4, log_every: 1) }",
      name: "test", echoes: false)
    #expect(
      Set(host.notes.dropFirst(2).map { $0.prefix(16) }) == ["tau 0.5, seed 1:", "tau 0.5, seed 2:"])
  }

  @Test func `PPO's learner is a record of which the loop knows the policy`() {
    let program = """
      r = train_ppo(pi, critic(pi), task, ppo(), steps: 3, prompts: 4, group: 2, minibatches: 2, reward: longer, seed: 4,
          keep_every: 2, evaluate_every: 3, after: (learner, i, row) => {critic_updates: learner.critic.updates})
      expect kind(r.policy) == "policy" and r.fingerprint == fingerprint(r.policy)
      expect keys(r.learner) == ["policy", "critic", "beta"]
      expect fingerprint(r.learner.policy) == r.fingerprint
      expect kind(r.kept[0].learner.critic) == "critic" and kind(r.kept[0].policy) == "policy"
      expect all(r.curve.critic_updates == [2, 4, 6])
      expect r.curve[2].pass1 == evaluate(r, task, seed: 4).pass1
      # A run stands for its learner: two steps and one more are three.
      fn ppo_steps(learner, steps) = apply(train, [], merge(r.spec, {learner: learner, steps: steps}))
      expect ppo_steps(ppo_steps(r.spec.learner, 2), 3..3).fingerprint == r.fingerprint
      """
    #expect(message(program) == nil)
  }

  @Test func `a loop by hand makes the run that train makes`() {
    let program = """
      own = run(() => {
          learner = pi
          for i in 1..4 {
              ro = rollout(learner, task, prompts: 4, group: 2, reward: longer, seed: [5, i]) | group_norm
              for mb in minibatches(ro, 2) { learner, s = step(learner, mb, sapo()) }
              track i, learner, reward: mean(ro.reward), kl: s.kl
              if i % 2 == 0 { keep learner }
          }
      }, {note: "by hand"})
      r = short(4)
      expect kind(own) == "run" and own.fingerprint == r.fingerprint
      expect all(own.curve.reward == r.curve.reward) and own.reward == r.reward
      expect all(own.kept.step == [2, 4]) and own.spec.note == "by hand"
      """
    #expect(message(program) == nil)
  }

  @Test func `what a run tracks stays in it, and what is tracked beside it does not get in`() {
    let program = """
      track 1, outside: 1
      r = run(() => {
          track 1, inside: 1
          q = run(() => track(7, innermost: 1))
          expect all(q.curve.step == [7])
          track 2, inside: 2
          expect all(tracked().curve.inside == [1, 2])
          pi
      })
      track 2, outside: 2
      short()
      expect all(r.curve.inside == [1, 2]) and r.fingerprint == fingerprint(pi)
      t = tracked()
      expect kind(t) == "run" and all(t.curve.outside == [1, 2]) and t.policy == none
      """
    #expect(message(program) == nil)
  }

  @Test func `what was tracked can be cleared, and goes with a reset until that is undone`() throws {
    let (session, _) = Session.collecting()
    func check(_ condition: String) { #expect(Session.collects(session, condition) == nil) }
    func enter(_ text: String) throws { try session.run(text, name: "test", echoes: false) }
    try enter("x = 3\ntrack 1, loss: 2\ntrack 2, loss: 1\nkeep x")
    check(
      "all(tracked().curve.loss == [2, 1]) and all(tracked().kept.learner == [3]) and tracked().learner == 3")
    let before = session.snapshot()
    session.reset()
    #expect(session.differs(from: before, except: "ans"))
    check("len(tracked().curve) == 0 and len(tracked().kept) == 0")
    session.restore(before)
    check("all(tracked().curve.loss == [2, 1])")
    check("all(tracked(clear: true).curve.step == [1, 2])")
    check("len(tracked().curve) == 0")
  }

  @Test func `options of rollout pass through, and a wrong name is found among all of them`() {
    let program = """
      longer = train(pi, task, sapo(), steps: 1, prompts: 4, max_tokens: 1, seed: 5)
      expect longer.length == 1
      """
    #expect(message(program) == nil)
    for (call, problem) in [
      ("train(pi, task, sapo(), stpes: 3)", "train has no parameter `stpes`"),
      (
        "train_ppo(pi, critic(pi), task, ppo(), evaluate_evry: 3)",
        "train_ppo has no parameter `evaluate_evry`"
      ),
      ("train(pi, task, sapo(), collect: (pi, seed) => 1, ref: pi)", "`ref` is for rollout"),
      ("train_ppo(pi, critic(pi), task, ppo(), collect: short)", "`collect` is its own"),
      ("train(pi, task, sapo(), keep_every: 0)", "have to be at least 1, got 0"),
    ] {
      #expect(message(call)?.contains(problem) == true, "\(call)")
    }
    let names = Session.collecting().session.parameters(of: "train").map(\.name)
    #expect(names.contains("evaluate_every") && names.contains("temperature"))
    #expect(Set(names).count == names.count)
  }

  @Test func `a run prints its last numbers, whatever they are called`() throws {
    #expect(
      try Session.shown("run(() => { for i in 1..2 { track i, loss: i } })") == "run of 2 steps: loss 1.5")
    #expect(try Session.shown("run(() => none)") == "run of 0 steps")
    #expect(
      try Session.shown("run(() => track(1, reward: 0.5, kl: 0.25, lr: 9))").hasPrefix(
        "run of 1 step: reward 0.5, kl 0.25\n  reward "))
  }
}
