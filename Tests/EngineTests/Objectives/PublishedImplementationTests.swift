import Testing

@testable import Engine

/// Objectives, advantages and critics' losses against values and gradients that TRL and verl computed
/// (`Tests/Golden/objectives.json`), or that follow from the paper's equations where no trainer ships the objective
/// (`Tests/Golden/equations.json`).
///
/// All sides work in double precision. verl adds 1e-8 to the counts it divides by, which bounds the agreement.
@Suite struct PublishedImplementationTests {
  static let files = ["objectives.json", "equations.json"]
  static let golden = Result { try GoldenFile() }
  static let cases = files.flatMap { (try? GoldenFile.cases($0)) ?? [] }

  func golden() throws -> GoldenFile { try PublishedImplementationTests.golden.get() }

  @Test(arguments: cases) func `objectives agree in value and gradient`(_ expected: GoldenFile.Case) throws {
    let tolerance = expected.source.hasPrefix("verl") ? 3e-8 : 1e-13
    let (value, gradient) = try evaluate(expected, expected.preparation(golden().batch))
    #expect(close(value, expected.value, tolerance))
    #expect(close(gradient.flatMap { $0 }, expected.gradient.flatMap { $0 }, tolerance))
  }

  /// An objective of the catalogue, or minus the mean estimate of the divergence.
  private func evaluate(_ expected: GoldenFile.Case, _ batch: Batch) throws -> (Double, [[Double]]) {
    if case .text(let kind)? = expected.arguments["kl"], expected.name == "kl" {
      let estimator = try #require(KLEstimator(rawValue: kind))
      let ref = try #require(batch[.ref])
      let (value, gradient) = try Tape.valueAndGradient(at: batch.logp) {
        try -estimator($0, ref).tokenMean()
      }
      return (try value.item(), gradient.rowValues)
    }
    let objective = try #require(ObjectiveCatalog.card(expected.name)).make(expected.arguments)
    let (output, gradient) = try objective.valueAndGradient(batch)
    return (try output.value.item(), gradient.rowValues)
  }

  @Test func `every objective on advantages is among the cases, and every way to prepare a batch`() throws {
    for name in PublishedImplementationTests.files { #expect(try !GoldenFile.cases(name).isEmpty) }
    let cases = PublishedImplementationTests.cases
    #expect(Set(cases.map(\.name)) == Set(ObjectiveCatalog.surrogates.map(\.name) + ["kl"]))
    #expect(Set(cases.map(\.preparation)).count == 5)
    // None of the cases is one in which nothing pulls.
    let silent = cases.filter { $0.gradient.joined().allSatisfy { $0 == 0 } }
    #expect(silent.allSatisfy { ["gspo", "gspo_token"].contains($0.name) })
    // The two rules of BAPO and the shares they are given lead to different bounds.
    #expect(Set(cases.filter { $0.name == "bapo" }.map(\.value)).count >= 5)
  }

  /// GDPO's first rewards are in single precision on verl's side.
  @Test func `advantages agree`() throws {
    let golden = try golden()
    #expect(golden.advantages.count == 13)
    for expected in golden.advantages {
      var batch = try estimate(expected, golden.batch)
      if let returns = expected.returns {
        #expect(
          close(try #require(batch[.returns]).values, returns.flatMap { $0 }, 1e-14), "\(expected.name)")
        let whiten = try #require(AdvantageCatalog.card("whiten"))
        batch = try whiten(batch)
      }
      let advantage = try #require(batch[.advantage])
      let tokens = try advantage.asTokens(for: "test").tensor
      let isWhitened = expected.returns != nil || expected.name.hasPrefix("reinforce_pp")
      let tolerance = expected.name == "gdpo" ? 1e-6 : isWhitened ? 3e-8 : 1e-13
      #expect(close(tokens.values, expected.advantage.flatMap { $0 }, tolerance), "\(expected.name)")
    }
  }

  /// An estimator of the catalogue, or GDPO with the rewards of the generator: the verdict, and half of minus the
  /// length.
  private func estimate(_ expected: GoldenFile.Estimate, _ batch: Batch) throws -> Batch {
    guard expected.name == "gdpo" else {
      let card = try #require(AdvantageCatalog.card(expected.name))
      return try card(batch, expected.arguments)
    }
    let lengths = try Tensor(batch.rows.lengths.map { -Double($0) })
    let verdict = try #require(batch[.reward])
    return try Advantage.decoupled(
      batch, rewards: [verdict, lengths], weights: [1, 0.5], epsilon: 1e-6, overTokens: true)
  }

  /// verl adds 1e-8 to the counts that means divide by.
  @Test func `corrections of the sampler agree: truncated, masked, normalised, rejected`() throws {
    let batch = try golden().batch
    let cases = try #require(GoldenFile.contents("objectives.json")["corrections"]).items
    #expect(cases.count == 19)
    for expected in cases {
      let given = try #require(expected["arguments"]).arguments
      func word(_ name: String) -> String { if case .text(let word)? = given[name] { word } else { "" } }
      func number(_ name: String) -> Double? {
        if case .number(let number)? = given[name] { number } else { nil }
      }
      let high = try #require(number("high"))
      let corrected: Batch
      if let divergence = SamplerCorrection.Divergence(rawValue: word("estimator")) {
        corrected = try SamplerCorrection.reject(
          divergence, #require(.init(rawValue: word("over"))), low: divergence == .k1 ? -high : -.infinity,
          high: high, from: batch, for: "test")
      } else {
        let name = try #require(expected["rule"]?.text)
        let rule = try #require(SamplerCorrection.Rule(rawValue: name))
        corrected = try SamplerCorrection.apply(
          rule, #require(.init(rawValue: word("level"))), low: number("low") ?? 0, high: high,
          normalized: word("normalize") == "True", to: batch, for: "test"
        )
      }
      let weight = try #require(corrected[.weight]).asTokens(for: "test").tensor.values
      let wanted = try #require(expected["weight"]).items.flatMap(\.numbers)
      #expect(close(weight, wanted, 3e-8), "\(given)")
      #expect(Set(wanted).count > 1)
    }
  }

  @Test func `the clipped loss of a critic agrees in value, gradient and share silenced`() throws {
    let golden = try golden()
    #expect(golden.valueLosses.count == 2)
    for expected in golden.valueLosses {
      let old = try #require(golden.batch[.values])
      let returns = try #require(golden.batch[.returns])
      #expect(expected.silenced > 0)
      var silenced: Double?
      let (value, gradient) = try Tape.valueAndGradient(at: golden.movedValues) {
        let output = try ScalarLoss.value($0, old: old, returns: returns, clip: expected.clip)
        silenced = output["clip"]
        return output.value
      }
      #expect(close(try value.item(), expected.value, 3e-8))
      #expect(close(gradient.values, expected.gradient.flatMap { $0 }, 3e-8))
      #expect(close(try #require(silenced), expected.silenced, 3e-8))
    }
  }
}
