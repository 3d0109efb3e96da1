import Engine

/// Sequences with what objectives need to know of them; a rollout when they came from a policy.
public final class BatchObject: Object, Sequenceable, FieldReplacing, @unchecked Sendable {
  /// The engine's batch; changed fields make a new object.
  public let batch: Batch

  /// Wraps `batch`.
  public init(_ batch: Batch) {
    self.batch = batch
    super.init()
  }

  public override var kind: String { batch.sequences == nil ? "batch" : "rollout" }
  public override var elementCount: Int? { batch.count }
  public override var byteCount: Int { 128 + batch.rows.total * 8 * 4 }
  public override var summary: String {
    let groups = (batch.group.max() ?? -1) + 1
    return
      "\(kind) of \(batch.count) sequences in \(groups) \(groups == 1 ? "group" : "groups"), \(batch.rows.total) tokens"
  }

  public override func display(_ layout: Layout) -> String {
    var lines = [summary]
    if let reward = batch.reward, reward.count > 0 {
      let values = reward.values
      let mean = values.reduce(0, +) / Double(values.count)
      lines[0] += ", mean reward \(Printing.number(mean, digits: 4))"
    }
    if let texts = batch.texts, let prompts = batch.prompts {
      // The first completion of each of the first groups.
      let shown = texts.indices.filter { $0 == 0 || batch.group[$0] != batch.group[$0 - 1] }.prefix(4)
      for i in shown {
        let reward = batch.reward?.element(i).map { "  reward \(Printing.number($0, digits: 4))" } ?? ""
        let advantage =
          batch.advantage.flatMap { $0.shape.tokenRows == nil ? $0.element(i) : nil }.map {
            "  advantage \(Printing.number($0, digits: 4))"
          } ?? ""
        lines.append(
          Printing.clipped(
            "  \(Text.quoted(prompts[i])) -> \(Text.quoted(texts[i]))\(reward)\(advantage)", layout.width))
      }
      if texts.count > shown.count { lines.append("  ... \(texts.count - shown.count) more") }
    }
    return lines.joined(separator: "\n")
  }

  /// Fields that are tensors and may be missing, by name.
  private static let tensors: [(name: String, path: WritableKeyPath<Batch, Tensor?> & Sendable)] = [
    ("ref", \.ref), ("sampler", \.sampler), ("reward", \.reward), ("baseline", \.baseline),
    ("advantage", \.advantage), ("weight", \.weight), ("values", \.values), ("returns", \.returns),
    ("entropy", \.entropy),
  ]

  public override var memberNames: [String] {
    var names = ["logp", "old", "ratio", "log_ratio", "group", "lengths", "temperature"]
    names += BatchObject.tensors.filter { batch[keyPath: $0.path] != nil }.map(\.name)
    if batch.texts != nil { names += ["prompt", "text", "tokens", "truncated"] }
    return names
  }

  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "logp": return .object(TensorObject(batch.logp))
    case "old": return .object(TensorObject(batch.old))
    case "ratio": return .object(TensorObject(try batch.ratio()))
    case "log_ratio": return .object(TensorObject(try batch.logRatio()))
    case "group": return .numbers(batch.group.map(Double.init))
    case "lengths":
      return .object(
        TensorObject(try Tensor(batch.rows.lengths.map(Double.init), shape: .sequences(batch.rows))))
    case "temperature": return .number(batch.temperature)
    case "text": return batch.texts.map { .list($0.map { .text($0) }) }
    case "prompt": return batch.prompts.map { .list($0.map { .text($0) }) }
    case "truncated": return .tensor(try batch.truncated(for: "truncated"))
    case "tokens": return batch.sequences.map { .list($0.completions.map { .numbers($0.map(Double.init)) }) }
    default: break
    }
    guard let field = BatchObject.tensors.first(where: { $0.name == name }) else { return nil }
    if let tensor = batch[keyPath: field.path] { return .object(TensorObject(tensor)) }
    let help =
      switch name {
      case "advantage": "use group_norm(batch), rloo(batch) or group_center(batch) first"
      case "ref": "give batch(..., ref: ...), or rollout(..., ref: policy)"
      case "reward": "give batch(..., reward: ...)"
      case "baseline": "use with_greedy(ro, policy, task, seed)"
      case "values": "pipe the rollout into with_values(critic), or give batch(..., values: ...)"
      case "returns": "pipe a batch with values into gae"
      case "weight": "use tis, mis, seq_mask or top_entropy first"
      default: "give it to batch(...)"
      }
    throw RuntimeError("the \(kind) has no `\(name)` yet", help: help)
  }

  func replacing(_ name: String, with value: Value) throws -> Object {
    guard let field = BatchObject.tensors.first(where: { $0.name == name }) else {
      throw RuntimeError(
        "`\(name)` of a \(kind) cannot be set",
        help: "\(BatchObject.tensors.map { "`\($0.name)`" }.joined(separator: ", ")) can")
    }
    guard let tensor = try Conversion.tensor(value) else {
      throw RuntimeError("`\(name)` of a \(kind) must be numbers, got \(Printing.brief(value))")
    }
    return BatchObject(try batch.replacing(field.path, with: tensor))
  }

  func element(at position: Int) throws -> Value { .object(BatchObject(try batch.select([position]))) }
  func elements(at positions: [Int]) throws -> Value { .object(BatchObject(try batch.select(positions))) }
}

extension Kind where T == Batch {
  /// A batch or a rollout.
  static var batch: Kind {
    Kind("a batch or a rollout") { value, _ in
      if case .object(let object) = value { (object as? BatchObject)?.batch } else { nil }
    }
  }
}
