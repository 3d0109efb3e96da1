import Testing

@testable import Engine

@Suite struct BatchTests {
  func message(_ body: () throws -> Void) -> String? {
    do { try body() } catch let error as EngineError { return error.message } catch { return "\(error)" }
    return nil
  }

  @Test func `what does not fit is named with its row`() throws {
    let logp = try Tensor(rows: [[-1], [-1, -2], [-1, -2, -3]])
    #expect(
      message { _ = try Batch(logp: logp, [.old: Tensor(rows: [[-1], [-1, -2], [-1, -2]])]) }
        == "logp row 2 has 3 tokens, old has 2")
    #expect(
      message { _ = try Batch(logp: logp, [.old: Tensor(rows: [[-1]])]) } == "old has 1 sequences, logp has 3"
    )
    #expect(
      message { _ = try Batch(logp: logp, [.reward: Tensor([1, 2])]) }
        == "reward needs one number for each of the 3 sequences, got shape [2]")
    #expect(message { _ = try Batch(logp: Tensor(rows: [])) } == "there are no sequences")
    #expect(
      message { _ = try Batch(logp: Tensor([1, 2])) }?.contains("one list of numbers per sequence") == true)
    #expect(
      message { _ = try Batch(logp: logp, [.group: [1]]) }
        == "group needs one number for each of the 3 sequences, got shape [1]")
    #expect(
      message { _ = try Batch.groups(ofSize: 2, count: 3) } == "3 sequences do not divide into groups of 2")
    #expect(message { _ = try Batch.groups(ofSize: 0, count: 3) } != nil)
    #expect(
      message { _ = try Batch(logp: logp).require(.advantage, for: "test") }
        == "the batch has no `advantage` (how much better than expected it did)")
  }

  func sampled() throws -> Batch {
    let completions: [[Int32]] = [[1], [2, 2], [3, 3, 3], [4, 4, 4, 4], [5], [6, 6]]
    return try Batch(
      logp: Tensor(rows: completions.map { $0.map { -Double($0) } }),
      [
        .reward: Tensor([0, 1, 2, 3, 4, 5]), .group: [0, 0, 1, 1, 2, 2],
        .prompt: ["a", "a", "b", "b", "c", "c"], .text: ["1", "22", "333", "4444", "5", "66"],
      ],
      sequences: TokenSequences(
        prompts: [[10], [11], [12]], promptOf: [0, 0, 1, 1, 2, 2], completions: completions), temperature: 0.7
    )
  }

  @Test func `minibatches are whole sequences in order and join to the whole`() throws {
    let batch = try sampled()
    let parts = try batch.minibatches(4)
    #expect(parts.map(\.count) == [1, 2, 1, 2])
    let joined = try Batch.concat(parts)
    #expect(joined.logp.rowValues == batch.logp.rowValues)
    #expect(joined[.reward]?.values == batch[.reward]?.values)
    #expect(
      joined.texts(.text) == batch.texts(.text) && joined.texts(.prompt) == batch.texts(.prompt)
        && joined.temperature == 0.7)
    #expect(joined.sequences?.completions == batch.sequences?.completions)
    #expect(throws: EngineError.self) { try batch.minibatches(7) }
    #expect(throws: EngineError.self) { try batch.minibatches(0) }
  }

  @Test func `tokens keep their prompts through any selection`() throws {
    let batch = try sampled()
    for part in try batch.minibatches(3, seed: 5) + [batch.select([5, 0, 4, 1])] {
      let sequences = try #require(part.sequences)
      #expect(sequences.promptOf == sequences.promptOf.sorted())
      for i in 0..<part.count {
        #expect(part.logp.rowValues[i] == sequences.completions[i].map { -Double($0) })
        let prompt = sequences.prompts[sequences.promptOf[i]]
        #expect(prompt == [["a": 10, "b": 11, "c": 12][part.texts(.prompt)?[i] ?? ""] ?? 0])
      }
    }
    let shuffled = try batch.minibatches(2, seed: 1).flatMap { $0.texts(.text) ?? [] }
    #expect(shuffled != batch.texts(.text) && shuffled.sorted() == batch.texts(.text)?.sorted())
    #expect(try batch.minibatches(2, seed: 1).flatMap { $0.texts(.text) ?? [] } == shuffled)
    #expect(throws: EngineError.self) { try batch.select([6]) }
    #expect(throws: EngineError.self) { try batch.select([]) }
  }

  @Test func `ratios of a policy that has not moved are exactly one`() throws {
    #expect(try sampled().ratio().values.allSatisfy { $0 == 1 })
  }
}
