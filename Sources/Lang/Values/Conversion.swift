import Engine

/// How values of the language become tensors, and back.
enum Conversion {
  /// The tensor a value stands for: numbers, nested lists of numbers, ranges; nil for anything else.
  static func tensor(_ value: Value) throws -> Tensor? {
    switch value {
    case .number(let number): return Tensor(number)
    case .bool(let flag): return Tensor(flag ? 1 : 0)
    case .none, .missing: return nil
    case .object(let object):
      if object.role == .tensor { return unsafeDowncast(object, to: TensorObject.self).tensor }
      return try (object as? any TensorConvertible)?.asTensor()
    }
  }

  /// Numbers make a vector, lists of one length a matrix, lists of several lengths a ragged tensor.
  static func tensor(_ items: [Value]) throws -> Tensor? {
    var numbers: [Double] = []
    numbers.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .number(let number): numbers.append(number)
      case .bool(let flag): numbers.append(flag ? 1 : 0)
      case .none, .missing, .object: return try stacked(items)
      }
    }
    return try Tensor(numbers)
  }

  private static func stacked(_ items: [Value]) throws -> Tensor? {
    var parts: [Tensor] = []
    for item in items {
      try Interrupt.check("tensor")
      guard let part = try tensor(item) else { return nil }
      parts.append(part)
    }
    if parts.allSatisfy({ $0.shape.dims == parts[0].shape.dims && $0.shape.tokenRows == nil }) {
      return try Tensor.stack(parts)
    }
    guard parts.allSatisfy({ $0.shape.rank == 1 && !$0.isTraced }) else { return nil }
    return try Tensor(rows: parts.map(\.values))
  }

  /// A tensor as nested lists: ragged ones have one list a row.
  static func lists(_ tensor: Tensor) throws -> Value {
    guard tensor.count <= Object.maximumWeight else {
      throw RuntimeError("a list of \(tensor.count) numbers is too long", help: "leave them in the tensor")
    }
    if tensor.shape.tokenRows != nil { return .list(tensor.rowValues.map { .numbers($0) }) }
    let values = tensor.values
    func nest(_ axis: Int, _ start: Int, _ count: Int) -> Value {
      guard axis < tensor.shape.rank else { return .number(values[start]) }
      let extent = tensor.shape.dims[axis]
      let stride = extent == 0 ? 0 : count / extent
      return .list((0..<extent).map { nest(axis + 1, start + $0 * stride, stride) })
    }
    return nest(0, 0, tensor.count)
  }
}

extension Tensor {
  /// Whether it is a single number without axes.
  var isScalar: Bool { shape.dims.isEmpty }

  /// The number of entries along the first axis: sequences, of a ragged tensor; nil for a scalar.
  var rowCount: Int? { shape.tokenRows?.count ?? shape.dims.first }

  /// The same bits in the same order, apart from -0 = 0 and NaN, which equals nothing.
  func elementsEqual(_ other: Tensor) -> Bool {
    count == other.count
      && withElements { a in other.withElements { b in (0..<count).allSatisfy { a[$0] == b[$0] } } }
  }
}
