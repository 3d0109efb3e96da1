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
  /// The name in the language.
  public var name: String { function.name }
  /// The operator in the language, if it has one.
  public let symbol: String?
  /// One line that says what it computes, and its subgradient where it needs one.
  public let summary: String
  /// The function on two numbers; the same bits as on arrays.
  public let scalar: @Sendable (Double, Double) -> Double
  let function: ElementwiseFunction
  let slopes: Slopes

  /// An operation computed one pair at a time.
  init(
    _ name: String, _ symbol: String?, _ summary: String, _ slopes: Slopes,
    _ scalar: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.symbol = symbol
    self.summary = summary
    self.slopes = slopes
    self.scalar = scalar
    self.function = ElementwiseFunction(name: name, cost: 32) { inputs, out, count in
      let a = inputs[0]
      let b = inputs[1]
      for i in 0..<count { out[i] = scalar(a.base[i * a.step], b.base[i * b.step]) }
    }
  }

  /// An operation whose function is a type, compiled into its loop, eight pairs at a time.
  init<Function: VectorMath.PairFunction>(
    _ name: String, _ symbol: String?, _ summary: String, _ slopes: Slopes, _ function: Function.Type
  ) {
    self.symbol = symbol
    self.summary = summary
    self.slopes = slopes
    self.scalar = { Function.apply(SIMD8(repeating: $0), SIMD8(repeating: $1))[0] }
    self.function = ElementwiseFunction(name: name, cost: 1) { inputs, out, count in
      VectorMath.map(Function.self, inputs[0], inputs[1], out, count)
    }
  }

  /// Whether a gradient flows through it.
  public var isDifferentiable: Bool {
    if case .rules = slopes { true } else { false }
  }

  /// The function of every pair of elements; throws an error naming both shapes when they do not fit.
  public func callAsFunction(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let y: Tensor
    if let left = a.number, let right = b.number {
      y = Tensor(scalar(left, right))
    } else {
      y = try function([a, b], Broadcast.shape(a.shape, b.shape, for: name))
    }
    guard a.isTraced || b.isTraced, case .rules(let leftRule, let rightRule) = slopes else { return y }
    return y.recorded(from: [a, b]) { index, upstream, inputs, output in
      let rule = index == 0 ? leftRule : rightRule
      return try rule(upstream, inputs[0], inputs[1], output).summed(to: inputs[index].shape)
    }
  }
}
