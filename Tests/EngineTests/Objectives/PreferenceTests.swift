import Testing

@testable import Engine

/// Objectives on pairs, and the pairs themselves.
@Suite struct PreferenceTests {
  static let names = ObjectiveCatalog.preferences.map(\.name)
  static let paired = names.filter { !["kto", "bco"].contains($0) }

  func make(_ name: String, _ arguments: [String: ParameterValue] = [:]) throws -> any Objective {
    try #require(ObjectiveCatalog.card(name)).make(arguments)
  }

  /// Three pairs of uneven length, the second with the rejected sequence first; log ratios of up to `spread`.
  func batch(spread: Double = 0.9) throws -> Batch {
    let lengths = [3, 1, 4, 2, 5, 2]
    let stream = Philox(seed: 4, .script)
    var counter: UInt64 = 0
    func rows(_ scale: Double, around center: [[Double]]? = nil) -> [[Double]] {
      lengths.enumerated().map { row, length in
        (0..<length).map { t in
          counter += 1
          return (center?[row][t] ?? -2) + scale * 2 * (stream.uniform(at: counter) - 0.5)
        }
      }
    }
    let old = rows(0.9)
    return try Batch(
      logp: Tensor(rows: rows(spread, around: old)),
      [
        .old: Tensor(rows: old), .ref: Tensor(rows: rows(0.9, around: old)),
        .mismatched: Tensor([0.4, -0.1, 0.3, 0.2, 0.1, 0.2]), .pair: [0, 0, 1, 1, 2, 2],
        .chosen: [1, 0, 0, 1, 1, 0],
      ])
  }

  /// Computed from the equations in Python with float64; half a unit of the last digit is the tolerance.
  @Test func `values are those of the equations`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-10], [-12]]),
      [.ref: Tensor(rows: [[-11], [-11.5]]), .pair: [0, 0], .chosen: [1, 0]])
    func value(_ name: String, _ batch: Batch, _ arguments: [String: ParameterValue] = [:]) throws -> Double {
      try make(name, arguments).evaluate(batch).value.item()
    }
    #expect(close(try value("dpo", batch), -0.62095705, 5.1e-9))
    #expect(close(try value("hinge", batch), -0.85, 1e-15))
    #expect(close(try value("ipo", batch), -12.25, 1e-14))
    // By hand: with h = 0.15, log sigma(h) - log sigma(-h) = h.
    #expect(close(try value("cdpo", batch), -0.62095705 - 0.1 * 0.15, 5.1e-9))
    #expect(close(try value("robust_dpo", batch), -0.62095705 + 0.1 * 0.15 / 0.8, 5.1e-9))
    // By hand: sums of -10 and -12 over 5 and 6 tokens have equal means, so only the margin is left: -log sigma(-1).
    let long = try Batch(
      logp: Tensor(rows: [[-2, -2, -2, -2, -2], [-2, -2, -2, -2, -2, -2]]),
      [.pair: [0, 0], .chosen: [1, 0]])
    #expect(close(try value("simpo", long), -1.31326169, 5.1e-9))
    let odds = try Batch(logp: Tensor(rows: [[-0.5], [-0.9]]), [.pair: [0, 0], .chosen: [1, 0]])
    let term = try value("orpo", odds, ["lambda": .number(1)]) + 0.5
    #expect(close(term, -0.36772894, 5.1e-9))
    // By hand: z = 0; sigma(0.1) - 1 for a log ratio of 1, sigma(0.05) - 1 for one of -0.5.
    let kto = try value("kto", batch, ["point": .text("zero")])
    #expect(close(kto, -(0.47502081252106 + 0.487502603515790) / 2, 1e-13))
    // By hand: the mean log ratio is 0.25, so both are 0.75 from the point, and sigma(0.075) - 1 each.
    let point = try value("kto", batch, ["point": .text("batch")])
    #expect(close(point, -0.48125878412146, 1e-12))
  }

  @Test(arguments: names) func `gradients agree with central differences`(_ name: String) throws {
    let batch = try batch()
    let objective = try make(name)
    let gradient = try objective.valueAndGradient(batch).gradient
    let expected = try centralDifferences(batch.logp.values) { logp in
      try objective.evaluate(batch.with(.logp, Tensor(logp, shape: batch.logp.shape))).value
        .item()
    }
    // Central differences of width 2e-6 on values of up to 30, those of ipo.
    #expect(close(gradient.values, expected, 1e-7))
  }

  /// apo_down, whose chosen completions are to become less likely too, is left out.
  @Test(arguments: names.filter { $0 != "apo_down" })
  func `chosen completions become likelier and rejected ones less likely`(
    _ name: String
  ) throws {
    let batch = try batch(spread: 0.1)
    let rows = try make(name).valueAndGradient(batch).gradient.rowValues
    for (sequence, sign) in [1.0, -1, -1, 1, 1, -1].enumerated() {
      #expect(rows[sequence].allSatisfy { $0 * sign > 0 })
    }
  }

  @Test(arguments: names) func `the order of sequences and their advantages do not matter`(
    _ name: String
  ) throws {
    let batch = try batch()
    let order = [5, 2, 0, 3, 1, 4]
    let (output, gradient) = try make(name).valueAndGradient(batch)
    let (shuffled, moved) = try make(name).valueAndGradient(batch.select(order))
    #expect(close(try output.value.item(), try shuffled.value.item(), 1e-14))
    #expect(close(try gradient.rows(at: order).values, moved.values, 1e-14))
    let signs = try batch.with(.advantage, Tensor([1, 1, -1, -1, 0, 3]))
    #expect(try make(name).valueAndGradient(signs).gradient.values == gradient.values)
  }

  @Test(arguments: names) func `extreme log-probabilities stay finite`(_ name: String) throws {
    for logp in [[[0.0, 0], [-1e6]], [[-1e6, -1], [0.0]], [[-50, -0.0], [-1e-12]]] {
      let batch = try Batch(
        logp: Tensor(rows: logp),
        [
          .ref: Tensor(rows: [[-1, -60], [-60]]), .mismatched: Tensor([1e5, 1]), .pair: [0, 0],
          .chosen: [1, 0],
        ])
      let (output, gradient) = try make(name).valueAndGradient(batch)
      #expect(try output.value.item().isFinite)
      #expect(gradient.values.allSatisfy { $0.isFinite })
      #expect(output.metrics.allSatisfy { $0.value.isFinite })
    }
  }

  /// aot, which refuses weights, is left out.
  @Test(arguments: paired.filter { $0 != "aot" }) func `weights of a pair's two sequences multiply`(
    _ name: String
  ) throws {
    let batch = try batch()
    let plain = try make(name).valueAndGradient(batch).gradient.rowValues
    let weighted = try batch.weighted(by: Tensor([2, 3, 1, 0, 1, 1]))
    let rows = try make(name).valueAndGradient(weighted).gradient.rowValues
    #expect(close(rows[0], plain[0].map { $0 * 6 }, 1e-14) && close(rows[1], plain[1].map { $0 * 6 }, 1e-14))
    #expect((rows[2] + rows[3]).allSatisfy { $0 == 0 })
    #expect(rows[4] == plain[4])
  }

  @Test(arguments: names) func `cards are complete, defaults make an objective, measurements are documented`(
    _ name: String
  ) throws {
    let card = try #require(ObjectiveCatalog.card(name))
    #expect(ObjectiveCatalog.all.filter { $0.name == name }.count == 1)
    #expect(![card.title, card.summary, card.equation, card.paper].contains(""))
    for parameter in card.parameters { try parameter.check(#require(parameter.defaultValue), for: name) }
    let objective = try card.make()
    let measured = try measure({ try objective.evaluate($0) }, batch(), for: "test").statistics.map(\.name)
    #expect(Set(measured).isSubset(of: card.metrics.map(\.name)))
    #expect(Set(["kl", "margin"]).isSubset(of: measured))
  }

  @Test(arguments: names.filter { !["orpo", "simpo"].contains($0) })
  func `a missing reference is refused in a sentence`(_ name: String) throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1], [-2]]), [.mismatched: Tensor([0, 0]), .pair: [0, 0], .chosen: [1, 0]])
    do {
      _ = try make(name).evaluate(batch)
      Issue.record("accepted")
    } catch let error as EngineError {
      #expect(error.message.hasPrefix("the batch has no `ref` (log-probability under a reference policy"))
    }
  }

  @Test(arguments: paired) func `what is no pair is refused`(_ name: String) throws {
    let ref = try Tensor(rows: [[-1], [-1], [-1]])
    for (pair, chosen) in [
      ([0, 0, 0], [1, 0, 1]), ([0, 0, 1], [1, 0, 1]), ([0, 0, 0], [1, 1, 1]), ([0, 0, 0], [1, 0, 2]),
    ] {
      let batch = try Batch(logp: ref, [.ref: ref, .pair: pair, .chosen: chosen])
      #expect(throws: EngineError.self) { try make(name).evaluate(batch) }
    }
    let none = try Tensor(rows: [[], [-1]])
    let empty = try Batch(logp: none, [.ref: none, .pair: [0, 0], .chosen: [1, 0]])
    #expect(throws: EngineError.self) { try make(name).evaluate(empty) }
  }

  @Test func `wrong parameters are refused`() throws {
    let wrong: [(String, [String: ParameterValue])] = [
      ("dpo", ["beta": .number(0)]), ("cdpo", ["noise": .number(0.5)]),
      ("robust_dpo", ["noise": .number(-0.1)]),
      ("ipo", ["length": .text("max")]), ("kto", ["point": .text("mean")]),
      ("kto", ["weight_chosen": .number(-1)]),
      ("dpo", ["divergence": .text("kl")]), ("dpo", ["alpha": .number(1.5)]), ("exo", ["noise": .number(0)]),
      ("orpo", ["lambda": .number(0)]), ("simpo", ["gamma": .number(-1)]), ("hinge", ["clip": .number(0.2)]),
    ]
    for (name, arguments) in wrong {
      #expect(throws: EngineError.self, "\(name) \(arguments)") { try make(name, arguments) }
    }
    let batch = try Batch(logp: Tensor(rows: [[-1]]), [.ref: Tensor(rows: [[-1]]), .advantage: Tensor([1])])
    #expect(throws: EngineError.self) { try make("kto").evaluate(batch) }
  }

  @Test func `divergences of dpo join where they should, and stay finite far out`() throws {
    let batch = try batch()
    func gradient(_ arguments: [String: ParameterValue]) throws -> [Double] {
      try make("dpo", arguments).valueAndGradient(batch).gradient.values
    }
    let alpha: (Double) -> [String: ParameterValue] = {
      ["divergence": .text("alpha"), "alpha": .number($0)]
    }
    #expect(try gradient(alpha(0)) == gradient([:]))
    #expect(try gradient(alpha(1)) == gradient(["divergence": .text("forward_kl")]))
    #expect(try close(gradient(alpha(1e-9)), gradient([:]), 1e-8))
    let far = try Batch(
      logp: Tensor(rows: [[-1e6], [0]]),
      [.ref: Tensor(rows: [[-1], [-1e6]]), .pair: [0, 0], .chosen: [1, 0]])
    for kind in DivergenceLink.Kind.allCases {
      let objective = try make("dpo", ["divergence": .text(kind.rawValue)])
      let (output, slope) = try objective.valueAndGradient(far)
      #expect(try output.value.item().isFinite && slope.values.allSatisfy { $0.isFinite }, "\(kind)")
    }
  }

  @Test func `aot compares ranks, whichever pair a completion belongs to, and refuses weights`() throws {
    let batch = try batch()
    let swapped = try batch.with(.pair, [0, 1, 0, 1, 2, 2])
    let unpaired = try make("aot", ["comparison": .text("unpaired")])
    #expect(
      try unpaired.valueAndGradient(batch).gradient.values
        == unpaired.valueAndGradient(swapped).gradient.values)
    #expect(throws: EngineError.self) {
      try make("aot").evaluate(batch.weighted(by: Tensor([1, 1, 1, 1, 1, 1])))
    }
  }

  @Test func `bco takes completions without partners`() throws {
    let batch = try batch().with(.chosen, [1, 1, 1, 1, 0, 0])
    #expect(try make("bco").valueAndGradient(batch).gradient.values.allSatisfy { $0 != 0 })
    let good = try batch.with(.chosen, [1, 1, 1, 1, 1, 1])
    #expect(try make("bco").valueAndGradient(good).gradient.values.allSatisfy { $0 > 0 })
  }

  @Test func `pairs are the best and the worst of each group that has a difference`() throws {
    let batch = try Batch(
      logp: Tensor(rows: (0..<9).map { [-Double($0)] }),
      [.reward: Tensor([0, 1, 0.5, 1, 1, 1, 2, 2, 1]), .group: [0, 0, 0, 1, 1, 1, 2, 2, 2]])
    let pairs = try batch.preferencePairs()
    #expect(pairs.logp.values == [-1, 0, -6, -8])
    #expect(
      pairs[.chosen]?.values == [1, 0, 1, 0] && pairs[.pair]?.values == [0, 0, 1, 1]
        && pairs.group == [0, 0, 2, 2])
    let same = try Batch(logp: Tensor(rows: [[-1], [-2]]), [.reward: Tensor([1, 1])])
    #expect(throws: EngineError.self) { try same.preferencePairs() }
  }

  @Test func `minibatches keep pairs whole`() throws {
    for seed in [nil, 1, 2] as [UInt64?] {
      for part in try batch().minibatches(2, seed: seed) {
        #expect(try Pairing(part, for: "test").chosen.count * 2 == part.count)
      }
    }
    #expect(throws: EngineError.self) { try batch().minibatches(4) }
  }
}
