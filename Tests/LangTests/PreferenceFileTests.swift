import Engine
import Testing

@testable import Lang

/// Pairs in a JSONL file, from the language.
@Suite struct PreferenceFileTests {
  /// What `program` ends with, which may write `file`; nil when it ends well.
  static func message(_ program: String) throws -> String? {
    var template = Array("/tmp/rls-pairs-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    close(descriptor)
    let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      unlink(base)
      unlink(base + ".jsonl")
    }
    return Session.message("file = \"\(base).jsonl\"\n" + program)
  }

  @Test func `a file becomes pairs, and training with dpo widens their margins`() throws {
    let program = """
      a = randint(1, 10, 64, seed: 1)
      b = randint(1, 10, 64, seed: 2)
      save table(map(range(64), i => {q: "\\(a[i])+\\(b[i])=", good: "\\(a[i] + b[i])", bad: "\\(a[i] + b[i] + 1)"})), file
      task = addition(digits: 1)
      base = policy(task, layers: 1, width: 32, heads: 2, lr: 1e-3, seed: 3)
      p = pairs(file, base, prompt: "q", chosen: "good", rejected: "bad", ref: base)
      expect len(p) == 128 and p.advantage[0] == 1 and p.advantage[1] == -1
      expect p.prompt[0] == "\\(a[0])+\\(b[0])=" and p.text[0] == "\\(a[0] + b[0])" and all(p.logp == p.ref)
      pi = base
      seen = []
      for epoch in 1..10 {
          for mb in minibatches(p, 2, shuffle: epoch) { pi, s = step(pi, mb, dpo()) }
          seen = push(seen, s)
      }
      expect seen[-1].margin > seen[0].margin + 0.05
      expect seen[-1].accuracy > 0.7
      """
    #expect(try Self.message(program) == nil)
  }

  @Test(arguments: [
    ("save \"{\\\"prompt\\\": \\\"1+1=\\\", \\\"chosen\\\": \\\"2\\\"}\\n\", file", "rejected"),
    (
      "save table([{prompt: \"1+1=\", chosen: \"2\", rejected: \"x\"}]), file",
      "\"rejected\": "
    ),
    ("save table([{prompt: \"\", chosen: \"2\", rejected: \"3\"}]), file", "the prompt is empty"),
    ("save \"\\n\", file", "has no pairs"),
    ("x = 1", "there is no such file"),
  ])
  func `what is wrong with a file is named`(made: String, part: String) throws {
    let program = "\(made)\npi = policy(addition(), layers: 1, width: 8, heads: 2)\npairs(file, pi)"
    let text = try Self.message(program) ?? "no error"
    #expect(text.contains(part), "\(text)")
  }
}
