import Testing

@testable import Engine

/// Expected values were computed with NumPy 2.4.6 where they are not plain to see.
@Suite struct ArrayTests {
  func matrix(_ rows: [[Double]]) throws -> Tensor {
    try Tensor(rows.flatMap { $0 }, shape: Shape([rows.count, rows.first?.count ?? 0]))
  }

  @Test func `sums of many numbers keep their digits`() throws {
    let tenth = try Tensor.full(.vector(1_000_000), 0.1)
    // One rounding of 0.1 is 5.6e-18, so the exact sum of the stored numbers is 1e5 + 5.6e-12.
    #expect(close(try tenth.sum().item(), 100_000, 1e-14))
    #expect(try Tensor((1...1000).map(Double.init)).sum().item() == 500_500)
  }

  @Test func `reductions along an axis`() throws {
    let x = try matrix([[1, 5, 3], [4, 2, 6]])
    #expect(try x.sum(axis: 0).values == [5, 7, 9])
    #expect(try x.sum(axis: 1).values == [9, 12])
    #expect(try x.mean(axis: -1).values == [3, 4])
    #expect(try x.maximum(axis: 1).values == [5, 6])
    #expect(try x.minimum(axis: 0).values == [1, 2, 3])
    #expect(try x.argmax(axis: 1).values == [1, 2])
    #expect(try x.argmin(axis: 0).values == [0, 1, 0])
    #expect(try x.product(axis: 1).values == [15, 48])
    #expect(try x.product().item() == 720)
    #expect(try x.cumulativeSum(axis: 1).values == [1, 6, 9, 4, 6, 12])
    #expect(try x.cumulativeSum(axis: 0).values == [1, 5, 3, 5, 7, 9])
    #expect(close(try x.variance(axis: 1, ddof: 1).values, [4, 4], 1e-15))
    #expect(close(try x.standardDeviation().item(), 1.707825127659933, 1e-15))
    #expect(try x.sum(axis: 1, keepingAxis: true).shape.dims == [2, 1])
    #expect(throws: EngineError.self) { try x.sum(axis: 2) }
    #expect(throws: EngineError.self) { try x.sum(axis: .min) }
    #expect(throws: EngineError.self) { try Tensor([]).mean() }
    #expect(throws: EngineError.self) { try Tensor([]).maximum() }
    #expect(throws: EngineError.self) { try Tensor([1]).variance(ddof: 1) }
    #expect(try Tensor([]).sum().item() == 0)
    #expect(try Tensor([]).product().item() == 1)
    #expect(try Tensor([1, .nan, 3]).maximum().item().isNaN)
    #expect(try Tensor([3, 4]).norm().item() == 5)
    #expect(try Tensor([0, 2]).any().item() == 1)
    #expect(try Tensor([0, 2]).all().item() == 0)
  }

  @Test func `packed tensors reduce along their tokens`() throws {
    let x = try Tensor(rows: [[1, 2], [3]])
    #expect(try x.sum(axis: 1).values == [3, 3])
    #expect(try x.mean(axis: -1).values == [1.5, 3])
    #expect(throws: EngineError.self) { try x.sum(axis: 0) }
  }

  @Test func `softmax and its relatives are stable`() throws {
    let x = try Tensor([1000, 1001, 1002])
    #expect(
      close(try x.softmax().values, [0.09003057317038046, 0.24472847105479764, 0.6652409557748218], 1e-15))
    #expect(close(try x.logSumExp().item(), 1002.4076059644444, 1e-15))
    #expect(
      close(
        try x.logSoftmax().values, [-2.4076059644443806, -1.4076059644443804, -0.4076059644443804], 1e-13))
    #expect(try Tensor([-.infinity, -.infinity]).logSumExp().item() == -.infinity)
    #expect(try Tensor([.infinity, 0]).logSumExp().item() == .infinity)
    let rows = try matrix([[0, 0], [0, 1]]).softmax(axis: 1)
    #expect(close(try rows.sum(axis: 1).values, [1, 1], 1e-15))
  }

  @Test func `matrix products of vectors and matrices`() throws {
    let a = try matrix([[1, 2, 3], [4, 5, 6]])
    let b = try matrix([[1, 0], [0, 1], [1, 1]])
    #expect(try a.matmul(b).values == [4, 5, 10, 11])
    #expect(try a.matmul(Tensor([1, 1, 1])).values == [6, 15])
    #expect(try Tensor([1, 1]).matmul(a).values == [5, 7, 9])
    #expect(try Tensor([1, 2]).matmul(Tensor([3, 4])).shape == .scalar)
    #expect(try Tensor([1, 2]).dot(Tensor([3, 4])).item() == 11)
    #expect(try a.transposed().values == [1, 4, 2, 5, 3, 6])
    let wide = try Tensor((0..<9 * 17).map { Double($0 % 7) }, shape: Shape([9, 17]))
    let product = try wide.matmul(wide.transposed())
    for i in 0..<9 {
      for j in 0..<9 {
        let expected = (0..<17).reduce(0.0) { $0 + Double((i * 17 + $1) % 7 * ((j * 17 + $1) % 7)) }
        #expect(product.element(i * 9 + j) == expected)
      }
    }
    #expect(throws: EngineError.self) { try a.matmul(a) }
    #expect(throws: EngineError.self) { try Tensor(1).matmul(a) }
  }

  @Test func `moving elements about`() throws {
    let x = try matrix([[1, 2, 3], [4, 5, 6]])
    #expect(try x.reshaped([3, -1]).shape.dims == [3, 2])
    #expect(throws: EngineError.self) { try x.reshaped([4, -1]) }
    #expect(throws: EngineError.self) { try x.reshaped([-1, -1]) }
    #expect(throws: EngineError.self) { try x.reshaped([5]) }
    #expect(try x.row(at: -1).values == [4, 5, 6])
    #expect(try x.rows(at: [1, 0, 1]).shape.dims == [3, 3])
    #expect(throws: EngineError.self) { try x.row(at: 2) }
    #expect(throws: EngineError.self) { try x.row(at: .min) }
    #expect(try Tensor.concat([x, x], axis: 1).values == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    #expect(try Tensor.concat([x, matrix([[7, 8, 9]])]).shape.dims == [3, 3])
    #expect(throws: EngineError.self) { try Tensor.concat([x, Tensor([1])]) }
    #expect(try Tensor.stack([Tensor([1, 2]), Tensor([3, 4])]).shape.dims == [2, 2])
    #expect(try Tensor.stack([Tensor(1), Tensor(2)]).values == [1, 2])
    #expect(throws: EngineError.self) { try Tensor.stack([]) }
    let packed = try Tensor(rows: [[1, 2], [3], []])
    #expect(try packed.rows(at: [2, 0]).rowValues == [[], [1, 2]])
    #expect(try packed.row(at: 0).shape == .vector(2))
    #expect(try Tensor.concat([packed, packed]).rowValues.count == 6)
    #expect(try Tensor(5).reshaped([1]).values == [5])
  }

  @Test func `ordering puts NaN last, whichever the direction`() throws {
    let x = try Tensor([3, .nan, 1, 2, 1])
    #expect(try x.sorted().values[..<4] == [1, 1, 2, 3])
    #expect(try x.sorted(descending: true).values[..<4] == [3, 2, 1, 1])
  }

  @Test func `clip keeps NaN and refuses crossed bounds`() throws {
    let x = try Tensor([-5, 0.5, 9, .nan])
    let clipped = try x.clipped(0, 1).values
    #expect(clipped[..<3] == [0, 0.5, 1] && clipped[3].isNaN)
    #expect(throws: EngineError.self) { try x.clipped(1, 0) }
    #expect(throws: EngineError.self) { try x.clipped(.nan, 1) }
  }

  @Test func `evenly spaced numbers end exactly`() throws {
    #expect(try Tensor.linspace(0, 3, 301).values.last == 3)
    #expect(try Tensor.linspace(0, 1, 5).values == [0, 0.25, 0.5, 0.75, 1])
    #expect(try Tensor.linspace(2, 3, 1).values == [2])
    #expect(try Tensor.arange(0, 1, 0.25).values == [0, 0.25, 0.5, 0.75])
  }
}
