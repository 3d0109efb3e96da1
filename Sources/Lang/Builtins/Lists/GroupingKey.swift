import Engine

/// What makes two values the same item of a group: equal content, with NaN equal to itself.
enum GroupingKey: Hashable {
  case none
  case bool(Bool)
  case number(UInt64)
  case text(String)
  case list([GroupingKey])
  case record([String], [GroupingKey])
  case tensor([Int], [UInt64])
  case identity(ObjectIdentifier)

  /// The key of a value.
  init(_ value: Value) {
    switch value {
    case .none, .missing: self = .none
    case .bool(let flag): self = .bool(flag)
    case .number(let number): self = .number(GroupingKey.bits(number))
    case .object(let object): self = object.groupingKey
    }
  }

  /// The key of a tensor; one of a single number is a number.
  init(_ tensor: Tensor) {
    self =
      tensor.isScalar
      ? .number(GroupingKey.bits(tensor.element(0) ?? .nan))
      : .tensor(tensor.shape.rows?.lengths ?? tensor.shape.dims, tensor.values.map(GroupingKey.bits))
  }

  /// One pattern for all NaN and one for both zeros.
  private static func bits(_ number: Double) -> UInt64 {
    number.isNaN ? Double.nan.bitPattern : number == 0 ? 0 : number.bitPattern
  }

  /// The positions of the items with the same key, by first appearance.
  static func groups(_ keys: [GroupingKey]) throws -> [[Int]] {
    var places: [GroupingKey: Int] = [:]
    var groups: [[Int]] = []
    for (position, key) in keys.enumerated() {
      if position & 0xFFFF == 0 { try Interrupt.check("group") }
      if let place = places[key] {
        groups[place].append(position)
      } else {
        places[key] = groups.count
        groups.append([position])
      }
    }
    return groups
  }
}
