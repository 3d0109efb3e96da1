/// A named tensor within a policy's flat weights.
public struct ParameterTensor: Sendable, Hashable {
  /// The name in Hugging Face's layout of Qwen3, such as `model.layers.0.mlp.up_proj.weight`.
  public let name: String
  /// `[out, in]` for matrices, `[width]` for gains.
  public let shape: [Int]
  /// Where it begins.
  public let offset: Int
  /// The number of elements.
  public let count: Int
  let role: Role

  /// Its part of weights, or of a gradient, as one row.
  func view(_ values: Storage<Float>) -> FloatView {
    FloatView(values, at: offset, rows: 1, columns: count)
  }

  /// What a tensor is for, which decides how it starts and whether it decays.
  enum Role: Sendable {
    case embedding
    case head
    case gain
    case projection
    /// Gives each expert its logit.
    case router
    /// Writes into the residual stream.
    case residualProjection
  }
}

/// A matrix, or a gain of one row, within a policy's flat weights; several tensors that lie one after the other may be
/// one parameter.
struct Weight: Sendable, Hashable {
  let offset: Int
  let rows: Int
  let columns: Int

  /// Its part of weights, or of a gradient.
  func view(_ values: Storage<Float>) -> FloatView {
    FloatView(values, at: offset, rows: rows, columns: columns)
  }
}

/// Where every tensor lies, in the order in which layers have added theirs.
struct ParameterTable: Sendable {
  private(set) var tensors: [ParameterTensor] = []
  /// Names under which files may hold a tensor once more.
  private(set) var aliases: [(name: String, tensor: ParameterTensor)] = []
  /// The number of weights; `Int.max` where it does not fit.
  private(set) var count = 0

  /// Adds a tensor of `columns` numbers, or of that many a row.
  @discardableResult
  mutating func add(
    _ name: String, rows: Int? = nil, columns: Int, _ role: ParameterTensor.Role
  ) -> Weight {
    let (size, tooMany) = (rows ?? 1).multipliedReportingOverflow(by: columns)
    let (end, tooFar) = count.addingReportingOverflow(size)
    let shape = rows.map { [$0, columns] } ?? [columns]
    let tensor = ParameterTensor(
      name: name, shape: shape, offset: count, count: tooMany ? .max : size, role: role)
    tensors.append(tensor)
    count = tooMany || tooFar ? .max : end
    return Weight(offset: tensor.offset, rows: rows ?? 1, columns: columns)
  }

  /// Adds matrices that are multiplied as one.
  mutating func add(
    _ parts: [(name: String, rows: Int)], columns: Int, _ role: ParameterTensor.Role
  ) -> Weight {
    let first = count
    for part in parts { add(part.name, rows: part.rows, columns: columns, role) }
    return Weight(offset: first, rows: parts.reduce(0) { $0 + $1.rows }, columns: columns)
  }

  /// Says that a file may hold the tensor at `parameter` under another name as well.
  mutating func alias(_ name: String, of parameter: Weight) {
    guard let tensor = tensors.first(where: { $0.offset == parameter.offset }) else { return }
    aliases.append((name, tensor))
  }
}
