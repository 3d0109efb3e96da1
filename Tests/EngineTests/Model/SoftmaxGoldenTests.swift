import Testing

@testable import Engine

/// Whole next-token distributions against PyTorch and TRL in double precision, from scripts/golden/softmax.py.
@Suite struct SoftmaxGoldenTests {
  let golden = try? GoldenFile.contents("softmax.json")

  private func json(_ path: String...) throws -> JSON {
    try #require(path.reduce(golden) { $0?[$1] })
  }

  private func tokens(_ json: JSON) -> [[Int32]] { json.items.map { $0.numbers.map { Int32($0) } } }

  private func policy(_ name: String) throws -> Policy {
    try Policy.load("\(GoldenFiles.root)/qwen3/\(name)")
  }

  private func batch(keepsMask: Bool) throws -> Batch {
    let sequences = TokenSequences(
      prompts: tokens(try json("prompts")), promptOf: try json("prompt_of").numbers.map { Int($0) },
      completions: tokens(try json("completions")))
    let kept = try json("sets").items.map { episode in
      var sets = KeptTokens(vocabulary: 11)
      for set in tokens(episode) { sets.append(set.isEmpty ? nil : TokenSet(set, vocabulary: 11)) }
      return sets
    }
    let mask = try json("mask").items.map(\.numbers)
    return try Batch(
      logp: Tensor(rows: mask.map { $0.map { _ in -1 } }), [.kept: keepsMask ? kept : nil],
      mask: keepsMask ? nil : Tensor(rows: mask), sequences: sequences,
      temperature: #require(json("temperature").number))
  }

  /// A tensor's length, and its product with cos(1), cos(2), ...; single precision leaves 1e-3 of the length.
  private func check(_ gradient: Gradient, _ policy: Policy, _ expected: JSON, sign: Double = 1) throws {
    let g = gradient.elements.map(Double.init)
    for tensor in policy.tensors {
      let range = tensor.offset..<tensor.offset + tensor.count
      let wanted = try #require(expected[tensor.name]).numbers
      let length = range.reduce(0.0) { $0 + g[$1] * g[$1] }.squareRoot()
      let along = range.reduce(0.0) { $0 + sign * g[$1] * cos(Double($1 - tensor.offset + 1)) }
      #expect(abs(length - wanted[0]) < 1e-3 * wanted[0], "\(tensor.name)")
      #expect(abs(along - wanted[1]) < 1e-3 * wanted[0], "\(tensor.name)")
    }
  }

  @Test func `log-probabilities, entropies and gradients among the kept tokens are those of PyTorch`() throws
  {
    let policy = try policy("float32")
    let batch = try batch(keepsMask: true)
    let pass = try policy.forward(
      requireSequences(batch, for: "test"), temperature: batch.temperature, forGradient: true)
    for (name, found) in [("logp", pass.logProbs), ("entropy", pass.entropy)] {
      for (a, b) in zip(found.elements, try json("kept", name).numbers) {
        #expect(abs(Double(a) - b) < 1e-5, "\(name)")
      }
    }
    let gradient = try pass.backward(
      TokenDerivatives(logProbs: json("c").numbers, entropy: json("d").numbers))
    try check(gradient, policy, json("kept", "gradient"))
  }

  @Test func `score norms are the squared lengths that PyTorch differentiates`() throws {
    let policy = try policy("float32")
    for (keepsMask, expected) in [(false, try json("score_norm")), (true, try json("kept", "score_norm"))] {
      let scored = try batch(keepsMask: keepsMask).withScoreNorm(policy)
      #expect(close(try #require(scored[.scoreNorm]).values, expected.numbers, 1e-5))
    }
  }

  /// TRL's loss; its gradient descends, ours ascends the negative.
  @Test func `divergences from a teacher and their gradients are those of TRL`() throws {
    let (student, teacher) = (try policy("float32"), try policy("moe-float32"))
    let batch = try batch(keepsMask: false)
    let sequences = try requireSequences(batch, for: "test")
    for one in try json("distill").items {
      let divergence = try GeneralisedJSD(beta: #require(one["beta"]?.number))
      let found = try Distillation(student, sequences, batch, teacher: teacher, divergence)
      let value = try #require(one["value"]?.number)
      #expect(abs(found.value - value) < 1e-5 * max(1, value), "beta \(divergence.beta)")
      try check(found.gradient(), student, #require(one["gradient"]), sign: -1)
    }
    #expect(throws: EngineError.self) { try GeneralisedJSD(beta: 1.5) }
    #expect(throws: EngineError.self) { try GeneralisedJSD(beta: .nan) }
  }

  @Test func `sets that do not hold the drawn token, or differ after one prompt, are refused`() throws {
    let policy = try policy("float32")
    let batch = try batch(keepsMask: true)
    func kept(_ episode: Int, _ first: [Int32]) throws -> Batch {
      var sets = try #require(batch.kept)
      let old = sets[episode]
      sets[episode] = KeptTokens(vocabulary: 64)
      for token in 0..<old.count {
        let tokens = token == 0 ? first : old[token].tokens
        sets[episode].append(tokens.isEmpty ? nil : TokenSet(tokens, vocabulary: 64))
      }
      return try batch.with(.kept, sets)
    }
    for wrong in [try kept(0, [1, 9]), try kept(1, [1, 9]), try kept(0, [5, 40])] {
      #expect(throws: EngineError.self) {
        try policy.forward(requireSequences(wrong, for: "test"))
      }
    }
    #expect(throws: EngineError.self) { try trustRegionStep(policy, batch, TrustRegion()) }
    #expect(throws: EngineError.self) { try Batch.concat([batch, self.batch(keepsMask: false)]) }
  }

  @Test func `a set gives its tokens back, as bits or as a list`() {
    let cases: [([Int32], Int)] = [([3], 5), ([0, 31, 32], 64), ([7, 70_000], 150_000), ([], 9)]
    for (tokens, vocabulary) in cases {
      var sets = KeptTokens(vocabulary: vocabulary)
      sets.append(nil)
      sets.append(tokens.isEmpty ? nil : TokenSet(tokens.reversed(), vocabulary: vocabulary))
      #expect(sets[0].tokens.isEmpty && sets[1].tokens == tokens)
    }
    let many = (0..<Int32(200)).map { $0 * 3 }
    #expect(TokenSet(many, vocabulary: 640).tokens == many)
  }
}
