import Testing

@testable import Engine

/// One mask: every reduction, objective, advantage and statistic sees the trainable tokens alone.
///
/// The rule: what is computed on a masked batch is what is computed on the batch of its trainable tokens alone.
@Suite struct MaskTests {
  static let lengths = [3, 2, 4, 1]
  /// A token in the middle, one at the end, a whole sequence.
  static let mask: [[Double]] = [[1, 0, 1], [1, 0], [1, 1, 0, 1], [0]]

  /// A batch with every column that objectives read; masked tokens hold numbers that would show.
  static func masked() throws -> Batch { try make(keepAll: true).masked(Tensor(rows: mask)) }
  /// The same with the masked tokens taken out.
  static func compact() throws -> Batch { try make(keepAll: false) }

  private static func make(keepAll: Bool) throws -> Batch {
    func column(_ seed: UInt64, _ scale: Double, _ offset: Double) throws -> Tensor {
      let stream = Philox(seed: seed, .script)
      var counter: UInt64 = 0
      return try Tensor(
        rows: mask.map { row in
          row.compactMap { isKept in
            counter += 1
            let value = offset + scale * (stream.uniform(at: counter) - 0.5)
            return isKept == 1 ? value : keepAll ? -37 : nil
          }
        })
    }
    return try Batch(
      logp: column(1, 1, -1),
      [
        .old: column(2, 1, -1), .ref: column(3, 1, -1), .sampler: column(4, 1, -1), .entropy: column(5, 1, 1),
        .values: column(6, 1, 0), .scoreNorm: column(7, 1, 1), .reward: [1.0, 0, 0, 1], .group: [0, 0, 1, 1],
        .advantage: [0.7, -1.2, 0.4, -0.3], .greedyReward: [0.5, 0.5, 0, 0], .mismatched: [0.1, 0.2, 0, 0.3],
      ])
  }

  static let reductions: [(String, @Sendable (Tensor) throws -> Tensor)] = [
    ("sum", { try $0.sum() }), ("mean", { try $0.mean() }), ("min", { try $0.minimum() }),
    ("max", { try $0.maximum() }), ("var", { try $0.variance(ddof: 1) }), ("norm", { try $0.norm() }),
    ("prod", { try $0.product() }), ("logsumexp", { try $0.logSumExp() }), ("any", { try ($0 + 37).any() }),
    ("all", { try ($0 + 37).all() }), ("seq_sum", { try $0.sequenceSum() }),
    ("seq_mean", { try $0.sequenceMean() }),
    ("token_mean", { try $0.tokenMean() }), ("token_sum", { try $0.tokenSum() }),
    ("seq_mean_token_mean", { try $0.sequenceMeanTokenMean() }),
    ("seq_mean_token_sum", { try $0.sequenceMeanTokenSum() }),
    ("seq_mean_token_sum_norm", { try $0.sequenceMeanTokenSumNorm(7) }),
  ]

  @Test(arguments: reductions.indices) func `a reduction sees the trainable tokens alone`(_ index: Int) throws
  {
    let (name, reduce) = MaskTests.reductions[index]
    let (masked, compact) = try (MaskTests.masked(), MaskTests.compact())
    #expect(try reduce(masked.logp).values == reduce(compact.logp).values, "\(name)")
    // The other operand of an operation may lack the mask.
    let unmasked = try Tensor.ones(.tokens(Rows(lengths: MaskTests.lengths)))
    #expect(try reduce(unmasked * masked.logp).values == reduce(compact.logp).values, "\(name)")
    let gradient = try Tape.valueAndGradient(at: masked.logp) { try reduce($0).sum() }.gradient
    for (slope, kept) in zip(gradient.values, MaskTests.mask.joined()) where kept == 0 {
      #expect(slope == 0, "\(name)")
    }
  }

  @Test(arguments: ObjectiveCatalog.surrogates.map(\.name))
  func `an objective, its gradient and its measurements see the trainable tokens alone`(_ name: String) throws
  {
    for arguments in [[:], ["beta": .number(0.2)]] as [[String: ParameterValue]] {
      let objective = try #require(ObjectiveCatalog.card(name)).make(arguments)
      let (masked, gradient) = try objective.valueAndGradient(MaskTests.masked())
      let (compact, expected) = try objective.valueAndGradient(MaskTests.compact())
      // Sequences without tokens stay in means over sequence ratios, in both batches alike.
      #expect(close(try masked.value.item(), try compact.value.item(), 1e-15))
      for (own, other) in zip(masked.metrics, compact.metrics) {
        #expect(own.name == other.name && close(own.value, other.value, 1e-15), "\(own.name)")
      }
      #expect(close(try gradient.trainable().values, expected.values, 1e-15))
      for (slope, kept) in zip(gradient.values, MaskTests.mask.joined()) where kept == 0 {
        #expect(slope == 0)
      }
    }
  }

  @Test(arguments: ObjectiveCatalog.preferences.map(\.name))
  func `an objective on pairs sees the trainable tokens alone`(_ name: String) throws {
    func pairs(_ batch: Batch) throws -> Batch {
      try batch.select([0, 1]).with(.pair, [0, 0]).with(.chosen, [1, 0])
    }
    let objective = try #require(ObjectiveCatalog.card(name)).make()
    let (masked, gradient) = try objective.valueAndGradient(pairs(MaskTests.masked()))
    let (compact, expected) = try objective.valueAndGradient(pairs(MaskTests.compact()))
    #expect(close(try masked.value.item(), try compact.value.item(), 1e-15))
    #expect(close(try gradient.trainable().values, expected.values, 1e-15))
  }

  @Test(arguments: AdvantageCatalog.all.map(\.name))
  func `an advantage estimator sees the trainable tokens alone`(_ name: String) throws {
    let card = try #require(AdvantageCatalog.card(name))
    let arguments: [String: ParameterValue] =
      card.parameters.contains { $0.name == "beta" } ? ["beta": .number(0.1)] : [:]
    let masked = try #require(card(MaskTests.masked(), arguments)[.advantage])
    let compact = try #require(card(MaskTests.compact(), arguments)[.advantage])
    #expect(close(try masked.trainable().values, compact.values, 1e-15))
  }

  @Test func `a mask survives selection, joining and minibatches, and narrows only`() throws {
    let batch = try MaskTests.masked()
    #expect(try batch.select([2, 0]).rows.mask == [true, true, false, true, true, false, true])
    #expect(try Batch.concat([batch.select([1]), batch.select([3])]).rows.mask == [true, false, false])
    #expect(try batch.minibatches(2).map(\.rows.trainable.total) == [3, 3])
    #expect(try batch.masked(Tensor.ones(.tokens(batch.rows))).rows.mask == batch.rows.mask)
    #expect(try batch.masked(Tensor([0, 1, 1, 1])).rows.trainable.lengths == [0, 1, 3, 0])
    #expect(throws: EngineError.self) { try batch.masked(Tensor([0, 1])) }
  }
}
