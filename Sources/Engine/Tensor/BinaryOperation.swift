/// An elementwise function of two tensors with broadcasting, as a value.
public struct BinaryOperation: Sendable {
  /// How an operation is differentiated.
  enum Slopes: Sendable {
    /// Constant almost everywhere: the gradient is zero.
    case zero
    /// Gradients with respect to the left and the right input, before they are summed back over what was
    /// stretched.
    case rules(left: Rule, right: Rule)
  }

  typealias Rule =
    @Sendable (_ upstream: Tensor, _ a: Tensor, _ b: Tensor, _ y: Tensor) throws -> Tensor
  typealias Kernel =
    @Sendable (
      UnsafePointer<Double>, Int, UnsafePointer<Double>, Int, UnsafeMutablePointer<Double>, Int
    ) -> Void

  /// The name in the language.
  public let name: String
  /// The operator in the language, if it has one.
  public let symbol: String?
  /// One line that says what it computes, and its subgradient where it needs one.
  public let summary: String
  /// The function on two numbers; the same bits as on arrays.
  public let scalar: @Sendable (Double, Double) -> Double
  let kernel: Kernel
  let slopes: Slopes

  /// An operation computed one pair at a time.
  init(
    _ name: String, _ symbol: String?, _ summary: String, _ slopes: Slopes,
    _ scalar: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.name = name
    self.symbol = symbol
    self.summary = summary
    self.slopes = slopes
    self.scalar = scalar
    self.kernel = { a, aStep, b, bStep, out, count in
      for i in 0..<count { out[i] = scalar(a[i * aStep], b[i * bStep]) }
    }
  }

  /// An operation computed eight pairs at a time.
  @inline(__always)
  init(
    vector name: String, _ symbol: String?, _ summary: String, _ slopes: Slopes,
    _ scalar: @escaping @Sendable (Double, Double) -> Double,
    _ body: @escaping @Sendable (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
  ) {
    self.name = name
    self.symbol = symbol
    self.summary = summary
    self.slopes = slopes
    self.scalar = scalar
    self.kernel = { a, aStep, b, bStep, out, count in
      var i = 0
      while i < count {
        let left = VectorMath.load(a + i * aStep, aStep, count - i)
        let right = VectorMath.load(b + i * bStep, bStep, count - i)
        VectorMath.store(body(left, right), out + i, count - i)
        i += 8
      }
    }
  }

  /// Whether a gradient flows through it.
  public var isDifferentiable: Bool {
    if case .rules = slopes { true } else { false }
  }

  /// The function of every pair of elements; throws an error naming both shapes when they do not fit.
  public func callAsFunction(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let y: Tensor
    if a.shape.dims.isEmpty, b.shape.dims.isEmpty {
      y = Tensor(a.withElements { x in b.withElements { scalar(x[0], $0[0]) } })
    } else {
      let shape = try Broadcast.shape(a.shape, b.shape, for: name)
      y = try Tensor.build(shape, for: name) { out in
        try a.withElements { left in
          try b.withElements { right in
            try Broadcast.forEachRun(a.shape, b.shape, shape, name, .any) { run in
              kernel(
                left + run.left, run.leftStep, right + run.right, run.rightStep, out + run.out, run.count)
            }
          }
        }
      }
    }
    guard a.isTraced || b.isTraced, case .rules(let leftRule, let rightRule) = slopes else { return y }
    return y.recorded(from: [a, b]) { index, upstream, inputs, output in
      let rule = index == 0 ? leftRule : rightRule
      return try rule(upstream, inputs[0], inputs[1], output).summed(to: inputs[index].shape)
    }
  }
}
