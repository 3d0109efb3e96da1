import Engine
import Testing

@testable import Lang

/// Objectives looked at from outside: gates, diagnostics, tokens, rollouts that are selected and rescored.
@Suite struct InspectionTests {
  /// The batch of four sequences of the golden values, with advantages 1, -1, 1, -1.
  static let golden = """
    b = batch(
        logp: [[-0.9, -0.5], [-2.3, -0.8, -0.3], [-0.2], [-1.5, -0.6, -0.9, -0.1]],
        old: [[-1.0, -0.5], [-2.0, -1.0, -0.3], [-0.7], [-1.5, -0.2, -0.9, -0.4]],
        reward: [1, 0, 1, 0], group: 4) | group_norm(std: "population", eps: 0)

    """

  /// |mean g - g(mu)| of the four sequences is 0.000623, 0.011476, 0 and 0.016637 under bounds of 0.000625, 0.011637, 0 and
  /// 0.017054, computed in Python; a row takes the largest of its sign, at its own temperature.
  @Test func `SAPO's diagnostics have the values computed elsewhere`() {
    let program =
      InspectionTests.golden + """
        d = assumptions(b)
        expect all(d.sequences == [2, 2])
        expect close(d[0].gap, 0.000623, tol: 1e-6)
        expect close(d[0].bound, 0.000625, tol: 1e-6)
        expect close(d[1].gap, 0.016637, tol: 1e-6)
        expect close(d[1].bound, 0.017054, tol: 1e-6)
        expect all(d.within == [1, 1])
        expect close(d[0].ppl_ratio, (1.0512710963760241 + 1.648721270700128) / 2, tol: 1e-12)
        expect close(d[0].variance, 0.00125, tol: 1e-12)      # 0.05 twice, squared; 0 for the other
        expect close(d[0].a1_max, exp(0.5) - 1.5, tol: 1e-12)
        """
    #expect(Session.message(program) == nil)
    #expect(
      Session.message("assumptions(batch(logp: [[-1]], advantage: [0]))")?.contains("no sequence")
        == true)
  }

  /// grpo's clip is active at e^.5 up, and at e^-.3 and e^-.4 down; gspo's on every sequence.
  @Test func `inspect shows each token's ratio, advantage and pull`() throws {
    let (session, host) = Session.collecting()
    try session.run(InspectionTests.golden + "inspect grpo(), b, sequences: 4", name: "test", echoes: true)
    let text = host.output.joined()
    let silenced = text.split(separator: "\n").filter { $0.hasSuffix("silenced") }
    #expect(silenced.count == 3)
    #expect(silenced.map { $0.split(separator: " ")[1] } == ["0.7408", "1.649", "0.6703"])
    #expect(text.contains("1.105          1     1.105"))
    #expect(!text.contains("\u{1B}"))
    #expect(
      Session.message(InspectionTests.golden + "inspect b => seq_mean_token_mean(b.logp * b.advantage), b")
        == nil)
    #expect(Session.message("inspect grpo(), batch(logp: [[-1]])")?.contains("no `advantage`") == true)
    #expect(
      Session.message("inspect 3, batch(logp: [[-1]], advantage: [1])")?.contains("must be a function")
        == true)
  }

  /// Silenced tokens are red; those that pull are green for good answers and yellow for bad ones.
  @Test func `inspect is coloured on a terminal`() throws {
    let (session, host) = Session.collecting(usesColor: true)
    try session.run(InspectionTests.golden + "inspect grpo(), b, sequences: 4", name: "test", echoes: true)
    let lines = host.output.filter { $0.hasPrefix("\u{1B}[") }
    #expect(lines.count == 10 && lines.allSatisfy { $0.hasSuffix("\u{1B}[39m\n") })
    func count(_ colour: Int) -> Int { lines.filter { $0.hasPrefix("\u{1B}[\(colour)m") }.count }
    #expect([31, 32, 33].map(count) == [3, 2, 5])
    #expect(lines.filter { $0.hasPrefix("\u{1B}[31m") }.allSatisfy { $0.contains("silenced") })
  }

  @Test func `compare counts sequences that are silenced`() {
    let program =
      InspectionTests.golden + """
        t = compare([grpo(), gspo(), sapo()], b)
        expect all(t.seq_silenced == [0.25, 1, 0])
        expect close(t.silenced, [0.3, 1, 0], tol: 1e-12)
        """
    #expect(Session.message(program) == nil)
  }

  @Test func `gates of every objective that has one can be drawn`() {
    let calls = ObjectiveCatalog.surrogates.map { "\($0.name)()" }.joined(separator: ", ")
    #expect(
      Session.message("plot_gates([\(calls)])\nplot_gates([\(calls)], curve: \"gate\", probability: 0.9)")
        == nil)
    #expect(Session.message("plot_gates([x => x])") != nil)
  }

  @Test func `dynamic sampling fills up with groups that differ, or says what it found`() {
    let program = """
      fn sample(round) = batch(logp: [[-1], [-2], [-3], [-4]], reward: if round < 3 { [1, 1, 0, 0] } else { [0, 1, 1, 1] }, group: 2)
      kept = dynamic_sampling(sample, 2)
      expect all(kept.group == [0, 0, 1, 1])
      expect all(kept.reward == [0, 1, 0, 1])
      expect len(dynamic_sampling(sample, 5, rounds: 4, partial: true)) == 4
      """
    #expect(Session.message(program) == nil)
    let message = Session.message(program + "\ndynamic_sampling(sample, 5, rounds: 4)")
    #expect(message?.contains("4 rounds gave 2 of 5 groups") == true)
    #expect(
      Session.message(
        "dynamic_sampling(k => batch(logp: [[-1], [-1]], reward: [1, 1], group: 2), 1, partial: true)"
      )?.contains("10 rounds gave 0 of 1") == true)
  }

  @Test func `a rollout is seen by another policy, as a trainer sees a stale sampler's`() {
    let program = """
      task = addition(digits: 1)
      a = policy(task, width: 16, heads: 2, seed: 1)
      b = policy(task, width: 16, heads: 2, seed: 2)
      ro = rollout(a, task, prompts: 3, group: 2) | group_norm
      seen = rescore(ro, b)
      expect all(seen.old == ro.old) and not all(seen.logp == ro.logp)
      stale = rescore(ro, b, old: true)
      expect all(stale.ratio == 1) and all(stale.sampler == ro.old)
      expect close(tis(stale, cap: 1e9).weight, exp(stale.old - stale.sampler))
      c, s = step(b, tis(stale), sapo())
      expect s.ratio_max == 1
      ro.ref = seen.logp
      expect token_mean(kl(ro, "k1")) == token_mean(ro.logp - seen.logp)
      """
    #expect(Session.message(program) == nil)
    #expect(
      Session.message("tis(batch(logp: [[-1]]))")?.contains("no `sampler`") == true)
    #expect(Session.message("b = batch(logp: [[-1]])\nb.old = [[-2]]\nexpect b.log_ratio[0][0] == 1") == nil)
    #expect(Session.message("b = batch(logp: [[-1]])\nb.ratio = [[1]]")?.contains("cannot be set") == true)
  }

  @Test func `training takes its rollouts from wherever it is told`() {
    let program = """
      task = addition(digits: 1)
      base = policy(task, width: 16, heads: 2, seed: 1)
      a = train(base, task, grpo(), steps: 2, prompts: 8, group: 4, seed: 4)
      b = train(base, task, grpo(), steps: 2, collect: (pi, seed) => rollout(pi, task, prompts: 8, group: 4, seed: seed), seed: 4)
      expect fingerprint(a) == fingerprint(b)
      r = train(base, task, reinforce(), steps: 1, minibatches: 1, advantage: remax, seed: 4,
          collect: (pi, seed) => with_greedy(rollout(pi, task, prompts: 8, group: 4, seed: seed), pi, task, seed: seed))
      expect fingerprint(r) != fingerprint(base)
      """
    #expect(Session.message(program) == nil)
    let other = """
      task = addition(digits: 1)
      pi = policy(task, width: 16, heads: 2)
      with_greedy(rollout(pi, task, prompts: 4, seed: 1), pi, task, seed: 2)
      """
    #expect(Session.message(other)?.contains("its prompts differ") == true)
  }

  /// An objective's own file, the catalogue, and its tests: nothing else in the sources knows one by name.
  @Test(arguments: ObjectiveCatalog.all.map(\.name))
  func `an objective is named in one file of the sources`(name: String) throws {
    let quoted = "\"\(name)\""
    let files = try ["Engine", "Lang"].flatMap { try SourceTree.swiftFiles(under: "Sources/\($0)") }
    #expect(files.count > 200)
    let naming = try files.filter { try TextSearch.range(of: quoted, in: $0.text) != nil }.map(\.path)
    #expect(naming.count == 1 && naming[0].hasPrefix("Sources/Engine/Objectives/"), "\(naming)")
  }
}
