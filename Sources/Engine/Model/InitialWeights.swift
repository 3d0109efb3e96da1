/// The weights a policy starts from.
enum InitialWeights {
  /// Normal numbers for matrices, ones for gains.
  ///
  /// A projection has standard deviation 1/sqrt(inputs), divided by sqrt(2 layers) where it writes into
  /// the residual stream; the head has 1/sqrt(width), the embedding 0.3 (1/sqrt(width) when it is the head
  /// too). Two-layer policies of width 64 learnt two-digit addition clearly faster so than with an embedding
  /// of 0.1 or 1 or a head of a tenth.
  static func fill(
    _ weights: UnsafeMutablePointer<Float>, _ table: ParameterTable, _ c: PolicyConfiguration, seed: UInt64
  ) {
    for (index, tensor) in table.tensors.enumerated() {
      let target = weights + tensor.offset
      guard let deviation = deviation(tensor, c) else {
        target.update(repeating: 1, count: tensor.count)
        continue
      }
      let stream = Philox(seed: seed, .initialWeights, UInt64(index))
      let chunk = 4096
      Parallel.run((tensor.count + chunk - 1) / chunk) { part in
        for i in stride(from: part * chunk, to: min(tensor.count, (part + 1) * chunk), by: 2) {
          let pair = normalPair(stream, UInt64(i / 2))
          target[i] = Float(pair.x * deviation)
          if i + 1 < tensor.count { target[i + 1] = Float(pair.y * deviation) }
        }
      }
    }
  }

  private static func deviation(_ tensor: ParameterTensor, _ c: PolicyConfiguration) -> Double? {
    let inputs = Double(tensor.shape.last ?? 1)
    return switch tensor.role {
    case .embedding: c.tiedHead ? 1 / Double(c.width).squareRoot() : 0.3
    case .head: 1 / Double(c.width).squareRoot()
    case .gain: nil
    case .projection: 1 / inputs.squareRoot()
    case .residualProjection: 1 / (inputs * 2 * Double(c.layers)).squareRoot()
    }
  }

  /// Two independent standard normal numbers by Marsaglia's polar method, which needs nothing but IEEE
  /// operations and a logarithm of our own, so that weights have the same bits everywhere.
  private static func normalPair(_ stream: Philox, _ index: UInt64) -> SIMD2<Double> {
    for attempt in 0..<64 as Range<UInt64> {
      let words = stream.words(at: index << 6 | attempt)
      let u = Double(Int32(bitPattern: words[0])) * 0x1p-31
      let v = Double(Int32(bitPattern: words[1])) * 0x1p-31
      let s = u * u + v * v
      if s > 1e-30, s < 1 {
        let factor = (-2 * Double(Exponential.log(Float(s))) / s).squareRoot()
        return SIMD2(u * factor, v * factor)
      }
    }
    return .zero
  }
}
