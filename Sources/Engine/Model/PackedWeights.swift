/// The matrices that layers multiply with in the forward pass, packed once for as long as they are used.
final class PackedWeights: Sendable {
  private let matrices: [Weight: PackedMatrix]

  init(_ policy: Policy) throws(EngineError) {
    let parameters = policy.model.matrices
    let packed = try FloatArena.plan(for: "policy") { arena in
      parameters.map { PackedMatrix(columns: $0.rows, depth: $0.columns, &arena) }
    }
    try Parallel.run(packed.reduce(0) { $0 + $1.parts }, "policy") { index in
      var part = index
      for (parameter, matrix) in zip(parameters, packed) {
        if part < matrix.parts { return matrix.pack(part: part, of: parameter.view(policy.weights)) }
        part -= matrix.parts
      }
    }
    matrices = Dictionary(zip(parameters, packed)) { first, _ in first }
  }

  /// The matrix of a parameter that its layer has named among its `matrices`.
  subscript(parameter: Weight) -> PackedMatrix {
    matrices[parameter] ?? PackedMatrix.none
  }
}
