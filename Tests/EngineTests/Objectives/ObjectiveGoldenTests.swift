import Testing

@testable import Engine

/// Values to eight digits, computed in Python with float64 from the equations alone; half a unit of the last digit
/// is the tolerance.
@Suite struct ObjectiveGoldenTests {
  let tolerance = 5.1e-9

  /// Values for seq_mean_token_mean, token_mean and the constant budget 8; losses in the source, so negated here.
  static let rows: [(String, [String: ParameterValue], [Double])] = [
    ("grpo", [:], [0.05199663, -0.38660906, -0.12081533]),
    ("dapo", [:], [0.07199663, -0.37860906, -0.11831533]),
    ("gspo", [:], [0.00035, -0.39967, -0.12489688]),
    ("gspo", ["clip_low": .number(0.2), "clip_high": .number(0.2)], [0.07718627, -0.35003458, -0.10938580]),
    ("sapo", [:], [0.21935226, -0.65837373, -0.20574179]),
  ]

  @Test(arguments: rows.indices) func `objectives have the published values under every mean`(_ index: Int)
    throws
  {
    let (name, arguments, values) = ObjectiveGoldenTests.rows[index]
    for (mode, expected) in zip(["seq_mean_token_mean", "token_mean", "seq_mean_token_sum_norm"], values) {
      let all = arguments.merging(["aggregate": .text(mode), "budget": .number(8)]) { first, _ in first }
      #expect(close(try GoldenBatch.value(name, all), expected, tolerance), "\(name) \(mode)")
    }
    // token_sum is ten tokens times token_mean; the mean of sums divides by four sequences.
    let sum = try GoldenBatch.value(name, arguments.merging(["aggregate": .text("token_sum")]) { a, _ in a })
    let mean = try GoldenBatch.value(
      name, arguments.merging(["aggregate": .text("token_mean")]) { a, _ in a })
    let perSequence = try GoldenBatch.value(
      name, arguments.merging(["aggregate": .text("seq_mean_token_sum")]) { a, _ in a })
    #expect(close(sum, mean * 10, 1e-14))
    #expect(close(perSequence, sum / 4, 1e-14))
  }

  @Test func `defaults are the papers' aggregations`() throws {
    #expect(close(try GoldenBatch.value("grpo"), 0.05199663, tolerance))
    #expect(close(try GoldenBatch.value("dapo"), -0.37860906, tolerance))
    #expect(close(try GoldenBatch.value("gspo"), 0.00035, tolerance))
    #expect(close(try GoldenBatch.value("sapo"), 0.21935226, tolerance))
    // By hand: sequence sums -1.4, 3.4, -0.2, 3.1 with their signs; their mean is 4.9 / 4.
    #expect(close(try GoldenBatch.value("reinforce"), 1.225, 1e-14))
  }

  @Test func `the KL estimators have the published values`() throws {
    let expected: [KLEstimator: [Double]] = [
      .k1: [0.1375, 0.05, 0.015625], .k2: [0.049375, 0.0355, 0.01109375],
      .k3: [0.04551539, 0.03465106, 0.01082846],
    ]
    let batch = try GoldenBatch.make()
    let ref = try #require(batch.ref)
    for (estimator, values) in expected {
      let tokens = try estimator(batch.logp, ref)
      #expect(close(try tokens.sequenceMeanTokenMean().item(), values[0], tolerance), "\(estimator)")
      #expect(close(try tokens.tokenMean().item(), values[1], tolerance))
      #expect(close(try tokens.sequenceMeanTokenSumNorm(8).item(), values[2], tolerance))
      let grpo = try GoldenBatch.value("grpo", ["beta": .number(0.04), "kl": .text(estimator.rawValue)])
      #expect(close(grpo, 0.05199663 - 0.04 * values[0], 2 * tolerance))
    }
    // By hand: |k| sums .2 + .1, .4 + .2 + .1, .5, .1 + .3 + .1 + .3 over ten tokens.
    #expect(close(try KLEstimator.abs(batch.logp, ref).tokenMean().item(), 0.23, 1e-14))
  }

  @Test func `SAPO's gate weights and gradient have the published values`() throws {
    let input = try GoldenBatch.make().objectiveInput()
    let sapo = try #require(ObjectiveCatalog.card("sapo")).make()
    let ratio = try ImportanceRatio.token(input.logp, input.old)
    let weight = try #require(sapo.gate).weight(ratio, input.advantage)
    let weights: [Double] = [0.997240, 1, 0.981711, 0.986610, 1, 0.901753, 1, 0.970631, 1, 0.967008]
    #expect(zip(weight.values, weights).allSatisfy { ($0 - $1).magnitude < 5.1e-7 })
    let loss: [Double] = [
      -0.13776506, -0.125, 0.06060578, 0.10042067, 0.08333333, -0.37168465, 0.0625, 0.04066459, 0.0625,
      0.08158274,
    ]
    let (output, gradient) = try sapo.valueAndGradient(input)
    #expect(zip(gradient.values, loss).allSatisfy { ($0 + $1).magnitude < tolerance })
    let gate = try #require(output["gate"])
    #expect(close(gate, weights.reduce(0, +) / 10, 5.1e-7))
  }

  @Test func `sequence ratios have the published values`() throws {
    let batch = try GoldenBatch.make()
    let s = try ImportanceRatio.sequence(batch.logp, batch.old).values
    #expect(close(s, [1.0512710963760241, 0.9672161004820059, 1.648721270700128, 0.9753099120283327], 1e-15))
  }

  /// By hand: A > 0 has ratios e^.1, 1, e^.5, of which one is above 1.2; A < 0 has e^-.3, e^.2, 1, 1, e^-.4, 1, e^.3, of
  /// which two are below 0.8; e^.2 and e^.3 are outside the clip range but still pull.
  @Test func `only active clips are counted`() throws {
    let output = try #require(ObjectiveCatalog.card("grpo")).make().evaluate(
      GoldenBatch.make().objectiveInput())
    #expect(output["clip"] == 0.3)
    #expect(close(try #require(output["gate"]), 0.7, 1e-15))
    #expect(close(try #require(output["ratio_max"]), 1.6487212707001282, 1e-15))
    #expect(close(try #require(output["ratio_min"]), 0.6703200460356393, 1e-15))
  }
}
