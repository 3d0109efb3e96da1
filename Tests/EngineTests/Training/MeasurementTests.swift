import Testing

@testable import Engine

/// Statistics of a step that mean the same for every objective.
@Suite struct MeasurementTests {
  static let names = ObjectiveCatalog.surrogates.map(\.name)

  func statistics(_ name: String, _ batch: Batch, _ given: [String: ParameterValue] = [:]) throws -> [String:
    Double]
  {
    let objective = try #require(ObjectiveCatalog.card(name)).make(given)
    let measured = try measure({ try objective.evaluate($0) }, batch, for: "test").statistics
    return Dictionary(measured.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// By hand, from log ratios .1, 0 | -.3, .2, 0 | .5 | 0, -.4, 0, .3 and their sequence means .05, -.1/3, .5, -.025.
  @Test func `ratios of tokens and of sequences stand under their own names`() throws {
    let z = [0.1, 0, -0.3, 0.2, 0, 0.5, 0, -0.4, 0, 0.3]
    let s = [0.05, -0.1 / 3, 0.5, -0.025]
    func deviation(_ x: [Double]) -> Double {
      let mean = x.reduce(0, +) / Double(x.count)
      return (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)).squareRoot()
    }
    for name in ["grpo", "gspo", "sapo"] {
      let found = try statistics(name, GoldenBatch.make())
      let expected: [(String, Double)] = [
        ("kl", z.reduce(0) { $0 + expm1($1) - $1 } / 10), ("kl_k1", -z.reduce(0, +) / 10),
        ("ratio_mean", z.reduce(0) { $0 + exp($1) } / 10), ("ratio_min", exp(-0.4)), ("ratio_max", exp(0.5)),
        ("ratio_std", deviation(z)), ("seq_ratio_mean", s.reduce(0) { $0 + exp($1) } / 4),
        ("seq_ratio_min", exp(s[1])), ("seq_ratio_max", exp(0.5)), ("seq_ratio_std", deviation(s)),
      ]
      for (key, value) in expected {
        #expect(abs(try #require(found[key]) - value) < 1e-14, "\(name) \(key)")
      }
    }
  }

  /// What the gradient says agrees with what the gate says, with and without a pull to a reference.
  @Test(arguments: names) func `a token is silenced when its gate has weight 0`(_ name: String) throws {
    let batch = try GoldenBatch.make()
    let referred = try batch.with(.ref, batch.old)
    let objective = try #require(ObjectiveCatalog.card(name)).make()
    let found = try statistics(name, batch)
    let gradient = try objective.valueAndGradient(batch).gradient.values
    #expect(found["silenced"] == Double(gradient.count { $0 == 0 }) / 10)
    let penalised = try statistics(name, referred, ["beta": .number(0.5)])
    for key in ["silenced", "seq_silenced", "ess", "gate_pos", "gate_neg"] {
      #expect(abs(try #require(found[key]) - (try #require(penalised[key]))) < 1e-12, "\(key)")
    }
  }

  /// By hand: of three tokens with A > 0 the clip silences one, of seven with A < 0 two.
  @Test func `the gate is told by the sign of the advantage`() throws {
    let found = try statistics("grpo", GoldenBatch.make())
    #expect(abs(try #require(found["gate_pos"]) - 2.0 / 3) < 1e-15)
    #expect(abs(try #require(found["gate_neg"]) - 5.0 / 7) < 1e-15)
    #expect(found["silenced"] == 0.3)
    #expect(found["seq_silenced"] == 0.25)
  }

  /// Equal weights make a sample as large as itself; a weight of 3 beside one of 1 makes (3 + 1)^2 / (2 (9 + 1)) = 0.8.
  @Test func `the effective sample size is that of the gradient's weights`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1], [-1]]), [.advantage: [1, -1], .weight: [3, 1]])
    #expect(abs(try #require(statistics("reinforce", batch)["ess"]) - 0.8) < 1e-15)
    #expect(try statistics("reinforce", batch.with(.weight, [1, 1]))["ess"] == 1)
  }

  @Test func `the sampler's mismatch is there before any update`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -2]]), [.advantage: [1], .sampler: Tensor(rows: [[-1, -2.5]])])
    let found = try statistics("grpo", batch)
    #expect(found["ratio_max"] == 1 && found["kl"] == 0)
    #expect(abs(try #require(found["sampler_max"]) - exp(0.5)) < 1e-15)
    #expect(abs(try #require(found["sampler_kl"]) - (expm1(0.5) - 0.5) / 2) < 1e-15)
    #expect(abs(try #require(found["sampler_std"]) - 0.25) < 1e-15)
  }

  /// Review D5: two on-policy tokens, rho = 1.5, A = 1: phi(1.5^2) / 2 = exp(3 + 2 log 2.25 - 3 2.25) / 2 = 0.0595 a
  /// token.
  @Test func `VESPO gates the weights of a sampler correction`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -2]]), [.advantage: [1], .weight: Tensor(rows: [[1.5, 1.5]])])
    let objective = try #require(ObjectiveCatalog.card("vespo")).make()
    let expected = exp(3 + 2 * log(2.25) - 3 * 2.25) / 2
    for weighted in [batch, try batch.with(.weight, [2.25])] {
      let slopes = try objective.valueAndGradient(weighted).gradient.values
      #expect(slopes.allSatisfy { abs($0 - expected) < 1e-14 })
    }
    let rejected = try objective.valueAndGradient(batch.with(.weight, Tensor(rows: [[1.5, 0]]))).gradient
      .values
    #expect(rejected[1] == 0 && rejected[0] > 0)
  }
}
