import Testing

@testable import Engine

/// What must hold for every objective of the catalogue that weighs tokens by advantages.
@Suite struct ObjectivePropertyTests {
  static let names = ObjectiveCatalog.surrogates.map(\.name)
  /// Those whose gradient has a part that does not depend on the advantages: a pull back to where was sampled.
  static let pullBack = ["kl_cov", "mirror_descent", "dro"]

  func make(_ name: String, _ arguments: [String: ParameterValue] = [:]) throws -> any Objective {
    try #require(ObjectiveCatalog.card(name)).make(arguments)
  }

  /// Sequences of uneven length, one of them empty, with moderate log ratios.
  func batch(advantage: [Double] = [0.8, -1.1, 0.3, 0.5, -0.9], shift: Double = 0.3) throws -> Batch {
    let lengths = [3, 1, 0, 5, 2]
    let stream = Philox(seed: 3, .script)
    var counter: UInt64 = 0
    func rows(_ scale: Double, _ offset: Double) -> [[Double]] {
      lengths.map { length in
        (0..<length).map { _ in
          counter += 1
          return offset + scale * (stream.uniform(at: counter) - 0.5)
        }
      }
    }
    let old = rows(1.5, -1.2)
    let moves = rows(2 * shift, 0)
    let new = zip(old, moves).map { zip($0, $1).map(+) }
    return try Batch(
      logp: Tensor(rows: new),
      [
        .old: Tensor(rows: old), .ref: Tensor(rows: rows(1.5, -1.2)), .reward: Tensor([1, 0, 0, 1, 0]),
        .advantage: Tensor(advantage), .entropy: Tensor(rows: rows(0.5, 1)),
      ])
  }

  @Test(arguments: names.filter { !pullBack.contains($0) })
  func `a zero advantage gives a zero gradient whatever the ratio`(_ name: String) throws {
    for shift in [0.3, 50, 1e308] {
      let input = try batch(advantage: [0, 0, 0, 0, -0.0], shift: shift)
      let gradient = try make(name).valueAndGradient(input).gradient
      #expect(gradient.values.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: names) func `on-policy the gradient is the plain policy gradient`(_ name: String) throws {
    let sampled = try batch()
    let input = try sampled.with(.logp, sampled.old)
    for mode in Aggregation.Mode.allCases {
      let arguments: [String: ParameterValue] = ["aggregate": .text(mode.rawValue), "budget": .number(7)]
      let gradient = try make(name, arguments).valueAndGradient(input).gradient
      let aggregation = try Aggregation(mode, budget: 7)
      let plain = try Tape.valueAndGradient(at: input.logp) { logp in
        try aggregation(logp * input.require(.advantage, for: name))
      }.gradient
      #expect(close(gradient.values, plain.values, 1e-14), "\(mode)")
    }
  }

  @Test(arguments: names) func `the order of sequences does not matter`(_ name: String) throws {
    let batch = try batch()
    let order = [4, 2, 0, 3, 1]
    let (output, gradient) = try make(name).valueAndGradient(batch)
    let (shuffled, moved) = try make(name).valueAndGradient(batch.select(order))
    #expect(close(try output.value.item(), try shuffled.value.item(), 1e-14))
    #expect(try gradient.rows(at: order).rowValues == moved.rowValues)
  }

  @Test(arguments: names) func `an empty sequence more changes nothing`(_ name: String) throws {
    let batch = try batch()
    let full = try batch.select([0, 1, 3, 4])
    let withEmpty = try batch
    #expect(
      close(
        try make(name).evaluate(full).value.item(), try make(name).evaluate(withEmpty).value.item(), 1e-14))
  }

  @Test(arguments: names) func `extreme log ratios stay finite`(_ name: String) throws {
    let old = try Tensor(rows: [[-1, -60], [-60, -1, -1], [-1]])
    let new = try Tensor(rows: [[-51, -10], [-10, -51, -1], [-1e6]])
    for signs in [[1.0, -1, 1], [-1, 1, -1]] {
      let batch = try Batch(logp: new, [.old: old, .ref: old, .advantage: Tensor(signs)])
      for estimator in KLEstimator.allCases {
        let arguments: [String: ParameterValue] = ["beta": .number(0.1), "kl": .text(estimator.rawValue)]
        let (output, gradient) = try make(name, arguments).valueAndGradient(batch)
        #expect(try output.value.item().isFinite, "\(estimator)")
        #expect(gradient.values.allSatisfy { $0.isFinite }, "\(estimator)")
        #expect(output.metrics.allSatisfy { $0.value.isFinite }, "\(estimator)")
      }
    }
  }

  /// Whether a factor of the value is held constant, so that the gradient is not the value's slope.
  func stopsGradient(_ objective: any Objective) -> Bool {
    guard let gated = objective as? GatedObjective else { return false }
    return gated.form != .gated || gated.level == .sequenceToken
  }

  @Test(arguments: names) func `gradients agree with central differences`(_ name: String) throws {
    let batch = try batch()
    let smooth: [KLEstimator] = [.k1, .k2, .k3, .abs, .unbiased, .forward]
    let pulls: [[String: ParameterValue]] = smooth.map { ["beta": .number(0.3), "kl": .text($0.rawValue)] }
    for arguments in [[:]] + pulls {
      let objective = try make(name, arguments)
      if stopsGradient(objective) { return }
      let gradient = try objective.valueAndGradient(batch).gradient
      let expected = try centralDifferences(batch.logp.values) { logp in
        try objective.evaluate(batch.with(.logp, Tensor(logp, shape: batch.logp.shape))).value
          .item()
      }
      // Central differences of width 2e-6 on values of order 1.
      #expect(close(gradient.values, expected, 1e-8), "\(arguments)")
    }
  }

  /// The unified view: weight r A at each token, averaged as the objective averages.
  @Test(arguments: names) func `the gradient is the gate's weight times ratio times advantage`(_ name: String)
    throws
  {
    guard let objective = try make(name) as? GatedObjective, objective.mask == nil,
      objective.movement == nil
    else { return }
    let batch = try batch()
    let advantage = try batch.require(.advantage, for: name)
    let ratio = try objective.level(batch.logp, batch.old)
    let probability = ratio.shape.tokenRows == nil ? Tensor(1) : try UnaryOperation.exp(batch.old)
    let point = GatePoint(ratio, advantage, probability: probability)
    let coefficient = try objective.curve.weight(at: point) * ratio * advantage
    let expected = try Tape.valueAndGradient(at: batch.logp) { logp in
      try objective.aggregation(coefficient * logp)
    }.gradient
    #expect(close(try objective.valueAndGradient(batch).gradient.values, expected.values, 1e-14))
  }

  /// MASPO's gate widens with the size of the advantage, and Clip-Cov's range is one of covariances with it.
  @Test(arguments: names.filter { !(["maspo", "clip_cov"] + pullBack).contains($0) })
  func `the gradient is proportional to the advantages`(_ name: String) throws {
    let once = try make(name).valueAndGradient(batch()).gradient
    let thrice = try make(name).valueAndGradient(
      batch(advantage: [0.8, -1.1, 0.3, 0.5, -0.9].map { $0 * 3 })
    ).gradient
    #expect(close(thrice.values, once.values.map { $0 * 3 }, 1e-14))
  }

  /// VESPO's gate takes the weights in, which is tested with the statistics, and Clip-Cov and KL-Cov choose among
  /// tokens of weight above 0.
  @Test(arguments: names.filter { !["vespo", "clip_cov", "kl_cov"].contains($0) })
  func `a weight scales a sequence's gradient, and 0 silences even what is not finite`(
    _ name: String
  ) throws {
    let batch = try batch()
    let objective = try make(name)
    let plain = try objective.valueAndGradient(batch).gradient.rowValues
    let weighted = try batch.weighted(by: Tensor([1, 2, 1, 0, 0.5]))
    var values = batch.logp.rowValues
    values[3] = [-.infinity, -1, -1, -1, -1]
    let spoilt = try weighted.with(.logp, Tensor(rows: values))
    for input in [try weighted, try spoilt] {
      let (output, gradient) = try objective.valueAndGradient(input)
      #expect(try output.value.item().isFinite)
      let rows = gradient.rowValues
      #expect(close(rows[0], plain[0], 1e-15))
      #expect(close(rows[1], plain[1].map { $0 * 2 }, 1e-15))
      #expect(rows[3].allSatisfy { $0 == 0 })
      #expect(close(rows[4], plain[4].map { $0 / 2 }, 1e-15))
    }
  }

  @Test(arguments: names) func `a pull to a reference needs one`(_ name: String) throws {
    let batch = try Batch(logp: Tensor(rows: [[-1]]), [.advantage: Tensor([1])])
    #expect(throws: EngineError.self) {
      try make(name, ["beta": .number(0.1)]).evaluate(batch)
    }
  }

  @Test(arguments: names) func `a batch without tokens gives zero`(_ name: String) throws {
    let nothing = try Tensor(rows: [[], []])
    let input = try Batch(logp: nothing, [.old: nothing, .advantage: Tensor([1, -1])])
    let (output, gradient) = try make(name).valueAndGradient(input)
    #expect(try output.value.item() == 0)
    #expect(gradient.count == 0)
    #expect(output.metrics.allSatisfy { $0.value.isFinite })
  }

  @Test(arguments: names) func `cards are complete and defaults make an objective`(_ name: String) throws {
    let card = try #require(ObjectiveCatalog.card(name))
    #expect(ObjectiveCatalog.all.filter { $0.name == name }.count == 1)
    #expect(![card.title, card.summary, card.equation, card.paper].contains(""))
    #expect(!card.paper.contains("?"))
    #expect(!card.conventions.isEmpty && !card.edgeCases.isEmpty)
    for parameter in card.parameters {
      let value = try #require(parameter.defaultValue)
      try parameter.check(value, for: name)
      #expect(!parameter.meaning.isEmpty && !parameter.source.isEmpty && !parameter.symbol.isEmpty)
    }
    let objective = try card.make()
    let measured = try measure({ try objective.evaluate($0) }, batch(), for: "test").statistics.map(\.name)
    #expect(Set(measured).isSubset(of: card.metrics.map(\.name)) && Set(measured).count == measured.count)
    #expect(Set(["kl", "entropy", "ratio_std", "silenced", "ess", "gate_neg"]).isSubset(of: measured))
  }

  @Test(arguments: names) func `the gate's weight is the slope of its value, or the value over the ratio`(
    _ name: String
  ) throws {
    let r = try Tensor.linspace(0.05, 4, 79)
    let objective = try make(name)
    let gate = try #require(objective.gate)
    for (sign, probability) in [(1.0, 0.3), (-1, 0.3), (1, 0.9), (-1, 0.9)] {
      let (advantage, chance) = (Tensor(sign), Tensor(probability))
      let weight = try gate.weight(at: GatePoint(r, advantage, probability: chance))
      if let gated = objective as? GatedObjective, gated.form != .gated {
        let coefficient = try gate.gate(at: GatePoint(r, advantage, probability: chance))
        let product = try weight * r
        #expect(close(product.values, coefficient.values, 1e-14))
      } else {
        let slope = try Tape.slope(at: r) { try gate.gate(at: GatePoint($0, advantage, probability: chance)) }
        #expect(close(slope.values, weight.values, 1e-14))
      }
      #expect(
        close(try gate.weight(at: GatePoint(Tensor(1), advantage, probability: chance)).item(), 1, 1e-15))
    }
  }

  @Test(arguments: ["clip_cov", "kl_cov"])
  func `a choice by covariance leaves out what has weight 0, even where it is not finite`(_ name: String)
    throws
  {
    let batch = try batch()
    let objective = try make(name, ["share": .number(0.2)])
    var values = batch.logp.rowValues
    values[3] = [-.infinity, -1, -1, -1, -1]
    let spoilt = try batch.weighted(by: Tensor([1, 1, 1, 0, 1])).with(.logp, Tensor(rows: values))
    let (output, gradient) = try objective.valueAndGradient(spoilt)
    #expect(try output.value.item().isFinite)
    #expect(gradient.rowValues[3].allSatisfy { $0 == 0 })
    #expect(gradient.values.allSatisfy { $0.isFinite })
  }

  /// By hand: the advantages are 2, -2, -2, 2 and the log-probabilities -1, -1, -3, -3, so cov is 2, -2, 2, -2.
  @Test func `Clip-Cov draws as many tokens as it is told, by the digits of old alone`() throws {
    let old = [-1.0, -1.0, -3 + 1.0 / 8192, -3.0]
    let batch = try Batch(
      logp: Tensor(rows: [[-1], [-1], [-3], [-3]]),
      [.old: Tensor(rows: old.map { [$0] }), .advantage: Tensor([2, -2, -2, 2])])
    func silenced(_ batch: Batch, _ share: Double) throws -> [Bool] {
      try make("clip_cov", ["share": .number(share)]).valueAndGradient(batch).gradient.values.map { $0 == 0 }
    }
    // The fractional part of 4096 old is 0 at the first token and 1/2 at the third.
    #expect(try silenced(batch, 0) == [true, false, false, false])
    #expect(try silenced(batch, 0.5) == [true, false, true, false])
    #expect(try silenced(batch, 1) == [true, false, true, false])
    #expect(try silenced(batch.select([2, 3, 0, 1]), 0) == [false, false, true, false])
  }

  /// sech^2(tau (r - 1) / 2) at the ratios and temperatures tabulated for the ablation, to their printed digits.
  @Test func `SAPO's weight falls off as tabulated`() throws {
    let table: [(Double, [Double])] = [
      (0.95, [0.946, 0.991, 0.946, 0.804, 0.453, 0.086]), (1.0, [0.940, 0.990, 0.940, 0.786, 0.420, 0.0707]),
      (1.05, [0.934, 0.989, 0.934, 0.768, 0.389, 0.058]),
    ]
    for (tau, weights) in table {
      let gate = try #require(make("sapo", ["tau_pos": .number(tau)]).gate)
      let values = try gate.weight(Tensor([0.5, 0.8, 1.5, 2, 3, 5]), Tensor(1)).values
      #expect(zip(values, weights).allSatisfy { ($0 - $1).magnitude < 5.1e-4 })
      #expect(close(try gate.gate(Tensor(1), Tensor(1)).item(), 2 / tau, 1e-15))
    }
  }

  @Test func `wrong parameters are refused in a sentence`() throws {
    let wrong: [(String, [String: ParameterValue])] = [
      ("sapo", ["tau_pos": .number(0)]), ("sapo", ["tau_neg": .number(-1)]),
      ("sapo", ["tau_neg": .number(.nan)]),
      ("sapo", ["tau_pos": .text("hot")]), ("sapo", ["tau": .number(1)]), ("grpo", ["clip": .number(-0.1)]),
      ("grpo", ["clip": .number(1)]), ("grpo", ["beta": .number(-1)]), ("grpo", ["kl": .text("k4")]),
      ("dapo", ["clip_high": .number(.infinity)]), ("gspo", ["aggregate": .text("mean")]),
      ("dapo", ["budget": .number(0)]), ("grpo", ["dual_clip": .number(1)]),
      ("cispo", ["clip_low": .number(1.1)]), ("deepseek_v32", ["delta": .number(0)]),
      ("gmpo", ["clip": .number(0)]), ("vespo", ["lambda_pos": .number(0)]),
      ("dppo", ["divergence": .text("js")]),
      ("maspo", ["sigma_base": .number(11)]), ("bapo", ["low_start": .number(0.95)]),
      ("bapo", ["rule": .text("authors")]), ("bapo", ["high_step": .number(1e-9)]),
      ("two_sided", ["delta": .number(0.5)]), ("sapo", ["kl": .text("k4")]),
    ]
    for (name, arguments) in wrong {
      #expect(throws: EngineError.self, "\(name) \(arguments)") { try make(name, arguments) }
    }
    do {
      _ = try make("sapo", ["tau_pos": .number(0)])
    } catch let error as EngineError {
      #expect(error.description == "sapo: tau_pos has to be a number above 0, got 0")
      #expect(error.hint == "the default is 1")
    }
    #expect(throws: EngineError.self) {
      let batch = try Batch(logp: Tensor(rows: [[-1]]), [.advantage: Tensor([1])])
      _ = try make("grpo", ["beta": .number(0.1)]).evaluate(batch)
    }
    #expect(throws: EngineError.self) {
      let batch = try Batch(logp: Tensor(rows: [[-1]]), [.advantage: Tensor(rows: [[1]])])
      _ = try make("gspo").evaluate(batch)
    }
  }
}
