extension Tensor {
  /// The matrix product of vectors and matrices, as in NumPy: a vector on the left is a row, on the right a
  /// column, and two vectors give their inner product.
  public func matmul(_ other: Tensor) throws -> Tensor {
    guard (1...2).contains(shape.rank), (1...2).contains(other.shape.rank),
      shape.tokenRows == nil, other.shape.tokenRows == nil
    else {
      throw EngineError(
        .shape, "matmul", "needs vectors or matrices, got shapes \(shape) and \(other.shape)")
    }
    let inner = shape.dims[shape.rank - 1]
    guard inner == other.shape.dims[0] else {
      throw EngineError(.shape, "matmul", "inner dimensions differ: \(shape) times \(other.shape)")
    }
    let left = shape.rank == 1 ? try reshaped(Shape([1, inner])) : self
    let right = other.shape.rank == 1 ? try other.reshaped(Shape([inner, 1])) : other
    let product = try Tensor.product(left, right)
    let dims = shape.dims.dropLast() + other.shape.dims.dropFirst()
    return try product.reshaped(Shape(Array(dims), for: "matmul"))
  }

  /// The inner product of two vectors.
  public func dot(_ other: Tensor) throws -> Tensor {
    guard shape.rank == 1, other.shape.rank == 1 else {
      throw EngineError(.shape, "dot", "needs two vectors, got shapes \(shape) and \(other.shape)")
    }
    guard count == other.count else {
      throw EngineError(.shape, "dot", "shapes \(shape) and \(other.shape) do not fit together")
    }
    return try (self * other).sum()
  }

  /// `[m, k]` times `[k, n]`; sums run over k in ascending order.
  private static func product(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let m = a.shape.dims[0]
    let k = a.shape.dims[1]
    let n = b.shape.dims[1]
    let target = try Shape([m, n], for: "matmul")
    let y = try build(target, for: "matmul") { out in
      out.initialize(repeating: 0, count: target.count)
      try a.withElements { a in
        try b.withElements { b in
          var sincePoll = 0
          for row in 0..<m {
            for inner in 0..<k {
              axpy(a[row * k + inner], b + inner * n, out + row * n, n)
              sincePoll += n + 8
              if sincePoll > 1 << 22 {
                sincePoll = 0
                try Interrupt.check("matmul")
              }
            }
          }
        }
      }
    }
    guard a.isTraced || b.isTraced else { return y }
    return y.recorded(from: [a, b]) { index, upstream, inputs, _ in
      index == 0
        ? try product(upstream, inputs[1].transposed())
        : try product(inputs[0].transposed(), upstream)
    }
  }

  private static func axpy(
    _ scale: Double, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    var i = 0
    while i + 8 <= count {
      let sum = VectorMath.load(out + i, 8).addingProduct(
        SIMD8(repeating: scale), VectorMath.load(x + i, 8))
      VectorMath.store(sum, out + i, 8)
      i += 8
    }
    while i < count {
      out[i] = out[i].addingProduct(scale, x[i])
      i += 1
    }
  }
}
