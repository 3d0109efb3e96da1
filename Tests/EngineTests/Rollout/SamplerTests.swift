import Testing

@testable import Engine

@Suite struct SamplerTests {
  static let prompts: [[Int32]] = [[3], [1, 2, 3, 4, 5], (0..<17).map { Int32($0 % 7) }, [9, 9]]

  @Test(arguments: TestModels.configurations.indices, [1, 5])
  func `log-probabilities are those of the forward pass, bit for bit`(_ index: Int, _ group: Int) throws {
    let policy = try TestModels.policy(index)
    for (temperature, topK, topP) in [(1.0, 0, 1.0), (0.7, 0, 1.0), (1.3, 5, 0.9), (0.0, 0, 1.0)] {
      let options = SamplingOptions(
        maxNewTokens: 35, temperature: temperature, topK: topK, topP: topP, endToken: 4, seed: 11)
      let sampled = try sample(policy, prompts: Self.prompts, group: group, options: options)
      let pass = try policy.forward(
        sampled.sequences, temperature: options.reportedTemperature, forGradient: true)
      #expect(sampled.logProbs.count == pass.logProbs.count && sampled.logProbs.count > 0)
      for i in 0..<sampled.logProbs.count {
        #expect(sampled.logProbs.base[i].bitPattern == pass.logProbs.base[i].bitPattern)
        #expect(sampled.entropy.base[i].bitPattern == pass.entropy.base[i].bitPattern)
      }
      for (completion, finished) in zip(sampled.sequences.completions, sampled.finished) {
        #expect(finished == (completion.last == 4))
        #expect(finished || completion.count == 35)
        #expect(!completion.dropLast().contains(4))
      }
    }
  }

  @Test func `a sequence does not depend on what else is in the batch`() throws {
    let policy = try TestModels.policy(3)
    let options = SamplingOptions(maxNewTokens: 20, endToken: 4, seed: 2)
    let many = try sample(policy, prompts: Self.prompts, group: 6, options: options)
    let few = try sample(policy, prompts: Array(Self.prompts.prefix(2)), group: 6, options: options)
    #expect(Array(many.sequences.completions.prefix(12)) == few.sequences.completions)
    let smaller = try sample(policy, prompts: Self.prompts, group: 2, options: options)
    for prompt in Self.prompts.indices {
      for i in 0..<2 {
        #expect(smaller.sequences.completions[prompt * 2 + i] == many.sequences.completions[prompt * 6 + i])
      }
    }
    let other = try sample(
      policy, prompts: Self.prompts, group: 6,
      options: SamplingOptions(maxNewTokens: 20, endToken: 4, seed: 3))
    #expect(other.sequences.completions != many.sequences.completions)
  }

  /// From the logits in double precision; single precision leaves six digits.
  @Test(arguments: [(3, 1.0), (0, 0.6), (4, 0.5)])
  func `the sampler's log-probabilities are those of what top-k and top-p leave`(_ topK: Int, _ topP: Double)
    throws
  {
    let policy = try TestModels.policy(3)
    let temperature = 1.4
    let options = SamplingOptions(maxNewTokens: 6, temperature: temperature, topK: topK, topP: topP, seed: 4)
    let sampled = try sample(policy, prompts: [[1, 2, 3], [4]], group: 3, options: options)
    let reported = try #require(sampled.samplerLogProbs)
    var place = 0
    for (completion, prompt) in zip(sampled.sequences.completions, sampled.sequences.promptOf) {
      var tokens = sampled.sequences.prompts[prompt]
      for token in completion {
        let logits = try #require(try policy.logits(of: tokens).last).map { Double($0) / temperature }
        let total = logits.reduce(0) { $0 + exp($1) }
        let probabilities = logits.map { exp($0) / total }
        var kept = 0.0
        for (rank, index) in probabilities.indices.sorted(by: { probabilities[$0] > probabilities[$1] })
          .enumerated()
        {
          if topK > 0, rank >= topK { break }
          if rank > 0, kept >= topP { break }
          kept += probabilities[index]
        }
        let expected = log(probabilities[Int(token)] / kept)
        #expect(abs(Double(reported.base[place]) - expected) < 1e-5)
        #expect(reported.base[place] > sampled.logProbs.base[place])
        tokens.append(token)
        place += 1
      }
    }
    #expect(place == reported.count && place > 0)
    let whole = SamplingOptions(maxNewTokens: 2, temperature: temperature)
    #expect(try sample(policy, prompts: [[1]], group: 1, options: whole).samplerLogProbs == nil)
  }

  /// The same tokens as without the mask, and the softmax of training over what was left; the smallest sets are of one
  /// token.
  @Test(arguments: TestModels.configurations.indices)
  func `with the mask kept, training has the distribution that was sampled from, bit for bit`(_ index: Int)
    throws
  {
    let policy = try TestModels.policy(index)
    for (topK, topP) in [(3, 1.0), (0, 0.6), (5, 0.9), (1, 1.0)] {
      var options = SamplingOptions(
        maxNewTokens: 12, temperature: 1.3, topK: topK, topP: topP, endToken: 4, seed: 11)
      let free = try sample(policy, prompts: Self.prompts, group: 3, options: options)
      options.keepMask = true
      let sampled = try sample(policy, prompts: Self.prompts, group: 3, options: options)
      #expect(sampled.sequences == free.sequences && sampled.samplerLogProbs == nil)
      let reported = try #require(free.samplerLogProbs)
      var sequences = sampled.sequences
      let kept = try #require(sampled.kept)
      sequences.kept = kept
      let pass = try policy.forward(sequences, temperature: 1.3)
      for i in 0..<sampled.logProbs.count {
        #expect(sampled.logProbs.base[i].bitPattern == pass.logProbs.base[i].bitPattern)
        #expect(sampled.entropy.base[i].bitPattern == pass.entropy.base[i].bitPattern)
        // The share that was left, in double precision; the rest in single.
        #expect(abs(sampled.logProbs.base[i] - reported.base[i]) < 2e-6 * max(1, abs(reported.base[i])))
      }
      for (sets, completion) in zip(kept, sampled.sequences.completions) {
        #expect(sets.count == completion.count)
        for (place, token) in completion.enumerated() {
          #expect(sets[place].tokens.contains(token) && (topK == 0 || sets[place].tokens.count <= topK))
        }
      }
    }
  }

  @Test func `greedy choice takes the largest logit`() throws {
    let policy = try TestModels.policy(3)
    let sampled = try sample(
      policy, prompts: [[1, 2, 3]], group: 1, options: SamplingOptions(maxNewTokens: 6, temperature: 0))
    var tokens: [Int32] = [1, 2, 3]
    for token in try #require(sampled.sequences.completions.first) {
      let row = try #require(try policy.logits(of: tokens).last)
      #expect(row[Int(token)] == row.max())
      tokens.append(token)
    }
    #expect(tokens.count == 9)
  }

  /// 20,000 draws: a frequency is within 5 standard deviations, sqrt(p (1 - p) / 20,000), of p.
  @Test func `draws follow the softmax, and what top-k and top-p leave of it`() throws {
    let policy = try TestModels.policy(0)
    let row = ReferenceModel(policy).logits([1, 2, 3])[2]
    let weights = row.map { exp($0) }
    let total = weights.reduce(0, +)
    let order = row.indices.sorted { row[$0] > row[$1] }
    for (topK, topP, kept) in [(0, 1.0, 11), (3, 1.0, 3), (0, 0.5, -1)] {
      var nucleus = 0
      var reached = 0.0
      while reached < 0.5 {
        reached += weights[order[nucleus]] / total
        nucleus += 1
      }
      let survivors = Array(order.prefix(kept < 0 ? nucleus : kept))
      let mass = survivors.reduce(0.0) { $0 + weights[$1] }
      let sampled = try sample(
        policy, prompts: [[1, 2, 3]], group: 20_000,
        options: SamplingOptions(maxNewTokens: 1, topK: topK, topP: topP, seed: 5))
      var counts = [Int](repeating: 0, count: 11)
      for completion in sampled.sequences.completions { counts[Int(completion[0])] += 1 }
      for token in 0..<11 {
        let p = survivors.contains(token) ? weights[token] / mass : 0
        #expect(abs(Double(counts[token]) / 20_000 - p) <= 5 * (p * (1 - p) / 20_000).squareRoot())
      }
    }
  }

  @Test func `bad arguments are refused and nothing asked for gives nothing`() throws {
    let policy = try TestModels.policy(0)
    let bad = [
      SamplingOptions(maxNewTokens: -1), SamplingOptions(maxNewTokens: 4, temperature: -1),
      SamplingOptions(maxNewTokens: 4, temperature: .nan), SamplingOptions(maxNewTokens: 4, topK: -1),
      SamplingOptions(maxNewTokens: 4, topP: 0), SamplingOptions(maxNewTokens: 4, endToken: 99),
      SamplingOptions(maxNewTokens: .max),
    ]
    for options in bad {
      #expect(throws: EngineError.self) { try sample(policy, prompts: [[1]], group: 2, options: options) }
    }
    let options = SamplingOptions(maxNewTokens: 4)
    #expect(throws: EngineError.self) { try sample(policy, prompts: [[1]], group: 0, options: options) }
    #expect(throws: EngineError.self) { try sample(policy, prompts: [[]], group: 1, options: options) }
    #expect(throws: EngineError.self) { try sample(policy, prompts: [[77]], group: 1, options: options) }
    #expect(try sample(policy, prompts: [], group: 1, options: options).sequences.completions.isEmpty)
    let none = try sample(policy, prompts: [[1]], group: 2, options: SamplingOptions(maxNewTokens: 0))
    #expect(none.sequences.completions == [[], []])
  }
}
