import Testing

@testable import Engine

/// What the list of layers promises to a new kind of layer.
@Suite struct LayerTests {
  /// A feed-forward layer with a loss of its own: a coefficient times the mean over rows of |x|^2 / 2 at its entry.
  private struct Penalised: BodyLayer {
    static let coefficient: Float = 0.3
    let inner: FeedForward
    var matrices: [Weight] { inner.matrices }
    var floatsPerRow: Int { inner.floatsPerRow + 1 }

    func pass(
      _ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena
    ) -> any LayerPass {
      PenalisedPass(
        inner.pass(context, from: input, into: output, &arena), input, losses: arena.take(context.rowCount))
    }
  }

  private final class PenalisedPass: LayerPass {
    let inner: any LayerPass
    let input: FloatView
    let losses: FloatView

    init(_ inner: any LayerPass, _ input: FloatView, losses: FloatView) {
      self.inner = inner
      self.input = input
      self.losses = losses
    }

    var auxiliaryLoss: Double {
      let sum = (0..<losses.rows).reduce(0.0) { $0 + Double(losses.at($1).pointee) }
      return Double(Penalised.coefficient) * sum / Double(losses.rows)
    }

    func forward() -> [Stage] {
      [
        .rows { [self] range in
          for row in range {
            losses.at(row).pointee = input.elements(row).reduce(0) { $0 + $1 * $1 } / 2
          }
        }
      ] + inner.forward()
    }

    func backward(
      _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
    ) -> [Stage] {
      let factor = Float(sums.auxiliary) * Penalised.coefficient / Float(input.rows)
      return inner.backward(dOutput, into: dInput, sums, &arena) + [
        .rows { [self] range in
          for row in range {
            for i in 0..<input.columns { dInput.at(row, i).pointee += factor * input.at(row, i).pointee }
          }
        }
      ]
    }
  }

  /// Central differences of single-precision losses near 10: 1e-6 / 2h of noise with h = 0.01, under a hundredth of
  /// the slopes along the gradients of whole tensors.
  @Test func `a layer's own loss is differentiated with the objective`() throws {
    let plain = try TestModels.policy(1)
    let model = Model(plain.configuration) { Penalised(inner: FeedForward($0, $1, &$2)) }
    let sequences = TestModels.sequences(vocabulary: plain.configuration.vocabulary)
    let policy = Policy(model, weights: plain.weights)
    let pass = try policy.forward(sequences, forGradient: true)
    #expect(pass.auxiliaryLoss > 1)
    let same = try plain.forward(sequences).logProbs
    #expect(pass.logProbs.view.hasSameBits(as: same.view))
    let zeros = [Double](repeating: 0, count: sequences.tokenCount)
    let gradient = try pass.backward(TokenDerivatives(logProbs: zeros, auxiliary: -1)).elements
    func loss(_ tensor: ParameterTensor, _ direction: [Float], _ step: Float) throws -> Double {
      let moved = try Storage<Float>(copying: plain.weights, for: "test")
      for (i, d) in direction.enumerated() { moved[tensor.offset + i] += step * d }
      return try Policy(model, weights: moved).forward(sequences).auxiliaryLoss
    }
    for tensor in policy.tensors {
      let own = Array(gradient[tensor.offset..<tensor.offset + tensor.count])
      let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else {
        #expect(
          ["model.norm.weight", "lm_head.weight"].contains(tensor.name)
            || tensor.name.contains("layers.1.mlp") || tensor.name.contains("layers.1.post"))
        continue
      }
      let direction = own.map { $0 / length }
      let slope = (try loss(tensor, direction, 0.01) - loss(tensor, direction, -0.01)) / 0.02
      #expect(abs(slope + Double(length)) < 0.02 * Double(length) + 1e-3, "\(tensor.name)")
    }
    let without = try policy.forward(sequences, forGradient: true).backward(
      TokenDerivatives(logProbs: zeros))
    #expect(without.elements.allSatisfy { $0 == 0 })
  }

  /// A new kind is a file of its own, a case of `FeedForwardKind` and its tests.
  @Test func `the dense layer is named in its own file and in one line of the configuration`() throws {
    let named = try CatalogTests.sources("Sources").flatMap { path, lines in
      lines.filter { line in
        line.split(whereSeparator: { !$0.isLetter }).contains("FeedForward") && !line.contains("///")
      }.map { _ in path }
    }
    let elsewhere = named.filter { !$0.hasSuffix("Model/FeedForward.swift") }
    #expect(elsewhere == ["Sources/Engine/Model/PolicyConfiguration.swift"])
  }

  @Test(arguments: ["Model", "Optim", "Rollout", "Training", "Files"])
  func `bare pointers to floats stay in the kernels`(_ folder: String) throws {
    for (path, lines) in try CatalogTests.sources("Sources/Engine/\(folder)") {
      for line in lines {
        let words = line.split(whereSeparator: { !$0.isLetter })
        #expect(!words.contains("MutableFloats") && !words.contains("Floats"), "\(path): \(line)")
        #expect(!line.contains("Pointer<Float>") || line.contains("Buffer"), "\(path): \(line)")
        #expect(!line.split(separator: ".").dropFirst().contains { $0.prefix { $0.isLetter } == "base" })
      }
    }
  }
}
