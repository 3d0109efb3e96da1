import Testing

@testable import Engine
@testable import Lang

/// A policy is for the tokens it was made for.
@Suite struct TokenizerTests {
  /// `other` is a task with as many tokens as `task` that stand for other characters: `-` in place of `+`.
  private func inSession(_ body: (Session) throws -> Void) throws {
    var template = Array("/tmp/rls-tokenizer-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      let names = ["config", "tokenizer", "tokenizer_config", "generation_config", "rls"].map { "\($0).json" }
      for name in names + ["model.safetensors"] { unlink("\(folder)/pi/\(name)") }
      rmdir("\(folder)/pi")
      unlink("\(folder)/minus.jsonl")
      rmdir(folder)
    }
    let line = #"{"prompt": "987-6543=", "answer": "210"}"# + "\n"
    let file = open(folder + "/minus.jsonl", O_WRONLY | O_CREAT, 0o600)
    _ = writeBytes(file, line, line.utf8.count)
    close(file)
    let session = Session(host: CollectingHost())
    try session.run(
      """
      folder = "\(folder)"
      task = addition(digits: 1)
      other = dataset("\(folder)/minus.jsonl")
      pi = policy(task, layers: 1, width: 8, heads: 2)
      theirs = policy(other, layers: 1, width: 8, heads: 2)
      ro = rollout(theirs, other, prompts: 2, group: 2) | group_norm
      expect task.vocabulary == other.vocabulary
      """, name: "start", echoes: false)
    try body(session)
  }

  static let uses = [
    "rollout(pi, other)", "sft(pi, other, steps: 1)", "evaluate(pi, other)", "answers(pi, other)",
    "sample(pi, other, \"1-2=\")", "train(pi, other, sapo(), steps: 1)", "step(pi, ro, sapo())",
    "rescore(ro, pi)", "rollout(theirs, other, ref: pi)", "with_values(ro, critic(pi))",
  ]

  @Test(arguments: uses) func `a policy of another alphabet of the same size is refused`(use: String) throws {
    try inSession { session in
      for load in ["", "save pi, folder + \"/pi\"\npi = load(folder + \"/pi\")\n"] {
        let error = try #require(throws: RuntimeError.self) {
          try session.run(load + use, name: "use", echoes: false)
        }
        let kind = use.contains("critic") ? "model" : "policy"
        let expected = [
          "the \(kind)'s tokens stand for +0123456789=, those of",
          "for -0123456789=: the \(kind) lacks `-` and has `+` too",
        ]
        for part in expected { #expect(error.message.contains(part), "\(error.message)") }
      }
    }
  }

  @Test func `rollouts of two alphabets are not joined`() throws {
    try inSession { session in
      let error = try #require(throws: RuntimeError.self) {
        try session.run("concat(ro, rollout(pi, task, prompts: 2) | group_norm)", name: "use", echoes: false)
      }
      #expect(error.message.contains("different tokenizers"), "\(error.message)")
    }
  }

  @Test func `a policy without a tokenizer takes tokens as they are`() throws {
    try inSession { session in
      try session.run(
        """
        bare = policy(task.vocabulary, layers: 1, width: 8, heads: 2)
        raw = rollout(bare, other, prompts: 2, group: 2) | group_norm
        bare, s = step(bare, raw, sapo())
        bare, s = step(bare, ro, sapo())
        """, name: "bare", echoes: false)
    }
  }

  @Test func `an identity is the alphabet's and no other's`() {
    let plus = CharacterTokenizer(charactersOf: ["0123456789+="])
    #expect(plus.identity == "characters:\(plus.identity.suffix(16))")
    #expect(plus.identity == CharacterTokenizer(charactersOf: ["=+", "9876543210"]).identity)
    #expect(plus.identity != CharacterTokenizer(charactersOf: ["0123456789-="]).identity)
    #expect(
      CharacterTokenizer(charactersOf: ["e\u{301}"]).identity
        != CharacterTokenizer(charactersOf: ["e", "\u{301}"]).identity)
  }
}
