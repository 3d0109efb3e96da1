/// What a folder holds that `save` has written, or transformers for a Qwen3 or a Qwen3-MoE.
public enum SavedModel: Sendable {
  /// A model with a number for each token of the vocabulary.
  case policy(Policy)
  /// A model with one number: a critic, a reward model or a discriminator.
  case scalar(ScalarModel)

  /// The model in the folder `path`; throws as `Policy.load` does.
  public static func load(_ path: String) throws(EngineError) -> SavedModel {
    let network = try LoadedPolicy(path).policy()
    return switch network.configuration.head {
    case .tokens: .policy(network)
    case .scalar: .scalar(ScalarModel(network))
    }
  }
}

extension ScalarModel {
  /// Saves the model as a folder that transformers opens as a `Qwen3ForSequenceClassification` with one label, and
  /// that `SavedModel.load` takes up again bit for bit; throws as `Policy.save` does.
  public func save(to path: String) throws(EngineError) { try network.save(to: path) }

  /// Writes the files of `save` as `Policy.write` does.
  public func write(into path: String) throws(EngineError) { try network.write(into: path) }
}

extension Policy {
  /// The policy in a folder that `save` has written, or transformers for a Qwen3 or a Qwen3-MoE.
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
  private let model: Model
  private let state: TrainingState?
  private var weights: [StoredTensor] = []
  /// Tensors that have to be another once more.
  private var repeated: [(stored: StoredTensor, tensor: ParameterTensor)] = []
  /// The tensors of each block of the optimiser's state.
  private var moments: [[StoredTensor]] = []

  private static let operation = "load"
  private static let longestText = 1 << 24

  init(_ path: String) throws(EngineError) {
    self.path = path
    let operation = LoadedPolicy.operation
    func json(_ name: String) throws(EngineError) -> JSONFields {
      try JSONFields(InputFile("\(path)/\(name)", for: operation), limit: LoadedPolicy.longestText)
    }
    model = Model(try PolicyConfiguration(qwen3: json(SavedPolicy.configuration)))
    let table = model.table
    var stored = try StoredTensors(folder: path, for: operation)
    for tensor in table.tensors { weights.append(try stored.take(tensor.name, tensor.shape)) }
    for (name, tensor) in table.aliases {
      if let found = try stored.takeIfPresent(name, tensor.shape) { repeated.append((found, tensor)) }
    }
    try stored.requireEmpty()
    guard access("\(path)/\(SavedPolicy.state)", F_OK) == 0 else {
      state = nil
      return
    }
    let file = try json(SavedPolicy.state)
    let state = try TrainingState(file)
    self.state = state
    if let tokens = state.tokenizer?.vocabularySize, tokens != model.configuration.vocabulary {
      throw file.failure(
        "`characters` make \(tokens) tokens, but config.json has \(model.configuration.vocabulary)")
    }
    guard state.updates > 0, !state.optimizer.stateNames.isEmpty else { return }
    var optimizer = try StoredTensors(file: "\(path)/\(SavedPolicy.moments)", for: operation)
    for name in state.optimizer.stateNames {
      var block: [StoredTensor] = []
      for tensor in table.tensors { block.append(try optimizer.take("\(name).\(tensor.name)", tensor.shape)) }
      moments.append(block)
    }
    try optimizer.requireEmpty()
  }

  func policy() throws(EngineError) -> Policy {
    let operation = LoadedPolicy.operation
    let numbers = try read(weights)
    try requireSame(numbers)
    guard let state else {
      return Policy(model, weights: numbers)
    }
    let policy = Policy(
      model, weights: numbers, optimizer: state.optimizer, moments: try moments.map(read),
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
  private func read(_ tensors: [StoredTensor]) throws(EngineError) -> Storage<Float> {
    let numbers = try Storage<Float>(uninitialized: model.table.count, for: LoadedPolicy.operation)
    var offset = 0
    for tensor in tensors {
      let target = FloatView(numbers, at: offset, rows: 1, columns: tensor.entry.shape.reduce(1, *))
      try tensor.read(into: target)
      guard UpdateRule.isFinite(target, 0..<target.columns) else {
        throw tensor.file.file.failure("\"\(tensor.entry.name)\" holds infinities or NaN")
      }
      offset += target.columns
    }
    return numbers
  }

  private func requireSame(_ numbers: Storage<Float>) throws(EngineError) {
    for (stored, tensor) in repeated {
      let again = try Storage<Float>(uninitialized: tensor.count, for: LoadedPolicy.operation)
      try stored.read(into: again.view)
      guard tensor.view(numbers).hasSameBits(as: again.view) else {
        throw stored.file.file.failure(
          "\"\(stored.entry.name)\" differs from the embedding, but config.json says that they are tied")
      }
    }
  }
}
