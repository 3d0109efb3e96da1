import Testing

@testable import Engine

@Suite struct SavedPolicyTests {
  static let optimizers = [
    OptimizerConfiguration(learningRate: 1e-3),
    OptimizerConfiguration(
      .adamW(beta1: 0.9, beta2: 0.95, epsilon: 1e-6), learningRate: 1.0 / 3,
      schedule: LearningRateSchedule(warmup: 3, decay: .cosine(steps: 9, final: 0.1)), weightDecay: 0.01,
      clipNorm: nil),
    OptimizerConfiguration(
      .sgd(momentum: 0.9), learningRate: 0.1,
      schedule: LearningRateSchedule(decay: .linear(steps: 7, final: 0)),
      clipNorm: 0.7),
    OptimizerConfiguration(.sgd(momentum: 0), learningRate: 0.1),
  ]

  static func trained(
    _ optimizer: OptimizerConfiguration = optimizers[0], updates: Int = 3, model: Int = 1
  ) throws -> Policy {
    try advanced(TestModels.policy(model).withFreshOptimizer(optimizer), updates)
  }

  static func advanced(_ policy: Policy, _ updates: Int) throws -> Policy {
    var policy = policy
    let sequences = TestModels.sequences(vocabulary: policy.configuration.vocabulary)
    for _ in 0..<updates { policy = try superviseStep(policy, sequences).result.policy }
    return policy
  }

  @Test(arguments: optimizers, TestModels.configurations.indices)
  func `a policy comes back as it was and trains on as if it had never left`(
    _ optimizer: OptimizerConfiguration, _ model: Int
  ) throws {
    let folder = try ScratchFolder()
    for updates in [0, 2] {
      let policy = try Self.trained(optimizer, updates: updates, model: model)
      try policy.save(to: "\(folder.path)/p")
      let again = try Policy.load("\(folder.path)/p")
      #expect(again.fingerprint == policy.fingerprint)
      #expect(again.configuration == policy.configuration)
      #expect(again.optimizer == optimizer)
      #expect(again.updates == updates)
      #expect(try Self.advanced(again, 3).fingerprint == Self.advanced(policy, 3).fingerprint)
    }
  }

  @Test func `a policy keeps the tokens of the task it was made for`() throws {
    let folder = try ScratchFolder()
    let tokenizer = CharacterTokenizer(charactersOf: ["a\"\\\n", "é€", "👩‍👧", "\u{1}"])
    let configuration = PolicyConfiguration(
      vocabulary: tokenizer.vocabularySize, layers: 1, width: 8, heads: 2)
    let policy = try Policy(configuration: configuration, seed: 1, tokenizer: tokenizer)
    #expect(try Self.advanced(policy, 1).tokenizer?.identity == tokenizer.identity)
    try policy.save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").tokenizer?.identity == tokenizer.identity)
    try policy.withFreshOptimizer(Self.optimizers[2]).save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").tokenizer?.identity == tokenizer.identity)
    try Self.trained().save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").tokenizer == nil)
  }

  @Test func `every bit of weights, state and update count is in the fingerprint`() throws {
    let policy = try Self.trained()
    try #require(policy.moments.count == 2)
    let before = policy.fingerprint
    let draws = Philox(seed: 3, .script)
    for round in 0..<200 as Range<UInt64> {
      for block in [policy.weights] + policy.moments {
        let place = draws.integer(below: block.count, at: 2 * round)
        let bit = UInt32(1) << UInt32(draws.integer(below: 32, at: 2 * round + 1))
        let number = block.base[place]
        block.base[place] = Float(bitPattern: number.bitPattern ^ bit)
        #expect(policy.fingerprint != before)
        block.base[place] = number
      }
    }
    #expect(policy.fingerprint == before)
    let later = Policy(
      policy.model, weights: policy.weights, moments: policy.moments, updates: 4)
    #expect(later.fingerprint != before)
  }

  @Test(arguments: [(WeightFormat.bfloat16, "BF16"), (.float16, "F16"), (.int8, "F32")])
  func `weights that were rounded to a short type are saved in it, bit for bit`(
    _ format: WeightFormat, _ type: String
  ) throws {
    let folder = try ScratchFolder()
    let policy = try Self.trained().rounded(to: format)
    try policy.save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").fingerprint == policy.fingerprint)
    let file = try SafetensorsFile("\(folder.path)/p/model.safetensors", for: "test")
    #expect(Set(file.header.entries.map(\.type.rawValue)) == [type])
    let trained = try Self.advanced(policy, 1)
    try trained.save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").fingerprint == trained.fingerprint)
  }

  @Test func `the deepest policy there may be is saved and loaded`() throws {
    let folder = try ScratchFolder()
    let configuration = PolicyConfiguration(
      vocabulary: 3, layers: PolicyConfiguration.mostLayers, width: 2, heads: 1, ffnWidth: 1)
    let policy = try Self.advanced(Policy(configuration: configuration, seed: 1), 1)
    try policy.save(to: "\(folder.path)/p")
    #expect(try Policy.load("\(folder.path)/p").fingerprint == policy.fingerprint)
  }

  // MARK: What is there already

  @Test func `a saved policy is replaced whole, with nothing left beside it`() throws {
    let folder = try ScratchFolder()
    let (first, second) = (try Self.trained(), try Self.trained(Self.optimizers[3], model: 2))
    try first.save(to: "\(folder.path)/p")
    #expect(
      try folder.names(in: "p") == ["config.json", "model.safetensors", "optimizer.safetensors", "rls.json"])
    try folder.link("link", to: "p")
    for path in ["\(folder.path)/p", "\(folder.path)/p//", "\(folder.path)/./p", "\(folder.path)/link"] {
      try second.save(to: path)
      #expect(try Policy.load("\(folder.path)/p").fingerprint == second.fingerprint)
      #expect(try folder.names(in: "p") == ["config.json", "model.safetensors", "rls.json"])
      try first.save(to: path)
      #expect(try Policy.load("\(folder.path)/p").fingerprint == first.fingerprint)
      #expect(try folder.names() == ["link", "p"])
    }
    try folder.makeFolder("empty")
    try first.save(to: "\(folder.path)/empty")
    #expect(try Policy.load("\(folder.path)/empty").fingerprint == first.fingerprint)
  }

  @Test func `nothing that is not a saved policy is replaced`() throws {
    let folder = try ScratchFolder()
    let policy = try Self.trained()
    try folder.write([1, 2, 3], to: "file")
    try folder.makeFolder("notes")
    try folder.write([4], to: "notes/a.txt")
    try policy.save(to: "\(folder.path)/p")
    try folder.write([5], to: "p/notes.txt")
    try folder.copy("\(GoldenFiles.root)/qwen3/float32", to: "qwen")
    try folder.makeFolder("config")
    try folder.write([6], to: "config/config.json")
    for (name, cause) in [
      ("file", "is a file, but a policy is saved as a folder"),
      ("notes", "is not a policy saved by rls: it holds a.txt"),
      ("p", "is not a policy saved by rls: it holds notes.txt"),
      ("qwen", "is not a policy saved by rls: it holds expected.json"),
      ("config", "is not a policy saved by rls: it holds config.json"),
      ("none/p", "no such file or directory"),
    ] {
      let message = engineMessage { try policy.save(to: "\(folder.path)/\(name)") }
      #expect(message?.contains(cause) == true, "\(name): \(message ?? "no error")")
    }
    #expect(engineMessage { try policy.save(to: "") } == "the name is empty")
    #expect(try folder.names() == ["config", "file", "notes", "p", "qwen"])
    #expect(try folder.read("file") == [1, 2, 3])
    #expect(try folder.read("notes/a.txt") == [4])
    #expect(try folder.read("config/config.json") == [6])
    #expect(try Policy.load("\(folder.path)/p").fingerprint == policy.fingerprint)
  }

  /// In processes of their own: limits and the request to stop hold for a whole process.
  @Test func `a save that cannot be finished changes nothing`() async {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      let policy = try Self.trained()
      let path = "\(folder.path)/p"
      try policy.save(to: path)
      let next = try Self.advanced(policy, 1)
      signal(SIGXFSZ, SIG_IGN)
      for limit in [0, 100, 5000, 60_000] as [rlim_t] {
        var limits = rlimit(rlim_cur: limit, rlim_max: rlim_t.max)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0)
        #expect(engineMessage { try next.save(to: path) }?.contains("file too large") == true)
        limits.rlim_cur = rlim_t.max
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0)
        #expect(try Policy.load(path).fingerprint == policy.fingerprint)
        #expect(try folder.names() == ["p"])
      }
      Interrupt.request()
      let stopped = #expect(throws: EngineError.self) { try next.save(to: path) }
      #expect(stopped?.kind == .interrupted)
      #expect(throws: EngineError.self) { try Policy.load(path) }
      Interrupt.clear()
      #expect(try Policy.load(path).fingerprint == policy.fingerprint)
      #expect(try folder.names() == ["p"])
    }
  }

  // MARK: Files that do not fit together

  /// What `load` says once `name` in a saved policy holds other bytes.
  private func message(_ name: String, _ change: (inout [UInt8]) throws -> Void) throws -> String {
    let folder = try ScratchFolder()
    try Self.trained().save(to: "\(folder.path)/p")
    var bytes = try folder.read("p/\(name)")
    try change(&bytes)
    try folder.write(bytes, to: "p/\(name)")
    return engineMessage { _ = try Policy.load("\(folder.path)/p") } ?? ""
  }

  private func message(_ name: String, replacing text: String, with other: String) throws -> String {
    try message(name) { bytes in
      let parts = String(decoding: bytes, as: UTF8.self).split(
        separator: text, omittingEmptySubsequences: false)
      try #require(parts.count > 1, "\(text) does not occur in \(name)")
      bytes = Array(parts.joined(separator: other).utf8)
    }
  }

  @Test(arguments: [
    ("\"qwen3\"", "\"llama\"", "`model_type` is \"llama\", expected \"qwen3\""),
    ("Qwen3ForCausalLM", "Qwen3ForTokenClassification", "expected \"Qwen3ForCausalLM\""),
    ("\"silu\"", "\"gelu\"", "`hidden_act` is \"gelu\""),
    ("\"attention_bias\": false", "\"attention_bias\": true", "`attention_bias` is true"),
    ("\"use_sliding_window\": false", "\"use_sliding_window\": true", "`use_sliding_window` is true"),
    ("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"", "`rope_type` is \"yarn\""),
    ("\"head_dim\": 6", "\"head_dim\": 7", "head_width is 7"),
    ("\"head_dim\": 6", "\"head_dim\": 8", "has shape [24, 24], expected [32, 24]"),
    ("\"head_dim\": 6,", "", "has no `head_dim`, expected a whole number"),
    (
      "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
      "has no \"model.layers.2.input_layernorm.weight\""
    ),
    (
      "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 16000000",
      "layers is 16000000, more than the 4096 allowed"
    ),
    (
      "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1",
      "holds \"model.layers.1.input_layernorm.weight\""
    ),
    ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1e99", "`num_hidden_layers` is 1e+99"),
    ("\"hidden_size\": 24", "\"hidden_size\": 9000000000000000000", "more than"),
    ("\"hidden_size\": 24", "\"hidden_size\": \"24\"", "`hidden_size` is \"24\", expected a whole number"),
    (
      "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true",
      "lm_head.weight\", which a policy does not have"
    ),
    ("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 0", "expected true or false"),
    ("\"use_cache\": true", "\"quantization_config\": {}", "the weights are quantised"),
    (
      "\"use_cache\": true", "\"layer_types\": [\"sliding_attention\"]",
      "`layer_types` has \"sliding_attention\""
    ),
    ("{", "[", "is no JSON"),
  ])
  func `a config.json that is not this policy's is refused`(_ text: String, _ other: String, _ cause: String)
    throws
  {
    let message = try message("config.json", replacing: text, with: other)
    #expect(message.contains(cause), "\(message)")
  }

  @Test(arguments: [
    ("\"version\": 1", "\"version\": 2", "`version` is 2, but this rls reads version 1"),
    ("\"updates\": 3", "\"updates\": -1", "`updates` is -1"),
    ("\"updates\": 3", "\"updates\": 4", "but rls.json was saved with"),
    ("\"updates\": 3", "\"updates\": 3.5", "`updates` is 3.5, expected a whole number"),
    ("\"adamw\"", "\"lion\"", "`method` is \"lion\""),
    ("\"constant\"", "\"step\"", "`decay` is \"step\""),
    ("\"beta1\": 0.9", "\"beta1\": 1.5", "beta1 is 1.5"),
    ("\"lr\": 0.001", "\"lr\": null", "has no `lr`"),
    ("\"characters\": null", "\"characters\": [\"a\"]", "make 2 tokens, but config.json has 37"),
    ("\"characters\": null", "\"characters\": [\"ab\"]", "not single characters"),
    ("\"characters\": null", "\"characters\": [\"b\", \"a\"]", "not single characters"),
    ("\"fingerprint\": \"", "\"fingerprint\": \"0", "was saved with 0"),
  ])
  func `an rls.json that does not fit is refused`(_ text: String, _ other: String, _ cause: String) throws {
    let message = try message("rls.json", replacing: text, with: other)
    #expect(message.contains(cause), "\(message)")
  }

  @Test func `changed, missing and infinite numbers are found out`() throws {
    for name in ["model.safetensors", "optimizer.safetensors"] {
      let flipped = try message(name) { $0[$0.count - 4] ^= 1 }
      #expect(flipped.contains("but rls.json was saved with"), "\(flipped)")
      let infinite = try message(name) {
        $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 0x80, 0x7F])
      }
      #expect(infinite.contains("holds infinities or NaN"), "\(infinite)")
      let folder = try ScratchFolder()
      try Self.trained().save(to: "\(folder.path)/p")
      folder.remove("p/\(name)")
      let missing = engineMessage { _ = try Policy.load("\(folder.path)/p") }
      #expect(missing?.contains("there is no such file") == true)
    }
  }

  @Test func `weights that another program changed load once rls.json is gone`() throws {
    let folder = try ScratchFolder()
    let policy = try Self.trained()
    try policy.save(to: "\(folder.path)/p")
    folder.remove("p/rls.json")
    let plain = try Policy.load("\(folder.path)/p")
    #expect(plain.fingerprint == (try policy.withFreshOptimizer(OptimizerConfiguration()).fingerprint))
  }

  @Test func `a head stored beside the embedding it is tied to has to be the same`() throws {
    let folder = try ScratchFolder()
    let policy = try Self.trained(updates: 0)
    func load() throws -> Policy {
      try policy.save(to: "\(folder.path)/p")
      folder.remove("p/rls.json")
      let config = String(decoding: try folder.read("p/config.json"), as: UTF8.self).split(
        separator: "\"tie_word_embeddings\": false")
      try folder.write(
        Array(config.joined(separator: "\"tie_word_embeddings\": true").utf8), to: "p/config.json")
      let loaded = Result { try Policy.load("\(folder.path)/p") }
      folder.remove("p")
      return try loaded.get()
    }
    #expect(
      engineMessage { _ = try load() }?.contains("\"lm_head.weight\" differs from the embedding") == true)
    let size = 37 * 24
    let head = try #require(policy.tensors.first { $0.name == "lm_head.weight" })
    head.view(policy.weights).copy(0, from: policy.tensors[0].view(policy.weights), 0)
    let tied = try load()
    #expect(tied.parameterCount == policy.parameterCount - size)
    #expect(try tied.logits(of: [1, 2, 3]) == policy.logits(of: [1, 2, 3]))
  }

  @Test func `a tensor too many, too few or of another shape is refused`() throws {
    let table = [("a", [2]), ("b", [1])]
    let folder = try ScratchFolder()
    let numbers: [Float] = [1, 2, 3]
    let file = try OutputFile(creating: "\(folder.path)/x", named: "x", for: "save")
    try SafetensorsFile.write(
      table.map { (name: $0.0, shape: $0.1, count: $0.1[0]) }, from: [Storage(numbers, for: "test").view],
      to: file)
    try file.finish()
    func take(_ tensors: [(String, [Int])]) throws {
      var stored = try StoredTensors(file: file.path, for: "load")
      for (name, shape) in tensors { _ = try stored.take(name, shape) }
      try stored.requireEmpty()
    }
    #expect(engineMessage { try take(table) } == nil)
    #expect(
      engineMessage { try take([("a", [2])]) }?.contains("holds \"b\", which a policy does not have") == true)
    #expect(engineMessage { try take(table + [("c", [1])]) }?.contains("has no \"c\"") == true)
    #expect(
      engineMessage { try take([("a", [2, 1])]) }?.contains("\"a\" has shape [2], expected [2, 1]") == true)
  }

  @Test(arguments: [
    ("model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors", "which does not hold it"),
    ("\"model.norm.weight\": ", "\"model.norm.bias\": ", "does not place there"),
    ("model-00001-of-00003.safetensors", "../float32/model.safetensors", "no name of a file beside it"),
    ("model-00001-of-00003.safetensors", "..", "no name of a file beside it"),
    ("model-00001-of-00003.safetensors", "", "no name of a file beside it"),
    ("model-00001-of-00003.safetensors", "none.safetensors", "there is no such file"),
    ("\"weight_map\"", "\"map\"", "has no `weight_map`"),
    ("\"model.norm.weight\"", "\"model.other.weight\"", "does not place there"),
    ("\"metadata\": {", "\"metadata\": {{", "is no JSON"),
  ])
  func `an index that does not fit its shards is refused`(_ text: String, _ other: String, _ cause: String)
    throws
  {
    let folder = try ScratchFolder()
    try folder.copy("\(GoldenFiles.root)/qwen3/float32-tied-sharded", to: "p")
    let index = "p/model.safetensors.index.json"
    let parts = String(decoding: try folder.read(index), as: UTF8.self).split(
      separator: text, omittingEmptySubsequences: false)
    try #require(parts.count > 1)
    try folder.write(Array(parts.joined(separator: other).utf8), to: index)
    let message = engineMessage { _ = try Policy.load("\(folder.path)/p") }
    #expect(message?.contains(cause) == true, "\(message ?? "no error")")
  }
}
