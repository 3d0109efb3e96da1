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
    ("cispo", ["clip_high": .number(0.28)], [0.18072228, 0.41605423, 0.13001695]),
    ("dr_grpo", [:], [0.05199663, -0.38660906, -0.12081533]),
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

  @Test func `GMPO has the published values at both clips`() throws {
    #expect(close(try GoldenBatch.value("gmpo"), 0.15014245, tolerance))
    #expect(close(try GoldenBatch.value("gmpo", ["clip": .number(0.2)]), 0.06183968, tolerance))
  }

  /// By hand: sequences keep gspo's clipped ratios 1.0004, -0.9997, 1.0004, -0.9997 and count 2, 3, 1 and 4 times.
  @Test func `LUSPO weighs sequences by their length`() throws {
    let gspo: [String: ParameterValue] = ["clip_low": .number(3e-4), "clip_high": .number(4e-4)]
    #expect(close(try GoldenBatch.value("luspo", gspo), (1.0004 * 3 - 0.9997 * 7) / 4, 1e-14))
  }

  @Test func `GSPO-token is GSPO where a sequence has one advantage`() throws {
    for clip in [3e-4, 0.2] {
      let clips: [String: ParameterValue] = ["clip_low": .number(clip), "clip_high": .number(clip)]
      let input = try GoldenBatch.make()
      let whole = try #require(ObjectiveCatalog.card("gspo")).make(clips).valueAndGradient(input)
      let token = try #require(ObjectiveCatalog.card("gspo_token")).make(clips).valueAndGradient(input)
      #expect(close(try whole.output.value.item(), try token.output.value.item(), 1e-14))
      #expect(close(whole.gradient.values, token.gradient.values, 1e-14))
    }
  }

  /// By hand: the mean of log(old / new) is -0.05, 0.0333, -0.5 and 0.025 nats a token.
  @Test(arguments: [(0.03, [0.0, 1, 0, 0]), (1e-4, [0, 1, 0, 1]), (0.5, [0, 0, 0, 0])])
  func `V3.2 masks bad sequences that became less likely`(_ delta: Double, _ masked: [Double]) throws {
    let input = try GoldenBatch.make()
    let wide: [String: ParameterValue] = ["clip": .number(0.9), "delta": .number(delta)]
    let objective = try #require(ObjectiveCatalog.card("deepseek_v32")).make(wide)
    let gradient = try objective.valueAndGradient(input).gradient.rowValues
    #expect(gradient.map { $0.allSatisfy { $0 == 0 } ? 1 : 0 } == masked)
    let mask = SequenceMask(delta: delta)
    #expect(try mask.kept(input, weight: Tensor(1)).values == masked.map { 1 - $0 })
    // The sampler's own report counts where there is one.
    let reported = try GoldenBatch.make().with(.sampler, Tensor(rows: GoldenBatch.new))
    #expect(try mask.kept(reported, weight: Tensor(1)).values.allSatisfy { $0 == 1 })
  }

  /// By hand: for A < 0 a ratio of e^0.3 = 1.349859 above a ceiling of 1.3 counts as 1.3 and does not pull.
  @Test func `dual and two-sided clips hold bad tokens that became likelier`() throws {
    let input = try GoldenBatch.make()
    let open = try #require(ObjectiveCatalog.card("grpo")).make().valueAndGradient(input)
    let dual = try #require(ObjectiveCatalog.card("grpo")).make(["dual_clip": .number(1.3)])
    let held = try dual.valueAndGradient(input)
    let raised = try held.output.value.item() - open.output.value.item()
    #expect(close(raised, (1.3498588075760032 - 1.3) / 16, 1e-14))
    #expect(held.gradient.values.last == 0)
    #expect(held.gradient.values.dropLast() == open.gradient.values.dropLast())
    let both: [String: ParameterValue] = ["delta": .number(1.3), "aggregate": .text("seq_mean_token_mean")]
    let sided = try #require(ObjectiveCatalog.card("two_sided")).make(both).valueAndGradient(input)
    #expect(sided.gradient.values == held.gradient.values)
  }

  /// By hand, with bounds 0.6 and 1.2 to begin with.
  ///
  /// Good tokens pull e^.1 + 1 + 1.2 = 3.305171, bad ones e^-.3 + e^.2 + 1 + 1 + e^-.4 + 1 + e^.3 = 6.982400, a
  /// share of 0.3212717. An upper bound of e^.5 lifts it to 3.753892 / 10.736292 = 0.349645.
  @Test func `BAPO opens its bounds until the positive share is reached`() throws {
    func bounds(_ arguments: [String: ParameterValue]) throws -> [Double?] {
      let output = try #require(ObjectiveCatalog.card("bapo")).make(arguments).evaluate(
        GoldenBatch.make())
      return [output["clip_low_bound"], output["clip_high_bound"]]
    }
    #expect(try bounds(["share": .number(0.32)]) == [0.6, 1.2])
    let first = try bounds(["share": .number(0.3225)])
    #expect(first[0] == 0.6)
    #expect(close(try #require(first[1]), 1.25, 1e-14))
    // The upper bound runs to its end without reaching 0.4, and so does the lower one.
    #expect(try bounds([:]) == [0.9, 3])
    // The authors' code opens the lower bound first, which makes matters worse here.
    #expect(try bounds(["rule": .text("code"), "share": .number(0.3225)])[0] == 0.9)
  }

  @Test func `the KL estimators have the published values`() throws {
    let expected: [KLEstimator: [Double]] = [
      .k1: [0.1375, 0.05, 0.015625], .k1Straight: [0.1375, 0.05, 0.015625],
      .k3Straight: [0.04551539, 0.03465106, 0.01082846], .k2: [0.049375, 0.0355, 0.01109375],
      .k3: [0.04551539, 0.03465106, 0.01082846],
    ]
    let batch = try GoldenBatch.make()
    let ref = try #require(batch[.ref])
    for (estimator, values) in expected {
      let tokens = try estimator(batch.logp, ref)
      #expect(close(try tokens.sequenceMeanTokenMean().item(), values[0], tolerance), "\(estimator)")
      #expect(close(try tokens.tokenMean().item(), values[1], tolerance))
      #expect(close(try tokens.sequenceMeanTokenSumNorm(8).item(), values[2], tolerance))
      let grpo = try GoldenBatch.value("grpo", ["beta": .number(0.04), "kl": .text(estimator.rawValue)])
      #expect(close(grpo, 0.05199663 - 0.04 * values[0], 2 * tolerance))
    }
    let straight = try Tape.slope(at: batch.logp) { try KLEstimator.k3Straight($0, ref) }
    let k = try batch.logp - ref
    #expect(close(straight.values, k.values, 1e-15))
    // By hand at k = 0.5: rho log rho - rho + 1 with rho = e^-0.5, and k3 weighted by the ratio e^0.5.
    let half = try Tensor(rows: [[-0.2]])
    let from = try Tensor(rows: [[-0.7]])
    #expect(close(try KLEstimator.forward(half, from).values, [0.09020401043104986], 1e-15))
    #expect(close(try KLEstimator.unbiased(half, from, old: from).values, [0.17563936464993582], 1e-15))
    // By hand: |k| sums .2 + .1, .4 + .2 + .1, .5, .1 + .3 + .1 + .3 over ten tokens.
    #expect(close(try KLEstimator.abs(batch.logp, ref).tokenMean().item(), 0.23, 1e-14))
  }

  @Test func `SAPO's gate weights and gradient have the published values`() throws {
    let input = try GoldenBatch.make()
    let sapo = try #require(ObjectiveCatalog.card("sapo")).make()
    let ratio = try ImportanceRatio.token(input.logp, input.old)
    let weight = try #require(sapo.gate).weight(ratio, input.require(.advantage, for: "test"))
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

  /// By hand: A > 0 has ratios e^.1, 1, e^.5, of which one is above 1.2; A < 0 has e^-.3, e^.2, 1, 1, e^-.4, 1, e^.3,
  /// of which two are below 0.8; e^.2 and e^.3 are outside the clip range but still pull.
  @Test func `only active clips are counted`() throws {
    let output = try #require(ObjectiveCatalog.card("grpo")).make().evaluate(
      GoldenBatch.make())
    #expect(close(try #require(output["gate"]), 0.7, 1e-15))
  }
}
