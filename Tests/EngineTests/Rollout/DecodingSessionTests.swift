import Testing

@testable import Engine

/// Episodes of several turns, with the cache kept between them.
@Suite struct DecodingSessionTests {
  /// Replies of many lengths, some past a panel of keys, and some sequences left alone or extended twice.
  @Test(arguments: TestModels.configurations.indices)
  func `log-probabilities of an episode are those of the forward pass, bit for bit`(_ index: Int) throws {
    let policy = try TestModels.policy(index)
    let prompts = SamplerTests.prompts
    let group = 3
    let session = try DecodingSession(
      policy, prompts: prompts, group: group,
      options: SamplingOptions(maxNewTokens: 9, temperature: 0.9, endToken: 4, seed: 3))
    let random = Philox(seed: 5, .script)
    var replies: [[Bool]] = session.sequences.map { _ in [] }
    for turn in 0..<4 {
      try session.decode()
      for sequence in session.sequences.indices {
        let state = session.sequences[sequence]
        replies[sequence] += [Bool](repeating: true, count: state.tokens.count - replies[sequence].count)
        #expect(state.finished == (state.tokens.last == 4 && state.sampled.last == true))
        let draw = UInt64(turn * 100 + sequence)
        if turn == 3 || random.integer(below: 4, at: draw) == 0 { continue }
        let count = random.integer(below: 25, at: draw + 5000)
        let reply = (0..<count).map { Int32(random.integer(below: 11, at: draw << 16 | UInt64($0))) }
        try session.extend(sequence, reply)
        replies[sequence] += [Bool](repeating: false, count: count)
      }
    }
    #expect(session.sequences.map(\.sampled) == replies)
    #expect(session.sequences.contains { $0.tokens.count > 40 })
    let sequences = TokenSequences(
      prompts: prompts, promptOf: session.sequences.indices.map { $0 / group },
      completions: session.sequences.map(\.tokens))
    let pass = try policy.forward(sequences, temperature: 0.9)
    var place = 0
    for sequence in session.sequences {
      for i in sequence.tokens.indices {
        if sequence.sampled[i] {
          #expect(sequence.logProbs[i].bitPattern == pass.logProbs[place].bitPattern)
          #expect(sequence.entropy[i].bitPattern == pass.entropy[place].bitPattern)
        } else {
          #expect(sequence.logProbs[i] == 0 && sequence.entropy[i] == 0)
        }
        place += 1
      }
    }
  }

  @Test func `tokens given before the first turn are a beginning`() throws {
    let policy = try TestModels.policy(3)
    let options = SamplingOptions(maxNewTokens: 6, temperature: 0, seed: 1)
    let session = try DecodingSession(policy, prompts: [[1, 2]], group: 2, options: options)
    try session.extend(1, [3, 5])
    try session.decode()
    let whole = try sample(policy, prompts: [[1, 2, 3, 5]], group: 1, options: options)
    #expect(Array(session.sequences[1].tokens.dropFirst(2)) == whole.sequences.completions[0])
    let plain = try sample(policy, prompts: [[1, 2]], group: 1, options: options)
    #expect(session.sequences[0].tokens == plain.sequences.completions[0])
  }

  @Test func `sequences and tokens that do not exist are refused`() throws {
    let policy = try TestModels.policy(0)
    let options = SamplingOptions(maxNewTokens: 2)
    let session = try DecodingSession(policy, prompts: [[1]], group: 2, options: options)
    #expect(throws: EngineError.self) { try session.extend(2, [1]) }
    #expect(throws: EngineError.self) { try session.extend(0, [11]) }
    #expect(throws: EngineError.self) {
      try DecodingSession(policy, prompts: [], group: 2, options: options)
    }
  }
}
