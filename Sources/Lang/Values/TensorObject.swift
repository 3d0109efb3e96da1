import Engine

/// A tensor, or a scalar that is being differentiated.
public final class TensorObject: Object, Indexable, Iterable, TensorConvertible, ElementReplacing,
  @unchecked Sendable
{
  /// The numbers in float64, with the tapes that record them.
  public let tensor: Tensor

  /// Wraps `tensor`.
  public init(_ tensor: Tensor) {
    self.tensor = tensor
    super.init(role: .tensor)
  }

  override func identity(_ identity: Identity) throws -> JSON {
    if tensor.count <= 64, tensor.shape.tokenRows == nil { return try identity.of(Conversion.lists(tensor)) }
    return .string("tensor \(Printing.shape(tensor)) \(Identity.hash(tensor))")
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
  private static let meanings = [
    "shape": "the sizes of its axes", "lengths": "tokens per episode",
  ]
  override func meaning(ofMember name: String) -> String? { TensorObject.meanings[name] }

  public override var memberNames: [String] { tensor.shape.rows == nil ? ["shape"] : ["shape", "lengths"] }
  override var brief: String {
    tensor.isScalar || tensor.count <= 4 ? summary : "a tensor of shape \(Printing.shape(tensor))"
  }
  override var groupingKey: GroupingKey { GroupingKey(tensor) }
  override func jsonForm() throws -> JSONForm {
    if tensor.isScalar { return .number(tensor.element(0) ?? .nan) }
    return try Conversion.lists(tensor).as(List.self).map { .items($0.items) } ?? .text(summary)
  }
  override func isSame(as other: Object, depth: Int) -> Bool {
    guard let other = (other as? TensorObject)?.tensor else { return false }
    return tensor.shape == other.shape && tensor.elementsEqual(other)
  }

  var isSequence: Bool { true }
  func asTensor() -> Tensor? { tensor }
  func element(at position: Int) throws -> Value { .tensor(try tensor.row(at: position)) }
  func elements(at positions: [Int]) throws -> Value { .tensor(try tensor.rows(at: positions)) }

  func elements() throws -> [Value]? {
    guard let count = tensor.rowCount else { return nil }
    guard count < Object.maximumWeight else {
      throw RuntimeError("a tensor of \(count) rows is too long for a list")
    }
    if tensor.shape.rank == 1, tensor.shape.tokenRows == nil, !tensor.isTraced {
      return tensor.values.map { .number($0) }
    }
    return try (0..<count).map(element)
  }

  func replacing(at index: Value, with value: Value) throws -> Object {
    guard !tensor.isTraced, let new = try Conversion.tensor(value), !new.isTraced else {
      throw RuntimeError(
        "elements of a tensor cannot be set while it is differentiated", help: "use where(...)")
    }
    guard tensor.shape.tokenRows == nil else {
      throw RuntimeError("elements of a ragged tensor cannot be set", help: "use where(...)")
    }
    guard case .number(let number) = index, tensor.shape.rank > 0 else {
      throw RuntimeError("an element of a tensor is set at a number, got \(index.kindWithArticle)")
    }
    let size = tensor.shape.dims[0]
    let extent = size == 0 ? 0 : tensor.count / size
    let start = try Indexing.position(number, size, "tensor") * extent
    guard new.count == 1 || new.count == extent else {
      throw RuntimeError("\(new.count) numbers do not fit into \(extent)")
    }
    var values = tensor.values
    let replacement = new.values
    for i in 0..<extent { values[start + i] = replacement.count == 1 ? replacement[0] : replacement[i] }
    return TensorObject(try Tensor(values, shape: tensor.shape))
  }
}

extension Value {
  /// A tensor as a value: a plain number where it is an untraced scalar.
  public static func tensor(_ tensor: Tensor) -> Value {
    if !tensor.isTraced, tensor.isScalar, let number = tensor.element(0) { return .number(number) }
    return .object(TensorObject(tensor))
  }
}
