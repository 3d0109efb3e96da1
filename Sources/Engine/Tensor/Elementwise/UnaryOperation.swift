/// An elementwise function of one tensor, as a value.
public struct UnaryOperation: Sendable {
  /// How an operation is differentiated.
  enum Slope: Sendable {
    /// Constant almost everywhere: the gradient is zero.
    case zero
    /// upstream, input, output -> gradient.
    case rule(@Sendable (_ upstream: Tensor, _ x: Tensor, _ y: Tensor) throws -> Tensor)
  }

  /// The name in the language.
  public var name: String { function.name }
  /// One line that says what it computes, and its subgradient where it needs one.
  public let summary: String
  /// The function on one number; the same bits as on an array.
  public let scalar: @Sendable (Double) -> Double
  let function: ElementwiseFunction
  let slope: Slope
  /// Another function of x, which `function` reads after x.
  let inner: ElementwiseFunction?

  /// An operation computed one number at a time.
  init(
    _ name: String, _ summary: String, _ slope: Slope, _ scalar: @escaping @Sendable (Double) -> Double
  ) {
    self.summary = summary
    self.slope = slope
    self.inner = nil
    self.scalar = scalar
    self.function = ElementwiseFunction(name: name, cost: 32) { inputs, out, count in
      let x = inputs[0]
      for i in 0..<count { out[i] = scalar(x.base[i * x.step]) }
    }
  }

  /// An operation whose function is a type, compiled into its loop, eight numbers at a time.
  init<Function: VectorMath.Function>(
    _ name: String, _ summary: String, _ slope: Slope, cost: Int = 8, _ function: Function.Type
  ) {
    self.summary = summary
    self.slope = slope
    self.inner = nil
    self.scalar = { Function.apply(SIMD8(repeating: $0))[0] }
    self.function = ElementwiseFunction(name: name, cost: cost) { inputs, out, count in
      VectorMath.map(Function.self, inputs[0], out, count)
    }
  }

  /// An operation computed from x and another one of x, in which most of the work lies; a chain in which both are
  /// wanted does that work once.
  init<Function: VectorMath.PairFunction>(
    _ name: String, _ summary: String, _ slope: Slope, through inner: UnaryOperation,
    _ function: Function.Type
  ) {
    self.summary = summary
    self.slope = slope
    self.inner = inner.function
    self.scalar = { Function.apply(SIMD8(repeating: $0), SIMD8(repeating: inner.scalar($0)))[0] }
    self.function = ElementwiseFunction(name: name, cost: 1) { inputs, out, count in
      VectorMath.map(Function.self, inputs[0], inputs[1], out, count)
    }
  }

  /// Whether a gradient flows through it.
  public var isDifferentiable: Bool {
    if case .rule = slope { true } else { false }
  }

  /// The function of every element of `x`.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let y = try value(x)
    guard x.isTraced, case .rule(let rule) = slope else { return y }
    return y.recorded(from: [x]) { _, upstream, inputs, output in try rule(upstream, inputs[0], output) }
  }

  private func value(_ x: Tensor) throws -> Tensor {
    if let number = x.number { return Tensor(scalar(number)) }
    guard let inner else { return try function([x], x.shape) }
    return try function([x, inner([x], x.shape)], x.shape)
  }
}
