// Policies: saved policies, in the layout of Hugging Face. `SavedPolicy` writes, `LoadedPolicy` reads.

/// A policy in a folder: the layout of Hugging Face, and beside it what training needs to go on.
///
/// `config.json`, `model.safetensors` and the tokenizer's files are those of transformers' `Qwen3ForCausalLM`, or of
/// `Qwen3ForSequenceClassification` for a scalar model; `rls.json` and `optimizer.safetensors` hold the optimiser, its
/// state and the number of its updates.
enum SavedPolicy {
  static let configuration = "config.json"
  static let weights = "model.safetensors"
  static let moments = "optimizer.safetensors"
  static let state = "rls.json"
  static let vocabulary = "tokenizer.json"
  static let tokenizer = "tokenizer_config.json"
  static let generation = "generation_config.json"

  static let folder = ReplacedFolder(
    files: [configuration, weights, moments, state, vocabulary, tokenizer, generation], marker: state,
    content: "a policy", operation: operation)
  static let operation = "save"
}

extension Policy {
  /// Saves the policy as a folder that transformers opens and `load` takes up again bit for bit.
  ///
  /// Weights that bfloat16 or float16 holds exactly, such as those that were rounded to it, are saved so.
  ///
  /// The folder is written aside, flushed to disk and renamed, so that a crash leaves the old one or the new one. A
  /// policy saved there before is replaced. Throws `.file` when there is anything else at `path`, or when it cannot be
  /// written; nothing is changed then.
  public func save(to path: String) throws(EngineError) {
    try SavedPolicy.folder.write(path) { (folder) throws(EngineError) in
      try write(into: folder, named: path, isInterruptible: true)
    }
  }

  /// Writes the files of `save` into the new folder `path`, flushed to disk and not cut short by an interrupt.
  public func write(into path: String) throws(EngineError) {
    guard mkdir(path, 0o777) == 0 else { throw FileContents.unwritable(path, SavedPolicy.operation) }
    try write(into: path, named: path, isInterruptible: false)
    try Folder.synchronize(path, for: SavedPolicy.operation)
  }

  /// Writes the files into `folder`, which messages call `path`.
  private func write(into folder: String, named path: String, isInterruptible: Bool) throws(EngineError) {
    func write(
      _ name: String, _ body: (OutputFile) throws(EngineError) -> Void
    ) throws(EngineError) {
      let file = try OutputFile(
        creating: "\(folder)/\(name)", named: "\(path)/\(name)", for: SavedPolicy.operation,
        isInterruptible: isInterruptible)
      try body(file)
      try file.finish()
    }
    func write(_ name: String, _ json: JSON) throws(EngineError) {
      try write(name) { (file) throws(EngineError) in try file.write(json.text) }
    }
    let type = SafetensorsType.holding(weights.view)
    try write(SavedPolicy.configuration, configuration.qwen3(endToken: tokenizer?.endToken, type))
    for file in tokenizer?.files ?? [] { try write(file.name, file.content) }
    try write(SavedPolicy.weights) { (file) throws(EngineError) in
      try SafetensorsFile.write(
        tensors.map { ($0.name, $0.shape, $0.count) }, from: [weights.view], as: type, to: file)
    }
    if !moments.isEmpty {
      let states = optimizer.stateNames.flatMap { state in
        tensors.map { (name: "\(state).\($0.name)", shape: $0.shape, count: $0.count) }
      }
      try write(SavedPolicy.moments) { (file) throws(EngineError) in
        try SafetensorsFile.write(states, from: moments.map(\.view), to: file)
      }
    }
    try write(SavedPolicy.state, TrainingState(self).file)
  }
}
