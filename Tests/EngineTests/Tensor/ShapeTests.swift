import Testing

@testable import Engine

@Suite struct ShapeTests {
  func message(_ body: () throws -> Void) -> String? {
    do { try body() } catch let error as EngineError { return error.description } catch { return "\(error)" }
    return nil
  }

  @Test func `absurd shapes are refused before memory is taken`() throws {
    let before = Runtime.current.memory.bytesInUse
    #expect(throws: EngineError.self) { try Tensor.zeros(Shape([1 << 40])) }
    #expect(throws: EngineError.self) { try Shape([1 << 40, 1 << 40]) }
    #expect(throws: EngineError.self) { try Shape([-1]) }
    #expect(throws: EngineError.self) { try Tensor.eye(1 << 33) }
    #expect(throws: EngineError.self) { try Tensor.linspace(0, 1, 1 << 50) }
    #expect(throws: EngineError.self) { try Tensor.linspace(0, 1, -1) }
    #expect(throws: EngineError.self) { try Tensor.arange(0, 1e300) }
    #expect(throws: EngineError.self) { try Tensor.arange(0, 1, 0) }
    #expect(Runtime.current.memory.bytesInUse - before < 1 << 32)
    #expect(try Shape([1 << 40, 0, 1 << 40]).count == 0)
  }

  @Test func `arrays stretch as in NumPy`() throws {
    let column = try Tensor([1, 2, 3], shape: Shape([3, 1]))
    let row = try Tensor([10, 20])
    #expect(try (column + row).values == [11, 21, 12, 22, 13, 23])
    #expect(try (row - column).shape.dims == [3, 2])
    #expect(try (row - column).values == [9, 19, 8, 18, 7, 17])
    let cube = try Tensor((0..<12).map(Double.init), shape: Shape([2, 2, 3]))
    let middle = try Tensor([100, 200], shape: Shape([2, 1]))
    #expect(try (cube + middle).values == [100, 101, 102, 203, 204, 205, 106, 107, 108, 209, 210, 211])
    let empty = try Tensor([], shape: Shape([0, 2]))
    #expect(try (empty + row).shape.dims == [0, 2])
    #expect(try (Tensor(1) + Tensor(2)).shape == .scalar)
  }

  @Test func `a shape mismatch names the operation and both shapes`() throws {
    let a = try Tensor([1, 2, 3])
    let b = try Tensor([1, 2])
    #expect(message { _ = try a + b } == "add: shapes [3] and [2] do not fit together")
    #expect(
      message { _ = try Tensor.eye(3).matmul(b) } == "matmul: inner dimensions differ: [3, 3] times [2]")
    let short = try Tensor(rows: [[1], [2, 3]])
    let long = try Tensor(rows: [[1], [2, 3, 4]])
    #expect(message { _ = try short * long } == "mul: row 1 has 2 tokens on the left and 3 on the right")
    #expect(message { _ = try short * a } == "mul: shapes [2, T?] (3 tokens) and [3] do not fit together")
  }

  @Test func `a value per sequence spreads over its tokens`() throws {
    let tokens = try Tensor(rows: [[1, 2], [], [3, 4, 5]])
    let perSequence = try Tensor([10, 20, 30])
    #expect(try (tokens + perSequence).rowValues == [[11, 12], [], [33, 34, 35]])
    #expect(try (perSequence - tokens).rowValues == [[9, 8], [], [27, 26, 25]])
    let sums = try tokens.sequenceSum()
    #expect(sums.values == [3, 0, 12])
    #expect(try (tokens / sums).rowValues[2] == [0.25, 4.0 / 12, 5.0 / 12])
    #expect(try (sums * 2).rows == tokens.rows)
    #expect(
      try Tensor.select(BinaryOperation.gt(perSequence, Tensor(15)), tokens, Tensor(0)).values == [
        0, 0, 3, 4, 5,
      ])
  }

  @Test func `rows of one token are still sequences`() throws {
    let tokens = try Tensor(rows: [[2], [3]])
    #expect(try tokens.sequenceMean().shape == .sequences(try #require(tokens.rows)))
    #expect(try (tokens * Tensor([5, 7])).rowValues == [[10], [21]])
  }

  @Test func `a value per sequence spreads also where there are as many tokens as sequences`() throws {
    let tokens = try Tensor(rows: [[2, 3], []])
    let perSequence = try Tensor([10, 20])
    #expect(try (tokens * perSequence).rowValues == [[20, 30], []])
    #expect(try Tensor.select(perSequence, tokens + perSequence, Tensor(0)).rowValues == [[12, 13], []])
    let gradient = try Tape.valueAndGradient(at: perSequence) { try (tokens * $0).sum() }.gradient
    #expect(gradient.values == [5, 0])
    // As many tokens as make a tensor that is computed when it is read.
    let count = Deferred.leastCount
    let rows = try Rows(lengths: [count] + [Int](repeating: 0, count: count - 1))
    let long = try Tensor.arange(0, Double(count)).reshaped(.tokens(rows))
    let each = try Tensor.arange(1, Double(count + 1))
    #expect(try (long * each).values == long.values)
    let total = try Tape.valueAndGradient(at: each) { try (long * $0).sum() }.gradient.values[0]
    #expect(try total == long.sum().item())
  }

  @Test func `packed reductions skip empty rows`() throws {
    let x = try Tensor(rows: [[1, 2, 3], [], [10]])
    #expect(try x.tokenMean().item() == 4)
    #expect(try x.tokenSum().item() == 16)
    #expect(try x.sequenceMeanTokenMean().item() == 6)
    #expect(try x.sequenceMeanTokenSum().item() == 8)
    #expect(try x.sequenceMeanTokenSumNorm(4).item() == 2)
    #expect(try x.sequenceMean().values == [2, 0, 10])
    let empty = try Tensor(rows: [[], []])
    for value in [
      try empty.tokenMean(), try empty.tokenSum(), try empty.sequenceMeanTokenMean(),
      try empty.sequenceMeanTokenSum(), try empty.sequenceMeanTokenSumNorm(3),
    ] { #expect(try value.item() == 0) }
    #expect(throws: EngineError.self) { try Tensor([1, 2]).tokenMean() }
    #expect(throws: EngineError.self) { try x.sequenceMeanTokenSumNorm(0) }
    // A value a sequence counts once for each token: (2*3 + 10) / 4.
    #expect(try x.sequenceMean().tokenMean().item() == 4)
  }
}
