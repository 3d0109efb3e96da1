import Testing

@testable import Engine

/// Models that transformers has made, from scripts/transformers/golden.py.
@Suite struct GoldenPolicyTests {
  /// Two float32 implementations of up to three blocks, logits of order 1, and seven decimals in the file:
  /// 1e-5, a tenth of what is promised.
  @Test(arguments: GoldenFiles.models)
  func `logits of a Qwen3 written by transformers are those of transformers`(_ name: String) throws {
    let policy = try Policy.load("\(GoldenFiles.root)/qwen3/\(name)")
    let expected = try GoldenFiles.expected("qwen3/\(name)/expected.json")
    let logits = try policy.logits(of: expected.tokens)
    #expect(logits.count == expected.logits.count)
    for (row, other) in zip(logits, expected.logits) {
      #expect(row.count == other.count)
      for (a, b) in zip(row, other) { #expect(abs(Double(a) - b) < 1e-5) }
    }
    #expect(policy.updates == 0)
    #expect(policy.optimizer == OptimizerConfiguration())
  }

  /// Sizes as golden.py gives them.
  @Test func `sizes come from config.json`() throws {
    let policy = try Policy.load("\(GoldenFiles.root)/qwen3/bfloat16-sharded")
    #expect(
      policy.configuration
        == PolicyConfiguration(
          vocabulary: 13, layers: 3, width: 20, heads: 4, kvHeads: 1, headWidth: 8, ffnWidth: 28,
          ropeBase: 1_000_000, normEpsilon: 1e-5))
    #expect(try Policy.load("\(GoldenFiles.root)/qwen3/float16-tied").configuration.tiedHead)
  }

  @Test(arguments: GoldenFiles.models)
  func `saved again, the tensors have the names, shapes and numbers they came with`(_ name: String) throws {
    let folder = try ScratchFolder()
    let policy = try Policy.load("\(GoldenFiles.root)/qwen3/\(name)")
    try policy.save(to: folder.path + "/saved")
    var before = try StoredTensors(folder: "\(GoldenFiles.root)/qwen3/\(name)", for: "test")
    let after = try SafetensorsFile(folder.path + "/saved/model.safetensors", for: "test")
    for entry in after.header.entries {
      let original = try before.take(entry.name, entry.shape)
      let count = entry.shape.reduce(1, *)
      let a = try Storage<Float>(repeating: 0, count: count, for: "test")
      let b = try Storage<Float>(repeating: 1, count: count, for: "test")
      try original.read(into: a.view)
      try after.read(entry, into: b.view)
      #expect(a.view.hasSameBits(as: b.view), "\(entry.name)")
    }
    try before.requireEmpty()
    #expect(try Policy.load(folder.path + "/saved").fingerprint == policy.fingerprint)
  }
}
