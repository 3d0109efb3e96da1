/// What a folder holds that `save` has written, or transformers for a dense Qwen3.
public enum SavedModel: Sendable {
  /// A model with a number for each token of the vocabulary.
  case policy(Policy)
  /// A model with one number: a critic, a reward model or a discriminator.
  case scalar(ScalarModel)

  /// The model in the folder `path`; throws as `Policy.load` does.
  public static func load(_ path: String) throws(EngineError) -> SavedModel {
    let network = try LoadedPolicy(path).policy()
    return network.configuration.scalarHead ? .scalar(ScalarModel(network)) : .policy(network)
  }
}

extension ScalarModel {
  /// Saves the model as a folder that transformers opens as a `Qwen3ForSequenceClassification` with one label, and
  /// that `SavedModel.load` takes up again bit for bit; throws as `Policy.save` does.
  public func save(to path: String) throws(EngineError) { try network.save(to: path) }
}

extension Policy {
  /// The policy in a folder that `save` has written, or transformers for a dense Qwen3.
  ///
  /// Weights may be float32, bfloat16 or float16, in one file or in shards, the head tied to the embedding
  /// or not. A folder of `save` gives the policy as it was, bit for bit; one of transformers gives its
  /// weights under a fresh optimiser. Sizes, names, shapes, types and offsets are checked before memory is
  /// taken. Throws `.file` naming the file and what is wrong in it.
  public static func load(_ path: String) throws(EngineError) -> Policy {
    switch try SavedModel.load(path) {
    case .policy(let policy): return policy
    case .scalar:
      throw EngineError(
        .file, "load",
        "\(path)/\(SavedPolicy.configuration) describes a critic or a reward model, not a policy")
    }
  }
}

/// The files of a policy's folder, found in order and not yet read.
private struct LoadedPolicy {
  private let path: String
  private let configuration: PolicyConfiguration
  private let table: ParameterTable
  private let state: TrainingState?
  private var weights: [StoredTensor] = []
  /// A head that has to be the embedding once more.
  private var repeatedHead: StoredTensor?
  private var moments: [StoredTensor] = []

  private static let operation = "load"
  private static let longestText = 1 << 24

  init(_ path: String) throws(EngineError) {
    self.path = path
    let operation = LoadedPolicy.operation
    func json(_ name: String) throws(EngineError) -> JSONFields {
      try JSONFields(InputFile("\(path)/\(name)", for: operation), limit: LoadedPolicy.longestText)
    }
    configuration = try PolicyConfiguration(qwen3: json(SavedPolicy.configuration))
    var stored = try StoredTensors(folder: path, for: operation)
    table = ParameterTable(configuration)
    for tensor in table.tensors { weights.append(try stored.take(tensor.name, tensor.shape)) }
    if configuration.tiedHead {
      repeatedHead = try stored.takeIfPresent(
        "lm_head.weight", [configuration.vocabulary, configuration.width])
    }
    try stored.requireEmpty()
    guard access("\(path)/\(SavedPolicy.state)", F_OK) == 0 else {
      state = nil
      return
    }
    let file = try json(SavedPolicy.state)
    let state = try TrainingState(file)
    self.state = state
    if let tokens = state.tokenizer?.vocabularySize, tokens != configuration.vocabulary {
      throw file.failure(
        "`characters` make \(tokens) tokens, but config.json has \(configuration.vocabulary)")
    }
    guard state.updates > 0, !state.optimizer.stateNames.isEmpty else { return }
    var optimizer = try StoredTensors(file: "\(path)/\(SavedPolicy.moments)", for: operation)
    for name in state.optimizer.stateNames {
      for tensor in table.tensors {
        moments.append(try optimizer.take("\(name).\(tensor.name)", tensor.shape))
      }
    }
    try optimizer.requireEmpty()
  }

  func policy() throws(EngineError) -> Policy {
    let operation = LoadedPolicy.operation
    let numbers = try Storage<Float>(uninitialized: table.count, for: operation)
    try read(weights, into: numbers)
    try requireRepeatedHead(numbers)
    guard let state else {
      return Policy(configuration, table, weights: numbers)
    }
    var kept: Storage<Float>?
    if !moments.isEmpty {
      let numbers = try Storage<Float>(
        uninitialized: table.count * state.optimizer.stateNames.count, for: operation)
      try read(moments, into: numbers)
      kept = numbers
    }
    let policy = Policy(
      configuration, table, weights: numbers, optimizer: state.optimizer, moments: kept,
      updates: state.updates,
      tokenizer: state.tokenizer)
    guard policy.fingerprintDigits == state.fingerprint else {
      throw EngineError(
        .file, operation,
        "\(path): weights and optimiser state have fingerprint \(policy.fingerprintDigits), "
          + "but rls.json was saved with \(state.fingerprint)",
        hint: "the files were changed since; without rls.json they are loaded under a fresh optimiser")
    }
    return policy
  }

  /// Reads tensors one after the other; throws where a number is not finite.
  private func read(_ tensors: [StoredTensor], into numbers: Storage<Float>) throws(EngineError) {
    var offset = 0
    for tensor in tensors {
      let target = numbers.base + offset
      let count = tensor.entry.shape.reduce(1, *)
      try tensor.read(into: target)
      guard UnsafeBufferPointer(start: target, count: count).allSatisfy(\.isFinite) else {
        throw tensor.file.file.failure("\"\(tensor.entry.name)\" holds infinities or NaN")
      }
      offset += count
    }
  }

  private func requireRepeatedHead(_ numbers: Storage<Float>) throws(EngineError) {
    guard let repeatedHead else { return }
    let count = configuration.vocabulary * configuration.width
    let head = try Storage<Float>(uninitialized: count, for: LoadedPolicy.operation)
    try repeatedHead.read(into: head.base)
    guard memcmp(head.base, numbers.base + table.embedding, count * 4) == 0 else {
      throw repeatedHead.file.file.failure(
        "\"lm_head.weight\" differs from the embedding, but config.json says that they are tied")
    }
  }
}
