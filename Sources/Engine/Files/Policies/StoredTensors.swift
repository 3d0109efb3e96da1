/// A tensor in one of the files of a saved policy.
struct StoredTensor {
  let entry: SafetensorsEntry
  let file: SafetensorsFile

  /// Reads the numbers into the first row of `target`.
  func read(into target: FloatView) throws(EngineError) { try file.read(entry, into: target) }
}

/// The tensors of a saved policy by name, in one file or in several that an index lists.
struct StoredTensors {
  private var tensors: [String: StoredTensor] = [:]
  /// The file, or the index, for messages.
  private let place: String
  private let operation: String

  /// The tensors of one file.
  init(file path: String, for operation: String) throws(EngineError) {
    place = path
    self.operation = operation
    let file = try SafetensorsFile(path, for: operation)
    for entry in file.header.entries { tensors[entry.name] = StoredTensor(entry: entry, file: file) }
  }

  /// The weights of a folder in the layout of Hugging Face: `model.safetensors`, or else shards under
  /// `model.safetensors.index.json`.
  init(folder: String, for operation: String) throws(EngineError) {
    let whole = "\(folder)/model.safetensors"
    let index = "\(whole).index.json"
    if access(whole, F_OK) != 0, access(index, F_OK) == 0 {
      try self.init(index: index, in: folder, for: operation)
    } else {
      try self.init(file: whole, for: operation)
    }
  }

  private init(index path: String, in folder: String, for operation: String) throws(EngineError) {
    place = path
    self.operation = operation
    let file = try InputFile(path, for: operation)
    let index = try JSONFields(file, limit: SafetensorsHeader.longest)
    guard let map = try index.fields("weight_map") else { throw file.failure("has no `weight_map`") }
    var shards: [String: SafetensorsFile] = [:]
    for name in map.names {
      let shard = try map.text(name)
      guard !shard.isEmpty, shard != "..", shard != ".", !shard.contains("/") else {
        throw file.failure(
          "\"\(name)\" is placed in \(JSON.quoted(shard)), which is no name of a file beside it")
      }
      if shards[shard] == nil { shards[shard] = try SafetensorsFile("\(folder)/\(shard)", for: operation) }
    }
    for (shard, content) in shards.sorted(by: { $0.key < $1.key }) {
      for entry in content.header.entries {
        guard try map.optionalText(entry.name) == shard else {
          throw content.file.failure("holds \"\(entry.name)\", which \(path) does not place there")
        }
        tensors[entry.name] = StoredTensor(entry: entry, file: content)
      }
    }
    if let missing = map.names.first(where: { tensors[$0] == nil }) {
      throw file.failure(
        "\"\(missing)\" is placed in \(JSON.quoted(try map.text(missing))), which does not hold it")
    }
  }

  /// Takes out the tensor called `name`, which has to have this shape.
  mutating func take(_ name: String, _ shape: [Int]) throws(EngineError) -> StoredTensor {
    guard let tensor = tensors.removeValue(forKey: name) else {
      throw failure("has no \"\(name)\"")
    }
    guard tensor.entry.shape == shape else {
      throw tensor.file.file.failure("\"\(name)\" has shape \(tensor.entry.shape), expected \(shape)")
    }
    return tensor
  }

  /// Takes out the tensor called `name`, if there is one.
  mutating func takeIfPresent(_ name: String, _ shape: [Int]) throws(EngineError) -> StoredTensor? {
    try tensors[name] == nil ? nil : take(name, shape)
  }

  /// Throws when a tensor has not been taken.
  func requireEmpty() throws(EngineError) {
    guard let name = tensors.keys.min() else { return }
    throw failure("holds \"\(name)\", which a policy does not have")
  }

  private func failure(_ message: String) -> EngineError {
    EngineError(.file, operation, "\(place): \(message)")
  }
}
