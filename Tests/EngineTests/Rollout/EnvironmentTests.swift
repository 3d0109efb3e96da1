import Testing

@testable import Engine

/// Episodes of several turns: what the environment says is read and not trained on.
@Suite struct EnvironmentTests {
  func setting(turns: Int = 4) throws -> (task: any RewardTask, policy: Policy) {
    let task = try #require(TaskCatalog.card("hidden_number")).make([
      "largest": .number(9), "turns": .number(Double(turns)),
    ])
    let policy = try Policy(
      configuration: PolicyConfiguration(
        vocabulary: task.tokenizer.vocabularySize, layers: 2, width: 16, heads: 2), seed: 5,
      tokenizer: task.tokenizer)
    // A few steps, so that turns are numbers often enough to be answered.
    return (
      task, try coldStart(policy, task, steps: 60, batch: 16, learningRate: 3e-3, seed: 1) { _, _ in }.policy
    )
  }

  func play(_ setting: (task: any RewardTask, policy: Policy), seed: UInt64 = 3) throws -> Batch {
    try rollout(
      setting.policy, setting.task, prompts: 12, group: 4,
      options: SamplingOptions(
        maxNewTokens: setting.task.maxNewTokens, endToken: setting.task.tokenizer.endToken, seed: seed))
  }

  @Test func `ratios of trainable tokens are exactly one, and replies are masked`() throws {
    let setting = try setting()
    let batch = try play(setting)
    let replies = ["higher", "lower"]
    let text = try #require(batch.texts(.text))
    #expect(text.contains { $0.contains("higher") } && text.contains { $0.contains("lower") })
    #expect(try #require(batch[.turns]).values.contains { $0 > 1 })
    let current = try logProbabilities(setting.policy, batch)
    #expect(try current.trainable().values == batch.old.trainable().values)
    let moved = try batch.with(.logp, current)
    #expect(try moved.ratio().minimum().item() == 1 && moved.ratio().maximum().item() == 1)
    // Masked tokens are the replies' letters, trainable ones are the policy's digits and ends.
    let sequences = try #require(batch.sequences)
    for row in 0..<batch.count {
      let masked = batch.rows.range(row).filter { !batch.rows.mask[$0] }.map {
        sequences.completions[row][$0 - batch.rows.offsets[row]]
      }
      let words = setting.task.tokenizer.decode(masked).split { !$0.isLetter }.map(String.init)
      #expect(words.allSatisfy(replies.contains))
      #expect(words.count == Int(try #require(batch[.turns]?.element(row))) - 1 || words.isEmpty)
    }
  }

  @Test func `an update sees the trainable tokens alone, and the same script gives the same bits`() throws {
    let setting = try setting()
    let batch = try Advantage.groupNorm(play(setting))
    #expect(try play(setting).sequences == batch.sequences)
    let objective = try #require(ObjectiveCatalog.card("sapo")).make()
    let (first, statistics) = try step(setting.policy, batch) { try objective.evaluate($0) }
    #expect(statistics.first { $0.name == "ratio_max" }?.value == 1)
    // What stands under the mask plays no part.
    let spoilt = try batch.with(
      .old, Tensor(zip(batch.old.values, batch.rows.mask).map { $1 ? $0 : -3 }, shape: batch.old.shape))
    #expect(
      try step(setting.policy, spoilt) { try objective.evaluate($0) }.policy.fingerprint == first.fingerprint)
  }

  @Test func `rewards fall with the turns and end with what is no number`() throws {
    let task = try setting(turns: 4).task
    let environment = try #require(task.environment)
    var state = try environment.reset(TaskExample(prompt: "1-9:", answer: "6"))
    #expect(try state.step("5") == EnvironmentStep(reply: " higher, "))
    #expect(try state.step("8") == EnvironmentStep(reply: " lower, "))
    #expect(try state.step("6") == EnvironmentStep(reply: nil, reward: 0.75))
    for wrong in ["", "06", "10", "x", "5 "] {
      var fresh = try environment.reset(TaskExample(prompt: "1-9:", answer: "6"))
      #expect(try fresh.step(wrong) == EnvironmentStep(reply: nil))
    }
  }

  @Test func `a demonstration masks the replies and bisects rightly`() throws {
    let task = try setting(turns: 9).task
    for index in 0..<20 {
      let example = task.example(.supervised, seed: 2, step: 0, index: UInt64(index))
      var draws = Draws(Philox(seed: 9, .script, UInt64(index)))
      let shown = try Demonstration(task, example, &draws)
      #expect(
        shown.tokens.count == shown.isAction.count && shown.isAction.first == true
          && shown.isAction.last == true)
      let text = task.tokenizer.transcript(shown.tokens)
      #expect(text.hasSuffix(example.answer))
    }
  }
}
