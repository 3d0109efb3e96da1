import Engine
import Testing

@testable import Lang

/// Policies in folders, from the language.
@Suite struct PolicyFileTests {
  /// What `program` ends with, which may save `folder + "/pi"` and `folder + "/base"`; nil when it ends well.
  static func message(_ program: String) throws -> String? {
    var template = Array("/tmp/rls-policy-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      for policy in ["pi", "base"] {
        for name in ["config", "tokenizer", "tokenizer_config", "generation_config", "rls"] {
          unlink("\(folder)/\(policy)/\(name).json")
        }
        for name in ["model", "optimizer"] { unlink("\(folder)/\(policy)/\(name).safetensors") }
        rmdir("\(folder)/\(policy)")
      }
      rmdir(folder)
    }
    return Session.message("folder = \"\(folder)\"\n" + program)
  }

  @Test func `a policy is saved and loaded by commands`() throws {
    let program = """
      task = addition(digits: 1)
      pi = policy(task, width: 16, heads: 2, lr: 0.01, seed: 3)
      pi, s = step(pi, rollout(pi, task, prompts: 4, group: 4) | group_norm, reinforce())
      save pi, folder + "/pi"
      again = load(folder + "/pi")
      expect fingerprint(again) == fingerprint(pi)
      expect again.updates == 1 and again.lr == 0.01
      expect evaluate(again, task, samples: 2).pass1 == evaluate(pi, task, samples: 2).pass1
      save again, folder + "/pi"
      load folder + "/pi"
      fresh = with_optimizer(again, lr: 0.5, optimizer: "sgd")
      expect fresh.updates == 0 and fresh.lr == 0.5
      expect all(logits(fresh, [1, 2]) == logits(pi, [1, 2]))
      r = train(pi, task, reinforce(), steps: 1, prompts: 2, group: 2)
      expect r.fingerprint == fingerprint(r.policy)
      """
    #expect(try Self.message(program) == nil)
  }

  @Test func `a critic is saved and loaded by commands, and trains on as if it had never left`() throws {
    let program = """
      task = addition(digits: 1)
      pi = policy(task, width: 16, heads: 2, seed: 3)
      fn fit(v, i) = fit_values(v, rollout(pi, task, prompts: 4, seed: i) | with_values(v) | gae)[0]
      v = fit(critic(pi, lr: 0.01), 1)
      save v, folder + "/pi"
      again = load(folder + "/pi")
      expect kind(again) == "critic" and again.fingerprint == v.fingerprint
      expect again.updates == 1 and again.lr == 0.01
      expect fit(again, 2).fingerprint == fit(v, 2).fingerprint
      ro = rollout(pi, task, prompts: 2, seed: 9)
      expect all(scores(again, ro) == scores(v, ro))
      save pi, folder + "/pi"
      expect kind(load(folder + "/pi")) == "policy"
      """
    #expect(try Self.message(program) == nil)
  }

  @Test func `what is no policy is refused`() throws {
    #expect(try Self.message("load folder")?.contains("config.json: there is no such file") == true)
    #expect(
      try Self.message("save policy(8, width: 16), \"/\"")?.contains("is not a policy saved by rls") == true)
    let run = "task = addition()\nsave run(() => policy(task)), folder + \"/r\""
    #expect(try Self.message(run)?.contains("a run is saved as .html, .csv, .jsonl or .json") == true)
  }

  /// The policy of scripts/transformers/policy.rls, saved by rls and opened by transformers (golden.py).
  ///
  /// Both compute in float32; the promise is 1e-5.
  @Test(arguments: ["policy", "policy_moe"])
  func `transformers computes the logits of a policy that rls saves`(_ name: String) throws {
    let program = try readLines("scripts/transformers/policy.rls").joined(separator: "\n")
    let check = """
      expected = read_json("\(SourceTree.root)/Tests/Golden/\(name).json")
      difference = logits(pi, expected.tokens) - tensor(expected.logits)
      expect len(difference) == 18 and max(abs(difference)) < 1e-5
      """
    #expect(Session.message("args = [\"\(name)\"]\n\(program)\n\(check)") == nil)
  }
}
