import Synchronization
import Testing

@testable import Engine

/// Long tensors are computed block by block when they are read, short ones at once, with the same bits.
@Suite struct DeferredTests {
  /// Ragged, with empty sequences, one longer than a block of sums, and every one short enough to be computed
  /// at once when it stands alone.
  let rows: Rows
  let logp: Tensor
  let old: Tensor
  let advantage: Tensor

  init() throws {
    let lengths = (0..<90).map { $0 % 7 == 3 ? 0 : $0 == 50 ? 1700 : 1 + $0 * 37 % 400 }
    rows = try Rows(lengths: lengths)
    func wave(_ count: Int, _ step: Double) -> [Double] {
      (0..<count).map { UnaryOperation.sin.scalar(Double($0) * step) }
    }
    logp = try Tensor(wave(rows.total, 1.3), shape: .tokens(rows))
    old = try Tensor(wave(rows.total, 0.7), shape: .tokens(rows))
    advantage = try Tensor(wave(rows.count, 2.1), shape: .sequences(rows))
    try #require(rows.total > Deferred.leastCount)
    try #require(lengths.allSatisfy { $0 < Deferred.leastCount })
  }

  func surrogate(_ logp: Tensor, _ old: Tensor, _ advantage: Tensor) throws -> Tensor {
    let ratio = try UnaryOperation.exp((logp - old).clipped(-1, 1))
    let tau = try Tensor.select(BinaryOperation.gt(advantage, Tensor(0)), Tensor(1), Tensor(1.05))
    let gate = try UnaryOperation.sigmoid(tau * (ratio - 1)) * (4 / tau)
    return try BinaryOperation.min(gate * advantage, ratio * advantage)
  }

  /// Sequence `row` of a packed tensor as an array of its own.
  func part(_ tensor: Tensor, _ row: Int) throws -> Tensor {
    try Tensor(Array(tensor.values[rows.range(row)]))
  }

  func bits(_ tensor: Tensor) -> [UInt64] { tensor.values.map(\.bitPattern) }

  @Test func `a chain has the bits of its parts computed at once`() throws {
    let long = try surrogate(logp, old, advantage)
    #expect(long.pending != nil)
    for row in 0..<rows.count {
      let short = try surrogate(part(logp, row), part(old, row), Tensor(advantage.values[row]))
      #expect(short.pending == nil)
      #expect(bits(short) == long.values[rows.range(row)].map(\.bitPattern))
    }
    #expect(long.pending == nil)
  }

  @Test func `sums of a chain that nobody keeps are those of its elements`() throws {
    let chain = try surrogate(logp, old, advantage)
    let total = try chain.sum()
    let sums = try chain.sequenceSum()
    #expect(chain.pending != nil)
    chain.withElements { x in
      #expect(total.element(0)?.bitPattern == VectorMath.sum(x, rows.total).bitPattern)
      for row in 0..<rows.count {
        let sum = VectorMath.sum(x + rows.offsets[row], rows.lengths[row])
        #expect(sums.element(row)?.bitPattern == sum.bitPattern, "row \(row)")
      }
    }
  }

  @Test func `a gradient has the bits of its parts computed at once`() throws {
    let long = try Tape.valueAndGradient(at: logp) {
      try surrogate($0, old, advantage).sequenceMeanTokenMean()
    }.gradient
    for row in 0..<rows.count where rows.lengths[row] > 0 {
      let short = try Tape.valueAndGradient(at: part(logp, row)) {
        let mean =
          try surrogate($0, part(old, row), Tensor(advantage.values[row])).sum() / Double(rows.lengths[row])
        return try mean / Double(rows.nonEmptyCount)
      }.gradient
      #expect(bits(short) == long.values[rows.range(row)].map(\.bitPattern), "row \(row)")
    }
  }

  @Test func `a value waits for its gradient and has the bits of the sums alone`() throws {
    let tape = Tape()
    defer { tape.close() }
    let variable = tape.watch(logp)
    let value = try surrogate(variable, old, advantage).sequenceMeanTokenMean() * 3
    #expect(value.pending != nil)
    _ = try tape.gradient(of: value, with: [variable])
    #expect(value.pending == nil)
    let alone = try surrogate(logp, old, advantage).sequenceMeanTokenMean() * 3
    #expect(alone.pending == nil)
    #expect(bits(value) == bits(alone))
  }

  @Test func `sums of sums wait for each other`() throws {
    func deviation(_ x: Tensor) throws -> Tensor {
      let means = try x.sequenceMean()
      return try UnaryOperation.square(x - means).tokenMean() + UnaryOperation.exp(means).sum() + x.mean()
    }
    let whole = try Tape.valueAndGradient(at: logp) { try deviation($0) }
    #expect(try bits(whole.value) == bits(deviation(logp)))
    // By hand: 2 (x - m_i) / n, since the deviations of a row sum to 0; exp(m_i) / L_i; 1 / n.
    let n = Double(rows.total)
    for row in 0..<rows.count where rows.lengths[row] > 0 {
      let x = logp.values[rows.range(row)]
      let mean = x.reduce(0, +) / Double(x.count)
      let own = UnaryOperation.exp.scalar(mean) / Double(x.count) + 1 / n
      for (i, value) in zip(x, whole.gradient.values[rows.range(row)]) {
        // Sums of up to 1700 numbers below 2 in different orders: 1700 * 2 * 1.1e-16.
        #expect(abs(value - 2 * (i - mean) / n - own) < 4e-13)
      }
    }
  }

  @Test func `a stop in the middle of an evaluation leaves the tensor to be computed later`() async {
    await #expect(processExitsWith: .success) {
      let asked = Atomic<Bool>(false)
      let stopping = UnaryOperation("stopping", "x + 1, with a stop in the middle", .zero) { x in
        if x == 1e6, !asked.exchange(true, ordering: .relaxed) { Interrupt.request() }
        return x + 1
      }
      let x = try Tensor.arange(0, 2e6)
      let y = try stopping(x)
      #expect(y.pending != nil)
      #expect(throws: EngineError.self) { try y.settle(for: "test") }
      #expect(y.pending != nil)
      Interrupt.clear()
      #expect(y.values == (0..<2_000_000).map { Double($0) + 1 })
    }
  }

  @Test func `equal functions in two gradients of one pass each fill their own memory`() throws {
    let tape = Tape()
    defer { tape.close() }
    let a = tape.watch(logp)
    let b = tape.watch(old)
    let gradients = try tape.gradient(of: (UnaryOperation.exp(a + b)).sum(), with: [a, b])
    let twice = try [UnaryOperation.exp(logp + old), UnaryOperation.exp(logp + old)]
    try CommonPass.settle(twice, for: "test")
    let expected = zip(logp.values, old.values).map { UnaryOperation.exp.scalar($0 + $1).bitPattern }
    for tensor in gradients + twice { #expect(bits(tensor) == expected) }
  }

  @Test func `bits do not depend on threads`() throws {
    func all() throws -> [[UInt64]] {
      let result = try Tape.valueAndGradient(at: logp) { try surrogate($0, old, advantage).tokenMean() }
      return [bits(result.value), bits(result.gradient)]
    }
    #expect(try all() == Runtime.current.runSequentially { try all() })
  }

  @Test func `what many read is computed once and stays the same`() throws {
    let ratio = try UnaryOperation.exp(logp - old)
    let sums = try (1...5).map { try (ratio * Double($0)).sum().item() }
    #expect(ratio.pending == nil)
    for factor in 1...5 { #expect(try (ratio * Double(factor)).sum().item() == sums[factor - 1]) }
  }

  @Test func `several threads may read one chain`() async throws {
    let chain = try surrogate(logp, old, advantage)
    let expected = try bits(surrogate(logp, old, advantage))
    let read = await withTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<8 { group.addTask { chain.values.map(\.bitPattern) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(read.allSatisfy { $0 == expected })
  }

  @Test func `columns and single numbers stretch along a chain`() throws {
    let x = try Tensor.arange(0, 30_000).reshaped([100, 300])
    let column = try Tensor.arange(0, 100).reshaped([100, 1])
    let row = try Tensor.arange(0, 300)
    let y = try (x * column + row) * Tensor([2.0])
    #expect(y.pending != nil)
    for (i, value) in y.values.enumerated() {
      let (r, c) = i.quotientAndRemainder(dividingBy: 300)
      #expect(value == (Double(i * r) + Double(c)) * 2)
    }
  }

  @Test func `shapes that do not fit are refused at the operation`() throws {
    let x = try Tensor.ones(.vector(20_000))
    #expect(throws: EngineError.self) { _ = try x + Tensor.ones(.vector(20_001)) }
    #expect(throws: EngineError.self) { _ = try logp * Tensor.ones(.vector(rows.count + 1)) }
  }

  @Test func `a chain without end is cut into chains that are computed on the way`() throws {
    var x = try Tensor.zeros(.vector(10_000))
    for _ in 0..<3000 { x = try x + 1 }
    #expect(x.values.allSatisfy { $0 == 3000 })
    var y = try Tensor.ones(.vector(10_000))
    for _ in 0..<200 { y = try y * y }
    #expect(y.values.allSatisfy { $0 == 1 })
  }
}
