import Testing

@testable import Engine

/// Objectives and advantages against values and gradients that TRL and verl computed, in `Tests/Golden/objectives.json`.
///
/// All sides work in double precision. verl adds 1e-8 to the counts it divides by, which bounds the agreement.
@Suite struct PublishedImplementationTests {
  static let file = Result { try GoldenFile() }

  func golden() throws -> GoldenFile { try PublishedImplementationTests.file.get() }

  @Test(arguments: 0..<48) func `objectives agree in value and gradient`(_ index: Int) throws {
    let golden = try golden()
    guard golden.objectives.indices.contains(index) else { return }
    let expected = golden.objectives[index]
    let name = "\(expected.source): \(expected.name) \(expected.arguments)"
    let tolerance = expected.source.hasPrefix("verl") ? 3e-8 : 1e-13
    var batch = golden.batch
    if expected.isTruncated {
      batch = try SamplerCorrection.apply(.truncate, .token, high: 2, to: batch, for: "test")
    }
    let (value, gradient) = try evaluate(expected, batch)
    #expect(close(value, expected.value, tolerance), "\(name)")
    #expect(close(gradient.flatMap { $0 }, expected.gradient.flatMap { $0 }, tolerance), "\(name)")
  }

  /// An objective of the catalogue, or minus the mean estimate of the divergence.
  private func evaluate(_ expected: GoldenFile.Case, _ batch: Batch) throws -> (Double, [[Double]]) {
    let input = try batch.objectiveInput()
    if case .text(let kind)? = expected.arguments["kl"], expected.name == "kl" {
      let estimator = try #require(KLEstimator(rawValue: kind))
      let ref = try #require(batch.ref)
      let (value, gradient) = try Tape.valueAndGradient(at: batch.logp) {
        try -estimator($0, ref).tokenMean()
      }
      return (try value.item(), gradient.rowValues)
    }
    let objective = try #require(ObjectiveCatalog.card(expected.name)).make(expected.arguments)
    let (output, gradient) = try objective.valueAndGradient(input)
    return (try output.value.item(), gradient.rowValues)
  }

  @Test func `the file covers every objective that a trainer ships`() throws {
    let golden = try golden()
    #expect(golden.objectives.count <= 48 && golden.objectives.count > 35)
    let covered = Set(golden.objectives.map(\.name))
    for name in [
      "reinforce", "grpo", "dr_grpo", "dapo", "two_sided", "gspo", "gspo_token", "gmpo", "luspo", "sapo",
    ] {
      #expect(covered.contains(name))
    }
    for name in ["cispo", "dppo", "vespo", "deepseek_v32"] { #expect(covered.contains(name)) }
    // None of the cases is one in which nothing pulls.
    let silent = golden.objectives.filter { $0.gradient.joined().allSatisfy { $0 == 0 } }
    #expect(silent.allSatisfy { ["gspo", "gspo_token"].contains($0.name) })
  }

  @Test func `advantages agree`() throws {
    let golden = try golden()
    #expect(golden.advantages.count == 10)
    for expected in golden.advantages {
      let card = try #require(AdvantageCatalog.card(expected.name))
      var batch = try card(golden.batch, expected.arguments)
      if let returns = expected.returns {
        let advantage = try #require(batch.advantage)
        let targets = try advantage + #require(batch.values)
        #expect(close(targets.values, returns.flatMap { $0 }, 1e-14), "\(expected.name)")
        let whiten = try #require(AdvantageCatalog.card("whiten"))
        batch = try whiten(batch)
      }
      let advantage = try #require(batch.advantage)
      let tokens = try advantage.asTokens(for: "test").tensor
      let isWhitened = expected.returns != nil || expected.name.hasPrefix("reinforce_pp")
      let tolerance = isWhitened ? 3e-8 : 1e-13
      #expect(close(tokens.values, expected.advantage.flatMap { $0 }, tolerance), "\(expected.name)")
    }
  }
}
