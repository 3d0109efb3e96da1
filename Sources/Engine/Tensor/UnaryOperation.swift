/// An elementwise function of one tensor, as a value.
public struct UnaryOperation: Sendable {
  /// How an operation is differentiated.
  enum Slope: Sendable {
    /// Constant almost everywhere: the gradient is zero.
    case zero
    /// upstream, input, output -> gradient.
    case rule(@Sendable (_ upstream: Tensor, _ x: Tensor, _ y: Tensor) throws -> Tensor)
  }

  typealias Kernel = @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int) -> Void

  /// The name in the language.
  public let name: String
  /// One line that says what it computes, and its subgradient where it needs one.
  public let summary: String
  /// The function on one number; the same bits as on an array.
  public let scalar: @Sendable (Double) -> Double
  let kernel: Kernel
  let slope: Slope

  /// An operation computed one number at a time.
  init(
    _ name: String, _ summary: String, _ slope: Slope, _ scalar: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.summary = summary
    self.slope = slope
    self.scalar = scalar
    self.kernel = { x, out, count in
      for i in 0..<count { out[i] = scalar(x[i]) }
    }
  }

  /// An operation computed eight numbers at a time.
  @inline(__always)
  init(
    vector name: String, _ summary: String, _ slope: Slope,
    _ body: @escaping @Sendable (SIMD8<Double>) -> SIMD8<Double>
  ) {
    self.name = name
    self.summary = summary
    self.slope = slope
    self.scalar = { body(SIMD8(repeating: $0))[0] }
    self.kernel = { x, out, count in
      var i = 0
      while i < count {
        VectorMath.store(body(VectorMath.load(x + i, 1, count - i)), out + i, count - i)
        i += 8
      }
    }
  }

  /// An operation whose function is a type, compiled into its loop.
  init<Function: VectorMath.Function>(
    _ name: String, _ summary: String, _ slope: Slope, _ function: Function.Type
  ) {
    self.name = name
    self.summary = summary
    self.slope = slope
    self.scalar = { Function.apply(SIMD8(repeating: $0))[0] }
    self.kernel = { x, out, count in
      var i = 0
      while i + 8 <= count {
        let vector = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self)
        UnsafeMutableRawPointer(out + i).storeBytes(of: Function.apply(vector), as: SIMD8<Double>.self)
        i += 8
      }
      if i < count {
        VectorMath.store(Function.apply(VectorMath.load(x + i, 1, count - i)), out + i, count - i)
      }
    }
  }

  /// Whether a gradient flows through it.
  public var isDifferentiable: Bool {
    if case .rule = slope { true } else { false }
  }

  /// The function of every element of `x`.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let y: Tensor
    if x.shape.dims.isEmpty {
      y = Tensor(x.withElements { scalar($0[0]) })
    } else {
      y = try Tensor.build(x.shape, for: name) { out in
        try x.withElements { base in
          try Parallel.elements(x.count, name) { part in
            kernel(base + part.lowerBound, out + part.lowerBound, part.count)
          }
        }
      }
    }
    guard x.isTraced, case .rule(let rule) = slope else { return y }
    return y.recorded(from: [x]) { _, upstream, inputs, output in try rule(upstream, inputs[0], output) }
  }
}
