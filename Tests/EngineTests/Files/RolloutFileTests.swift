import Testing

@testable import Engine

/// A batch written as JSON Lines reads back to the same columns, bit for bit.
@Suite struct RolloutFileTests {
  /// Two prompts, an episode without tokens, a mask, numbers that JSON lacks, columns of the user's own.
  func batch() throws -> Batch {
    let completions: [[Int32]] = [[3, 0], [4], [], [5, 6, 0]]
    func tokens(_ scale: Double) throws -> Tensor {
      try Tensor(rows: completions.map { $0.indices.map { -scale / Double($0 + 3) } })
    }
    return try Batch(
      logp: tokens(1),
      [
        .old: tokens(0.1), .sampler: tokens(1e-300), .prompt: ["a\n\"", "a\n\"", "ü", "ü"],
        .text: ["x", "", "", "y z"],
        .group: [4, 4, 9, 9], .reward: [1, 0.1, -.infinity, .nan], .advantage: [0.5, -0.0, 1 / 3, 5e-324],
      ], mask: Tensor(rows: [[1, 0], [1], [], [1, 1, 0]]),
      sequences: TokenSequences(
        prompts: [[1, 2], [7]], promptOf: [0, 0, 1, 1], completions: completions,
        tokenizer: CharacterTokenizer(charactersOf: ["+0123"])),
      temperature: 0.7
    ).with(columnNamed: "difficulty", [1.0, 2, 3, 4]).with(columnNamed: "source", ["s", "t", "u", "NaN"])
      .with(columnNamed: "noise", tokens(7))
  }

  func read(_ text: String) throws -> Batch {
    let folder = try ScratchFolder()
    return try RolloutFile.read(folder.write(Array(text.utf8), to: "rollouts.jsonl"))
  }

  @Test func `everything comes back bit for bit`() throws {
    let batch = try batch()
    let again = try read(RolloutFile.text(batch))
    #expect(again.columnNames == batch.columnNames && again.temperature == 0.7)
    #expect(
      again.sequences == batch.sequences && again.rows == batch.rows && again.rows.mask == batch.rows.mask)
    for name in batch.columnNames {
      switch (try batch.column(name), try again.column(name)) {
      case (.numbers(let a), .numbers(let b)):
        #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern) || name == "reward", "\(name)")
      case (.texts(let a), .texts(let b)): #expect(a == b, "\(name)")
      case (.tokens(let a), .tokens(let b)): #expect(a == b, "\(name)")
      default: Issue.record("\(name) changed its kind")
      }
    }
    #expect(
      again[.reward]?.values.prefix(3) == [1, 0.1, -.infinity] && again[.reward]?.values[3].isNaN == true)
  }

  @Test func `what another program wrote is read, and what is wrong is named with its line`() throws {
    let plain = try read(#"{"tokens": [5, 0], "old": [-1, -0.5], "reward": true}"# + "\n\n")
    #expect(plain.logp.values == [-1, -0.5] && plain[.reward]?.values == [1] && plain.group == [0])
    func message(_ text: String) -> String {
      do {
        _ = try read(text)
        return "read"
      } catch let error as EngineError { return error.message } catch { return "\(error)" }
    }
    #expect(message("").hasSuffix("has no episodes"))
    #expect(message(#"{"tokens": [1]}"#).contains("line 1: there is neither `logp` nor `old`"))
    #expect(
      message("{\"old\": [-1]}\n{\"old\": [-1], \"reward\": 1}").contains(
        "line 2: reward is not on every line"))
    #expect(
      message(#"{"old": [-1], "ref": [-1, -2]}"#).contains(
        "line 1: `ref` has 2 numbers, the episode 1 tokens"))
    #expect(
      message(#"{"old": [-1], "reward": "much"}"#).contains("line 1: `reward` is a text, expected a number"))
    #expect(
      message(#"{"old": [-1], "prompt_tokens": [1], "tokens": [1.5]}"#).contains(
        "expected a list of token numbers"))
    #expect(
      message(#"{"old": [-1], "prompt_tokens": [1], "tokens": [1], "characters": ["1", "0"]}"#).contains(
        "line 1: `characters` are not single characters in the order of their code points"))
    #expect(
      message("{\"old\": [-1], \"temperature\": 1}\n{\"old\": [-1], \"temperature\": 2}").contains("line 2"))
  }
}
