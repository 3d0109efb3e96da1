import Engine

/// A tensor, or a scalar that is being differentiated.
public final class TensorObject: Object, @unchecked Sendable {
  /// The numbers in float64, with the tapes that record them.
  public let tensor: Tensor

  /// Wraps `tensor`.
  public init(_ tensor: Tensor) {
    self.tensor = tensor
    super.init(role: .tensor)
  }

  public override var kind: String { tensor.isScalar ? "number" : "tensor" }
  public override var elementCount: Int? { tensor.rowCount }
  public override var byteCount: Int { 64 + tensor.count * 8 }
  public override var summary: String { Printing.tensorSummary(tensor) }
  public override func display(_ layout: Layout) -> String { Printing.tensor(tensor, layout) }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "shape": .numbers(tensor.shape.dims.map(Double.init))
    case "lengths": tensor.shape.rows.map { .numbers($0.lengths.map(Double.init)) }
    default: nil
    }
  }
  public override var memberNames: [String] { tensor.shape.rows == nil ? ["shape"] : ["shape", "lengths"] }
}

extension Value {
  /// A tensor as a value: a plain number where it is an untraced scalar.
  public static func tensor(_ tensor: Tensor) -> Value {
    if !tensor.isTraced, tensor.isScalar, let number = tensor.element(0) { return .number(number) }
    return .object(TensorObject(tensor))
  }
}
