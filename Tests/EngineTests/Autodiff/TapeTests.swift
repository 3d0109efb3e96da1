import Testing

@testable import Engine

@Suite struct TapeTests {
  /// Central differences of width 2e-6 have an error near 1e-10 of the third derivative and 1e-10 of rounding.
  let tolerance = 2e-7

  func check(
    _ name: String, _ x: [Double], shape: Shape? = nil, _ function: (Tensor) throws -> Tensor
  ) throws {
    let shape = shape ?? .vector(x.count)
    // Weights make the sum's gradient depend on every output.
    func weighted(_ y: Tensor) throws -> Tensor {
      let weights = try Tensor((0..<y.count).map { 1 + 0.37 * Double($0 % 5) }, shape: y.shape)
      return try (y * weights).sum()
    }
    let gradient = try Tape.valueAndGradient(at: Tensor(x, shape: shape)) { try weighted(function($0)) }
      .gradient
    let expected = try centralDifferences(x) { try weighted(function(Tensor($0, shape: shape))).item() }
    #expect(close(gradient.values, expected, tolerance), "\(name): \(gradient.values) \(expected)")
    #expect(gradient.shape == shape)
  }

  @Test func `every operation of one tensor agrees with central differences`() throws {
    for operation in UnaryOperation.all {
      let points = unaryPoints[operation.name] ?? generalPoints
      if operation.isDifferentiable {
        try check(operation.name, points) { try operation($0) }
      } else {
        let slope = try Tape.slope(at: Tensor(points)) { try operation($0) }
        #expect(slope.values == points.map { _ in 0 }, "\(operation.name)")
      }
    }
  }

  @Test func `every operation of two tensors agrees with central differences on both sides`() throws {
    let a = [1.3, 0.4, 2.2, 3.1, 0.7, 1.9]
    let b = [0.6, 1.1, 0.9, 1.7, 2.3, 0.8]
    for operation in BinaryOperation.all where operation.isDifferentiable {
      try check(operation.name, a) { try operation($0, Tensor(b)) }
      try check(operation.name, b) { try operation(Tensor(a), $0) }
      let matrix = try Tensor(a, shape: Shape([2, 3]))
      try check(operation.name, [0.6, 1.1, 0.9]) { try operation(matrix, $0) }
      try check(operation.name, [0.6, 1.1], shape: Shape([2, 1])) { try operation($0, matrix) }
      try check(operation.name, [0.85], shape: .scalar) { try operation($0, matrix) }
      try check(operation.name, [1.2, 0.5, 0.9]) { try operation($0, $0 * $0 + 0.3) }
    }
    try check("pow of negative", [-1.5, -0.3]) { try BinaryOperation.pow($0, Tensor(3)) }
    try check("mod", [-7.3, 5.2]) { try BinaryOperation.mod($0, Tensor([3, -3])) }
  }

  @Test func `structural operations agree with central differences`() throws {
    let x = [0.3, -1.2, 2.1, 0.8, -0.5, 1.4]
    let matrix = try Shape([2, 3])
    let rows = try Rows(lengths: [2, 0, 3, 1])
    let other = try Tensor([1, -2, 0.5, 0.7, 1.1, -0.4], shape: Shape([3, 2]))
    let cases: [(String, Shape, (Tensor) throws -> Tensor)] = [
      ("sum axis 0", matrix, { try $0.sum(axis: 0) }), ("sum axis 1", matrix, { try $0.sum(axis: 1) }),
      ("mean", matrix, { try $0.mean() }), ("mean axis", matrix, { try $0.mean(axis: 0) }),
      ("var", matrix, { try $0.variance(axis: 1, ddof: 1) }), ("std", matrix, { try $0.standardDeviation() }),
      ("prod", matrix, { try $0.product(axis: 1) }), ("prod all", matrix, { try $0.product() }),
      ("max", matrix, { try $0.maximum(axis: 0) }), ("min", matrix, { try $0.minimum() }),
      ("norm", matrix, { try $0.norm() }), ("logsumexp", matrix, { try $0.logSumExp(axis: 1) }),
      ("logsumexp all", matrix, { try $0.logSumExp() }), ("softmax", matrix, { try $0.softmax(axis: 1) }),
      ("log_softmax", matrix, { try $0.logSoftmax(axis: 0) }),
      ("cumsum", matrix, { try $0.cumulativeSum(axis: 1) }), ("transpose", matrix, { try $0.transposed() }),
      ("matmul left", matrix, { try $0.matmul(other) }), ("matmul right", matrix, { try other.matmul($0) }),
      ("matmul self", matrix, { try $0.matmul($0.transposed()) }),
      ("matmul vector", .vector(6), { try $0.matmul($0) }),
      ("reshape", matrix, { try $0.reshaped([6]) * $0.reshaped([6]) }),
      ("rows", matrix, { try $0.rows(at: [1, 0, 1]) }),
      ("concat", matrix, { try Tensor.concat([$0, $0 * $0], axis: 1) }),
      ("stack", .vector(6), { try Tensor.stack([$0, $0 * 2]) }), ("sort", .vector(6), { try $0.sorted() }),
      ("clip", .vector(6), { try $0.clipped(-1, 1) }),
      ("where", .vector(6), { try Tensor.select(BinaryOperation.gt($0, Tensor(0)), $0 * $0, -$0) }),
      ("seq_sum", .tokens(rows), { try $0.sequenceSum() }),
      ("seq_mean", .tokens(rows), { try $0.sequenceMean() }),
      ("token_mean", .tokens(rows), { try $0.tokenMean() }),
      ("seq_mean_token_mean", .tokens(rows), { try $0.sequenceMeanTokenMean() }),
      ("seq_mean_token_sum", .tokens(rows), { try $0.sequenceMeanTokenSum() }),
      ("spread", .tokens(rows), { try $0 * $0.sequenceMean() }),
      ("packed rows", .tokens(rows), { try $0.rows(at: [2, 0]) }),
      ("linspace product", .vector(6), { try $0.dot(Tensor.linspace(0, 1, 6)) }),
    ]
    for (name, shape, function) in cases { try check(name, x, shape: shape, function) }
    let perSequence = try Tensor([0.4, 9, -0.3, 1.2], shape: .sequences(rows))
    try check("tokens times sequences", x, shape: .tokens(rows)) { try $0 * perSequence }
    try check("sequences times tokens", [0.4, 9, -0.3, 1.2], shape: .sequences(rows)) {
      try $0 * Tensor(x, shape: .tokens(rows))
    }
    try check("plain vector over tokens", [0.4, 9, -0.3, 1.2]) { try Tensor(x, shape: .tokens(rows)) * $0 }
  }

  @Test func `ties follow the documented subgradients`() throws {
    let x = try Tensor([1, 2])
    let first = try Tape.slope(at: x) { try BinaryOperation.min($0, Tensor([1, 2])) }
    #expect(first.values == [1, 1])
    let second = try Tape.slope(at: x) { try BinaryOperation.max(Tensor([1, 2]), $0) }
    #expect(second.values == [0, 0])
    #expect(try Tape.slope(at: x) { try $0.clipped(1, 2) }.values == [1, 1])
    #expect(try Tape.slope(at: Tensor(0)) { try UnaryOperation.abs($0) }.item() == 0)
    #expect(try Tape.slope(at: Tensor([2, 2, 1])) { try $0.maximum() }.values == [1, 0, 0])
  }

  @Test func `a branch not taken cannot turn a gradient into NaN`() throws {
    let x = try Tensor([-1, 0, 4])
    let root = try Tape.slope(at: x) {
      try Tensor.select(BinaryOperation.gt($0, Tensor(0)), UnaryOperation.sqrt($0), Tensor(0))
    }
    #expect(root.values == [0, 0, 0.25])
    let log = try Tape.slope(at: x) {
      try Tensor.select(BinaryOperation.gt($0, Tensor(0)), UnaryOperation.log($0), $0 * 2)
    }
    #expect(log.values == [2, 2, 0.25])
    let inf = try Tape.slope(at: Tensor([1000])) { try UnaryOperation.exp($0) * 0 }
    #expect(inf.values == [0])
    #expect(try Tape.slope(at: Tensor([3, 3])) { try $0.standardDeviation() }.values == [0, 0])
    #expect(try Tape.slope(at: Tensor([0, 0])) { try $0.norm() }.values == [0, 0])
    #expect(try Tape.slope(at: Tensor([0, 5, 2])) { try $0.product() }.values == [10, 0, 0])
  }

  @Test func `gradients of gradients`() throws {
    let x = try Tensor([0.7, -0.3])
    // d2/dx2 of x^3 + sin x is 6x - sin x.
    let second = try Tape.slope(at: x) { outer in
      try Tape.slope(at: outer) { try $0 * $0 * $0 + UnaryOperation.sin($0) }
    }
    #expect(close(second.values, [6 * 0.7 - 0.644217687237691, -1.8 + 0.29552020666133955], 1e-14))
    let third = try Tape.slope(at: Tensor(0.5)) { a in
      try Tape.slope(at: a) { b in try Tape.slope(at: b) { try BinaryOperation.pow($0, Tensor(4)) } }
    }
    #expect(close(try third.item(), 24 * 0.5, 1e-13))
    for operation in UnaryOperation.all where operation.isDifferentiable {
      let points = unaryPoints[operation.name] ?? generalPoints
      let hessian = try Tape.slope(at: Tensor(points)) { outer in
        try Tape.slope(at: outer) { try operation($0) }
      }
      let expected = try points.map { point in
        try centralDifferences([point]) { try Tape.slope(at: Tensor($0)) { try operation($0) }.values[0] }[0]
      }
      #expect(close(hessian.values, expected, 1e-6), "\(operation.name)")
    }
  }

  @Test func `an inner gradient does not confuse the variables of two levels`() throws {
    // d/dx [ x * d/dy (x + y) at y = 1 ] = 1
    let slope = try Tape.slope(at: Tensor(3)) { x in try x * Tape.slope(at: Tensor(1)) { try x + $0 } }
    #expect(try slope.item() == 1)
  }

  @Test func `stopped values are constants`() throws {
    #expect(try Tape.slope(at: Tensor(3)) { try $0 * $0.detached }.item() == 3)
  }

  @Test func `several variables, unused ones included`() throws {
    let tape = Tape()
    let a = tape.watch(Tensor(2))
    let b = tape.watch(try Tensor([1, 5]))
    let c = tape.watch(Tensor(7))
    let gradients = try tape.gradient(of: (a * b * a).sum(), with: [a, b, c])
    #expect(try gradients[0].item() == 24)
    #expect(gradients[1].values == [4, 4])
    #expect(try gradients[2].item() == 0)
    #expect(throws: EngineError.self) { try tape.gradient(of: b, with: [a]) }
    #expect(throws: EngineError.self) { try tape.gradient(of: a, with: [Tensor(1)]) }
  }

  @Test func `a closed tape records nothing and its tensors stay usable`() throws {
    let tape = Tape()
    let x = tape.watch(Tensor(2))
    tape.close()
    let y = try x * 3
    #expect(try y.item() == 6)
    #expect(tape.count == 0)
    #expect(throws: EngineError.self) { try tape.gradient(of: x, with: [x]) }
  }

  @Test func `a chain of a million operations is differentiated and released`() throws {
    let tape = Tape()
    let x = tape.watch(Tensor(1))
    var y = x
    for _ in 0..<1_000_000 { y = try y + 1e-6 }
    #expect(try tape.gradient(of: y, with: [x])[0].item() == 1)
    tape.close()
    #expect(tape.count == 0)
  }

  @Test func `memory comes back`() throws {
    let before = Runtime.current.memory.bytesInUse
    for _ in 0..<20 {
      _ = try Tape.slope(at: Tensor.ones(.vector(10_000))) { try UnaryOperation.exp($0) * $0 + 2 }
    }
    // Other tests run at the same time; a leak of twenty rounds would be 10 MB.
    #expect(Runtime.current.memory.bytesInUse - before < 8 << 20)
  }
}
