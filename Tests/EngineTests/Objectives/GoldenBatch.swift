@testable import Engine

/// The batch of four sequences on which objectives are compared with values computed elsewhere.
enum GoldenBatch {
  static let old: [[Double]] = [[-1.0, -0.5], [-2.0, -1.0, -0.3], [-0.7], [-1.5, -0.2, -0.9, -0.4]]
  static let new: [[Double]] = [[-0.9, -0.5], [-2.3, -0.8, -0.3], [-0.2], [-1.5, -0.6, -0.9, -0.1]]
  static let ref: [[Double]] = [[-1.1, -0.6], [-1.9, -1.0, -0.2], [-0.7], [-1.4, -0.3, -1.0, -0.4]]

  /// The batch with advantages 1, -1, 1, -1.
  static func make() throws -> Batch {
    try Batch(
      logp: Tensor(rows: new),
      [
        .old: Tensor(rows: old), .ref: Tensor(rows: ref), .reward: Tensor([1, 0, 1, 0]),
        .advantage: Tensor([1, -1, 1, -1]),
      ])
  }

  /// The value of an objective on the batch.
  static func value(_ name: String, _ arguments: [String: ParameterValue] = [:]) throws -> Double {
    guard let card = ObjectiveCatalog.card(name) else { return .nan }
    return try card.make(arguments).evaluate(make()).value.item()
  }
}
