/// The weights a policy starts from.
enum InitialWeights {
  /// Normal numbers for matrices, ones for gains.
  ///
  /// A projection has standard deviation 1/sqrt(inputs), divided by sqrt(2 layers) where it writes into
  /// the residual stream; the head has 1/sqrt(width), the embedding 0.3 (1/sqrt(width) when it is the head
  /// too). Two-layer policies of width 64 learnt two-digit addition clearly faster so than with an embedding
  /// of 0.1 or 1 or a head of a tenth.
  static func draw(_ model: Model, seed: UInt64) throws(EngineError) -> Storage<Float> {
    let weights = try Storage<Float>(uninitialized: model.table.count, for: "policy")
    for (index, tensor) in model.table.tensors.enumerated() {
      let target = tensor.view(weights)
      guard let deviation = deviation(tensor, model.configuration) else {
        target.fill(1)
        continue
      }
      let stream = Philox(seed: seed, .initialWeights, UInt64(index))
      try Parallel.rows(tensor.count, by: 1 << 14, "policy") { range in
        NormalNumbers.draw(stream, range, deviation: deviation, into: target)
      }
    }
    return weights
  }

  private static func deviation(_ tensor: ParameterTensor, _ c: PolicyConfiguration) -> Double? {
    let inputs = Double(tensor.shape.last ?? 1)
    return switch tensor.role {
    case .embedding: c.tiedHead ? 1 / Double(c.width).squareRoot() : 0.3
    case .head: 1 / Double(c.width).squareRoot()
    case .gain: nil
    case .projection, .router: 1 / inputs.squareRoot()
    case .residualProjection: 1 / (inputs * 2 * Double(c.layers)).squareRoot()
    }
  }
}
