import Testing

@testable import Engine

/// Weights as an inference engine would hold them.
@Suite struct RoundedPolicyTests {
  func policy(_ change: (UnsafeMutablePointer<Float>) -> Void = { _ in }) throws -> Policy {
    let policy = try Policy(
      configuration: PolicyConfiguration(vocabulary: 7, layers: 1, width: 16, heads: 2), seed: 2)
    change(policy.weights.base)
    return policy
  }

  func weights(_ policy: Policy) -> [Float] { policy.withWeights { Array($0) } }

  /// By hand, one unit in the last place of a format being 2^-7 and 2^-10 at 1: halves go to the even neighbour.
  @Test(arguments: [(WeightFormat.bfloat16, Float(0x1p-7)), (.float16, 0x1p-10)])
  func `halves go to the even neighbour`(_ format: WeightFormat, _ unit: Float) throws {
    let policy = try policy { base in
      for (i, steps) in [0.5, 1.5, 0.49, 1.51].enumerated() { base[i] = 1 + Float(steps) * unit }
      base[4] = -1 - 1.5 * unit
    }
    let rounded = weights(try policy.rounded(to: format))
    #expect(Array(rounded.prefix(5)) == [1, 1 + 2 * unit, 1, 1 + 2 * unit, -1 - 2 * unit])
  }

  @Test(arguments: WeightFormat.allCases) func `rounding twice is rounding once, and changes something`(
    _ format: WeightFormat
  ) throws {
    let policy = try policy()
    let once = try policy.rounded(to: format)
    let twice = try once.rounded(to: format)
    #expect(weights(once) != weights(policy))
    // The largest weight of a row is 127 steps but for the rounding of the product.
    #expect(zip(weights(once), weights(twice)).allSatisfy { ($0 - $1).magnitude <= 1e-6 * $0.magnitude })
  }

  @Test func `int8 rows are whole multiples of a 127th of their largest weight, the rest is left`() throws {
    let policy = try policy()
    let rounded = try policy.rounded(to: .int8)
    let (before, after) = (weights(policy), weights(rounded))
    for tensor in policy.tensors {
      let range = tensor.offset..<tensor.offset + tensor.count
      guard tensor.name.contains("_proj") else {
        #expect(before[range] == after[range], "\(tensor.name)")
        continue
      }
      let width = try #require(tensor.shape.last)
      for row in stride(from: tensor.offset, to: tensor.offset + tensor.count, by: width) {
        let step = (before[row..<row + width].map(\.magnitude).max() ?? 0) / 127
        for i in row..<row + width {
          let steps = after[i] / step
          #expect((steps - steps.rounded()).magnitude < 1e-4 && steps.magnitude < 127.5)
          #expect((after[i] - before[i]).magnitude <= step * 0.5001)
        }
      }
    }
  }

  @Test func `a weight beyond the range is refused with its tensor`() throws {
    let policy = try policy { $0[3] = 70_000 }
    #expect(throws: EngineError.self) { try policy.rounded(to: .float16) }
    #expect(throws: Never.self) { try policy.rounded(to: .bfloat16) }
  }
}
