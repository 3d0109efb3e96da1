import Testing

@testable import Engine

/// Mixtures against transformers and a replay written in PyTorch, from scripts/golden/experts.py in double precision.
@Suite struct ExpertGoldenTests {
  /// A model, episodes, and what PyTorch makes of them.
  struct Case: Sendable, CustomTestStringConvertible {
    let json: JSON
    var testDescription: String { json["model"]?.string ?? "" }

    func numbers(_ path: String...) throws -> [Double] {
      try #require(path.reduce(json as JSON?) { $0?[$1] }?.list(Case.number))
    }

    func value(_ path: String...) throws -> Double {
      let found = try #require(path.reduce(json as JSON?) { $0?[$1] })
      return try #require(Case.number(found))
    }

    static func number(_ json: JSON) -> Double? { if case .number(let number) = json { number } else { nil } }

    func policy() throws -> Policy {
      try Policy.load("\(GoldenFiles.root)/qwen3/\(testDescription)")
    }

    func batch() throws -> Batch {
      func tokens(_ name: String) throws -> [[Int32]] {
        try #require(json[name]?.list { $0.list { $0.wholeNumber.map(Int32.init) } })
      }
      let sequences = TokenSequences(
        prompts: try tokens("prompts"), promptOf: try #require(json["prompt_of"]?.list(\.wholeNumber)),
        completions: try tokens("completions"))
      let lengths = sequences.completions.map(\.count)
      let sets = try #require(
        json["experts"]?.list { episode in
          episode.list { token in token.list { layer in layer.list { $0.wholeNumber.map(UInt16.init) } } }
        })
      let experts = zip(sets, lengths).map { sets, length in
        ExpertSets(
          layers: sets[0].count, active: sets[0][0].count, sets.joined().flatMap { $0 }, length: length)
      }
      let old = try Tensor(numbers("old"), shape: .tokens(Rows(lengths: lengths)))
      return try Batch(
        logp: old, [.advantage: numbers("advantage"), .experts: experts], sequences: sequences)
    }
  }

  static let cases: [Case] = {
    let json = try? JSON.parse(FileContents.bytes("\(GoldenFiles.root)/experts.json", for: "test"))
    return json?["cases"]?.list { Case(json: $0) } ?? []
  }()

  @Test func `there are cases of both conventions, and their choices differ`() throws {
    #expect(try Self.cases.map { try $0.policy().configuration.mixture?.normalized } == [true, false])
    #expect(try Self.cases.allSatisfy { try $0.value("changed") > 10 })
  }

  /// Single precision against double: 1e-5 of log-probabilities of order 1, 1e-3 of a tensor's gradient.
  @Test(arguments: cases, ["free", "held"])
  func `log-probabilities and gradients are those of PyTorch, with free and with held experts`(
    _ one: Case, _ mode: String
  ) throws {
    let policy = try one.policy()
    let batch = try one.batch()
    let sequences = try batch.sequences(replaying: mode == "held" ? .r2 : nil, for: "test")
    let pass = try policy.forward(sequences, forGradient: true)
    for (a, b) in zip(pass.logProbs.elements, try one.numbers(mode, "logp")) {
      #expect(abs(Double(a) - b) < 1e-5)
    }
    let gradient = try pass.backward(TokenDerivatives(logProbs: one.numbers("c"))).elements
    try expect(gradient, of: policy, one, mode, "gradient")
  }

  @Test(arguments: cases)
  func `a step's objective and gradient are those of PyTorch, with free and with held experts`(_ one: Case)
    throws
  {
    let policy = try one.policy()
    for (mode, replay) in [("free", nil), ("held", Replay.r2)] {
      let clipped = try #require(ObjectiveCatalog.surrogates.first { $0.name == "grpo" })
      let objective = try clipped.make([
        "aggregate": .text("token_mean"), "clip": .number(0.2),
      ])
      let result = try step(policy, one.batch(), replay: replay) { try objective.evaluate($0) }
      let statistics = Dictionary(result.statistics.map { ($0.name, $0.value) }) { first, _ in first }
      #expect(abs(try #require(statistics["objective"]) - one.value(mode, "value")) < 1e-5)
      let norm = try one.value(mode, "grad_norm")
      #expect(abs(try #require(statistics["grad_norm"]) - norm) < 1e-3 * norm)
      #expect(try #require(statistics["churn"]) > 0)
    }
  }

  /// The sampler's sets are held by R3 alone, where a batch has them.
  @Test(arguments: cases)
  func `R3 holds the sampler's experts, R2 those behind old`(_ one: Case) throws {
    let policy = try one.policy()
    let batch = try one.batch()
    let rescored = try batch.rescored(policy, replay: nil, old: true)
    #expect(rescored.experts(.samplerExperts) == batch.experts(.experts))
    #expect(rescored.experts(.oldExperts) == rescored.experts(.experts))
    let held = try rescored.rescored(policy, replay: .r3, old: false)
    for (a, b) in zip(held.logp.values, try one.numbers("held", "logp")) { #expect(abs(a - b) < 1e-5) }
    let free = try rescored.rescored(policy, replay: .r2, old: false)
    #expect(free.logp.values == rescored.logp.values)
  }

  @Test(arguments: cases)
  func `the balancing loss is that of transformers layer by layer, and so is its gradient`(_ one: Case) throws
  {
    // PyTorch runs a prompt once for each completion, as the loss counts it.
    let policy = try one.policy()
    let pass = try policy.forward(one.batch().sequences(replaying: nil, for: "test"), forGradient: true)
    #expect(abs(try #require(pass.load).balanceLoss - one.value("balance", "mean")) < 1e-5)
    let zeros = [Double](repeating: 0, count: pass.logProbs.count)
    let gradient = try pass.backward(TokenDerivatives(logProbs: zeros, balance: -1)).elements
    try expect(gradient, of: policy, one, "balance", "gradient")
  }

  private func expect(_ gradient: [Float], of policy: Policy, _ one: Case, _ part: String, _ field: String)
    throws
  {
    for tensor in policy.tensors {
      let own = gradient[tensor.offset..<tensor.offset + tensor.count].map(Double.init)
      let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let product = own.enumerated().reduce(0) { $0 + $1.element * libmCos(Double($1.offset + 1)) }
      let expected = try #require(one.json[part]?[field]?[tensor.name]?.list(Case.number))
      #expect(abs(length - expected[0]) < 1e-3 * expected[0] + 1e-5, "\(tensor.name)")
      #expect(abs(product - expected[1]) < 1e-3 * expected[0] + 1e-5, "\(tensor.name)")
    }
  }
}
