import Testing

@testable import Lang

/// A rollout as a table, its files, and the columns that a dataset carries into it.
@Suite struct RolloutTableTests {
  static let start = """
    task = addition(digits: 1)
    pi = policy(task, width: 16, heads: 2, layers: 1, seed: 3)
    ro = rollout(pi, task, prompts: 6, group: 3, seed: 1, reward: text => len(text)) | group_norm

    """

  func check(_ program: String) { #expect(Session.message(RolloutTableTests.start + program) == nil) }

  @Test func `a row has plain values, and a selection keeps the numbers of its groups`() {
    check(
      """
      row = ro[4]
      expect kind(row.text) == "text" and row.answer == ro.answer[4] and row.reward == ro.reward[4]
      expect row.group == 1 and len(row.logp) == row.length and row.prompt_tokens == ro.prompt_tokens[4]
      expect all(ro[8..15].group == ro.group[8..15])
      expect map(ro, r => r.text) == ro.text
      """)
  }

  @Test func `a column of lists is made once, however often it is read`() throws {
    let (session, _) = Session.collecting()
    try session.run(RolloutTableTests.start, name: "test", echoes: false)
    let batch = try #require(session.globals["ro"]?.as(BatchObject.self))
    for name in ["tokens", "text", "prompt_tokens"] {
      #expect(
        try #require(batch.member(name)?.as(List.self)) === batch.member(name)?.as(List.self), "\(name)")
    }
  }

  @Test func `columns are assigned and read back`() {
    check(
      """
      ro.long = ro.length > 2
      ro.note = map(range(len(ro)), i => "n\\(i)")
      ro.noise = ro.logp * 2
      expect ro[3].note == "n3" and ro[3].long == ro.long[3] and all(ro.noise == ro.logp * 2)
      expect ro[2..4].note == ["n2", "n3", "n4"]
      ro.old = ro.old - 1
      expect close(ro.log_ratio, ro.logp * 0 + 1)
      """)
    let message = Session.message(RolloutTableTests.start + "ro.note = [1, 2]")
    #expect(message?.contains("note needs one number for each of the 18 sequences") == true)
  }

  @Test func `a file gives back every column bit for bit`() throws {
    check(
      """
      path = "\(try temporary())/ro.jsonl"
      ro.difficulty = map(range(len(ro)), i => i / 3)
      ro.kind_of = map(range(len(ro)), i => "k\\(i)")
      late = mask(ro, ro.position > 0)
      save late, path
      again = load_rollouts(path)
      expect all(again.old == late.old) and all(again.reward == late.reward) and all(again.mask == late.mask)
      expect again.text == late.text and again.tokens == late.tokens and again.kind_of == late.kind_of
      expect all(again.difficulty == late.difficulty) and again.temperature == late.temperature
      expect grpo()(again) == grpo()(late) and all(grad(sapo(), again) == grad(sapo(), late))
      pi2, s = step(pi, again, sapo())
      expect pi2.fingerprint == step(pi, late, sapo())[0].fingerprint
      # The file says what the tokens stand for, so a policy of other characters is refused.
      other = policy(modular(), width: 16, heads: 2, layers: 1)
      refused = try { rescore(again, other); "" } catch e { e.message }
      expect len(split(refused, "the policy's tokens stand for")) == 2
      """)
  }

  @Test func `columns of a dataset reach rewards, rollouts and evaluations`() throws {
    let folder = try temporary()
    check(
      """
      lines = map(range(64), i => json({question: "\\(i)+1=", answer: "\\(i + 1)", difficulty: i % 4, source: "s\\(i % 2)"}))
      save join(lines, "\\n"), "\(folder)/sums.jsonl"
      data = dataset("\(folder)/sums.jsonl", prompt: "question")
      pi = policy(data, width: 16, heads: 2, layers: 1, seed: 3)
      ro = rollout(pi, data, prompts: 8, group: 2, seed: 1, reward: (text, answer, prompt, example) => example.difficulty)
      expect all(ro.reward == ro.difficulty) and ro[5].source == "s\\(ro[5].difficulty % 2)"
      e = evaluate(pi, data, samples: 2)
      expect e.prompts == 8 and len(unique(e.questions.prompt)) == 8 and e.se >= 0
      by = e.questions | summarize("pass1", by: "difficulty")
      expect len(by) == len(unique(e.questions.difficulty))
      """)
    let message = Session.message(
      """
      save "{\\"prompt\\": \\"1\\", \\"answer\\": \\"1\\", \\"reward\\": 1}", "\(folder)/clash.jsonl"
      dataset("\(folder)/clash.jsonl")
      """)
    #expect(message?.contains("the column \"reward\" has the name of one that every rollout has") == true)
  }

  @Test func `an evaluation asks different questions and says how sure it is`() {
    check(
      """
      e = evaluate(pi, task, samples: 4, seed: 7)
      expect e.prompts == len(unique(e.questions.prompt)) and e.prompts < 40
      shares = e.questions.pass1
      expect close(e.pass1, mean(shares))
      sums = map(group(e.questions, by: "cluster"), g => sum(g.rows.pass1 - e.pass1))
      expect len(sums) == e.clusters and e.clusters < e.prompts and e.held_out
      expect close(e.se, sqrt(e.clusters / (e.clusters - 1) * sum(map(sums, x => x ^ 2))) / e.prompts)
      sure = evaluate(pi, task, samples: 2, prompts: 5, seed: 7, reward: text => 1)
      expect sure.pass1 == 1 and sure.se == 0 and sure.prompts == 5
      """)
  }

  /// A new folder; the system clears its temporary files.
  private func temporary() throws -> String {
    var template = Array("/tmp/rls-rollouts-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
