import Testing

@testable import Lang

/// What an error leaves of a run or a sweep.
@Suite struct PartialTests {
  /// `failing(i, f)` trains until step i, whose rollout has the number of the step as its rewards; `judge` is the
  /// reward function from step i on.
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, layers: 1, width: 16, heads: 2, seed: 3)
    fn steps(range, learner = pi, objective = sapo(), reward = (i, text) => len(text), after = none) =
        train(learner, task, objective, steps: range, minibatches: 2, after: after, seed: 5,
            collect: (l, seed) => rollout(l, task, prompts: 4, group: 2, seed: seed, reward: text => reward(seed[1], text)))

    """

  static let failures = [
    (
      "an error in the objective",
      "steps(9, reward: (i, text) => i, objective: b => if max(b.reward) > 3 { error(\"far\") } else { mean(b.ratio) })"
    ),
    (
      "an objective that is NaN",
      "steps(9, reward: (i, text) => i, objective: b => if max(b.reward) > 3 { nan * mean(b.ratio) } else { mean(b.ratio) })"
    ),
    ("a reward that is NaN", "steps(9, reward: (i, text) => if i > 3 { nan } else { 1 })"),
    (
      "an error in the reward function",
      "steps(9, reward: (i, text) => if i > 3 { error(\"far\") } else { 1 })"
    ),
    ("no memory", "steps(9, reward: (i, text) => if i > 3 { sum(zeros(1e13)) } else { 1 })"),
    ("an error in the callback", "steps(9, after: (l, i, row) => if i > 3 { error(\"far\") } else { none })"),
  ]

  @Test(arguments: failures) func `an error leaves the run so far`(_ name: String, _ program: String) throws {
    let (session, _) = Session.collecting()
    try session.run(PartialTests.start, name: "test", echoes: false)
    #expect(throws: RuntimeError.self) { try session.run("r = \(program)", name: "test", echoes: false) }
    for condition in [
      "kind(partial) == \"run\"", "all(partial.curve.step == [1, 2, 3])", "partial.policy.updates == 6",
      "pi.updates == 0",
    ] {
      #expect(Session.collects(session, condition) == nil, "\(name)")
    }
  }

  @Test func `a run that was stopped goes on from its learner to the same bits`() throws {
    let (session, _) = Session.collecting()
    try session.run(PartialTests.start, name: "test", echoes: false)
    #expect(throws: RuntimeError.self) {
      try session.run(
        "steps(5, after: (l, i, row) => if i > 3 { error(\"far\") } else { none })", name: "test",
        echoes: false)
    }
    #expect(
      Session.collects(session, "steps(4..5, partial.learner).fingerprint == steps(5).fingerprint") == nil)
  }

  @Test func `a program that catches the error has the run so far in partial`() {
    let program =
      PartialTests.start + """
        expect partial == none
        r = try { steps(9, reward: (i, text) => if i > 3 { error("far") } else { 1 }) } catch e {
            expect e.message == "far" and kind(e.partial) == "run"
            partial
        }
        expect len(r.curve) == 3
        fn inside() = try { steps(9, reward: (i, text) => if i > 2 { error("far") } else { 1 }) } catch { partial }
        expect len(inside().curve) == 2
        e = try { error("nothing was under way") } catch e { e }
        expect e.partial == none and len(partial.curve) == 2
        drop "partial"
        expect partial == none
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `the outer run counts, once it has a row`() {
    let program =
      PartialTests.start + """
        fn failing() = steps(9, reward: (i, text) => if i > 3 { error("far") } else { 1 })
        try { run(() => failing()) } catch { }
        expect len(partial.curve) == 3
        try { run(() => { track 1, pi, outer: 1
            failing() }) } catch { }
        expect all(partial.curve.outer == [1])
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `a cell that fails keeps its run, with one worker as with several`() throws {
    let program =
      PartialTests.start + """
        t = sweep last in [1, 3], seed in 1..2 {
            steps(4, reward: (i, text) => if i > last { error("far") } else { 1 })
        }
        expect t.error == ["far", "far", "far", "far"]
        expect map(t.partial, r => len(r.curve)) == [1, 1, 3, 3]
        inner = sweep last in [2] {
            try { steps(4, reward: (i, text) => if i > last { error("far") } else { 1 }) } catch e { {rows: len(e.partial.curve)} }
        }
        expect all(inner.rows == [2])
        # Cells share nothing: the session's variable is as it was.
        expect partial == none
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `names of the session itself are no variables of the user`() {
    let session = Session.collecting().session
    #expect(session.userNames.isEmpty)
    #expect((try? session.check("print partial\nprint args", name: "test")) != nil)
  }
}
