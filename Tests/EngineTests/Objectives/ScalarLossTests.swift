import Testing

@testable import Engine

/// Losses of critics, reward models and discriminators, by hand.
@Suite struct ScalarLossTests {
  /// By hand, with V_old 1 and c 0.2.
  ///
  /// Token 1: V = 2, G = 3: clip(V) = 1.2, squares 1 and 3.24. Token 2: V = 1.1, G = 0: 1.21 both.
  /// Token 3: V = 0.5, G = 0.6: clip(V) = 0.8, squares 0.01 and 0.04. 1/2 mean = (3.24 + 1.21 + 0.04) / 6.
  @Test func `the clipped value loss takes the larger square and silences it beyond the clip`() throws {
    let values = try Tensor(rows: [[2, 1.1], [0.5]])
    let old = try Tensor(rows: [[1, 1], [1]])
    let returns = try Tensor(rows: [[3, 0], [0.6]])
    var measured: ObjectiveOutput?
    let (value, gradient) = try Tape.valueAndGradient(at: values) {
      let output = try ScalarLoss.value($0, old: old, returns: returns, clip: 0.2)
      measured = output
      return output.value
    }
    #expect(abs(try value.item() - 4.49 / 6) < 1e-14)
    #expect(gradient.values[0] == 0)
    #expect(abs(gradient.values[1] - 1.1 / 3) < 1e-14)
    #expect(gradient.values[2] == 0)
    #expect(abs((measured?["clip"] ?? 0) - 2.0 / 3) < 1e-14)
    let plain = try ScalarLoss.value(values, old: old, returns: returns, clip: nil)
    #expect(abs(try plain.value.item() - (1 + 1.21 + 0.01) / 6) < 1e-14)
  }

  @Test func `a clip that is not positive is refused`() throws {
    let x = try Tensor(rows: [[1]])
    #expect(throws: EngineError.self) { try ScalarLoss.value(x, old: x, returns: x, clip: 0) }
  }

  @Test func `values that are the returns explain everything, and a constant nothing`() throws {
    #expect(ScalarLoss.explained([1, 2, 4], [1, 2, 4]) == 1)
    #expect(ScalarLoss.explained([5, 5, 5], [1, 2, 4]) == 0)
    #expect(ScalarLoss.explained([1, 2], [3, 3]) == 0)
  }

  /// Scores 1 and 0: -log sigma(1) = log(1 + e^-1), slope -sigma(-1) in the chosen one; centring adds c (1 + 0)^2.
  @Test func `the Bradley-Terry loss is the published one`() throws {
    let scores = try Tensor([1, 0])
    let (value, gradient) = try Tape.valueAndGradient(at: scores) {
      try ScalarLoss.bradleyTerry($0, pairs: [(0, 1, 1)], margin: 0, centre: 0).value
    }
    #expect(abs(try value.item() - log1p(exp(-1))) < 1e-14)
    let slope = 1 / (1 + exp(1.0))
    #expect(abs(gradient.values[0] + slope) < 1e-14)
    #expect(abs(gradient.values[1] - slope) < 1e-14)
    let centred = try ScalarLoss.bradleyTerry(scores, pairs: [(0, 1, 1)], margin: 0.5, centre: 0.01)
    #expect(abs(try centred.value.item() - (log1p(exp(-0.5)) + 0.01)) < 1e-14)
  }

  @Test func `losses stay finite at scores of a thousand`() throws {
    let scores = try Tensor([1000, -1000])
    for (pair, expected) in [
      ((chosen: 0, rejected: 1, share: 1.0), 0.0), ((chosen: 1, rejected: 0, share: 1.0), 2000.0),
    ] {
      let loss = try ScalarLoss.bradleyTerry(scores, pairs: [pair], margin: 0, centre: 0).value.item()
      #expect(abs(loss - expected) < 1e-9)
    }
  }

  /// Two genuine scores of log 3, sigma = 3/4, and a made one of 0, sigma = 1/2: -(log 3/4 + log 1/2) / 2.
  @Test func `the discriminator's loss weighs both sides alike`() throws {
    let output = try ScalarLoss.discriminator(Tensor([log(3), log(3), 0]), real: 2)
    #expect(abs(try output.value.item() + (log(0.75) + log(0.5)) / 2) < 1e-14)
    #expect(output["accuracy"] == 0.5)
  }

  /// As in InstructGPT: a prompt with two pairs counts as much as one with a single pair.
  @Test func `the Bradley-Terry loss averages over prompts`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1], [-1], [-1], [-1], [-1]]),
      [.reward: Tensor([0, 1, 1, 1, 2]), .group: [0, 0, 0, 1, 1]])
    let scores = try Tensor([0, 1, 2, 0, 3])
    let loss = try ScalarLoss.bradleyTerry(scores, pairs: batch.preferences(), margin: 0, centre: 0)
    func term(_ difference: Double) -> Double { log1p(exp(-difference)) }
    #expect(abs(try loss.value.item() - ((term(1) + term(2)) / 2 + term(3)) / 2) < 1e-14)
  }

  @Test func `preferences pair sequences of one group that differ`() throws {
    var batch = try Batch(
      logp: Tensor(rows: [[-1], [-1], [-1], [-1], [-1]]),
      [.reward: Tensor([0, 1, 1, 2, 2]), .group: [0, 0, 0, 1, 1]])
    #expect(try batch.preferences().map { [$0.chosen, $0.rejected] } == [[1, 0], [2, 0]])
    batch = try batch.with(.advantage, [0, 0, 0, -1, 1])
    #expect(try batch.preferences().map { [$0.chosen, $0.rejected] } == [[4, 3]])
  }

  /// algorithms.md's values: A = 0.16816, 0.428, 0.4 from V = 0.5, 0.4, 0.6.
  @Test func `returns of gae are advantages and values, whitened or not`() throws {
    let batch = try Batch(
      logp: Tensor(rows: [[-1, -1, -1]]), [.reward: Tensor([1]), .values: Tensor(rows: [[0.5, 0.4, 0.6]])])
    let gae = try #require(AdvantageCatalog.card("gae"))
    let whiten = try #require(AdvantageCatalog.card("whiten"))
    let estimated = try gae(batch, ["gamma": .number(0.9), "lambda": .number(0.8)])
    for returns in [estimated[.returns], try whiten(estimated)[.returns]] {
      for (value, expected) in zip(try #require(returns).values, [0.66816, 0.828, 1]) {
        #expect(abs(value - expected) < 1e-14)
      }
    }
    #expect(try estimated.select([0])[.returns]?.values == estimated[.returns]?.values)
    #expect(try Batch.concat([estimated, estimated])[.returns]?.count == 6)
  }

  /// J' = J + c mean H: the derivative of the bonus in each of the 2 entropies is c / 2.
  @Test func `the entropy bonus reaches the entropies`() throws {
    let tape = Tape()
    defer { tape.close() }
    let logp = try Tensor(rows: [[-1, -2]])
    let entropy = tape.watch(try Tensor(rows: [[0.5, 1.5]]))
    let objective = try #require(ObjectiveCatalog.card("ppo")).make()
    let bonus = try EntropyBonus(coefficient: 0.1)
    let batch = try Batch(logp: logp, [.advantage: Tensor([0]), .entropy: entropy])
    let value = try bonus.added(to: objective.evaluate(batch), on: batch).value
    #expect(abs(try value.item() - 0.1) < 1e-14)
    #expect(try tape.gradient(of: value, with: [entropy])[0].values == [0.05, 0.05])
    let without = try Batch(logp: logp, [.advantage: Tensor([0])])
    #expect(throws: EngineError.self) { try bonus.added(to: objective.evaluate(without), on: without) }
    #expect(throws: EngineError.self) { try EntropyBonus(coefficient: .infinity) }
  }
}
