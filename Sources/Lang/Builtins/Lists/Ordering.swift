import Engine

/// The order in which `sort` puts values.
enum Ordering {
  /// The positions that put `keys` in order.
  ///
  /// Equal ones keep their order; NaN and none come last, whichever the direction. Throws where keys of different kinds
  /// meet.
  static func positions(_ keys: [Value], descending: Bool) throws -> [Int] {
    var ordered: [Int] = []
    ordered.reserveCapacity(keys.count)
    try keys.indices.forEachInterruptibly("sort") { if !isUnordered(keys[$0]) { ordered.append($0) } }
    let sorted: [Int]
    if let numbers = try all(keys, at: ordered, \.asNumber) {
      sorted = try positions(ordered, numbers, descending: descending)
    } else if let texts = try all(keys, at: ordered, \.asText) {
      sorted = try positions(ordered, texts, descending: descending)
    } else {
      sorted = try ordered.sortedInterruptibly("sort") { i, j in
        let order = try compare(keys[i], keys[j])
        return order == 0 ? i < j : (order < 0) != descending
      }
    }
    return sorted.count == keys.count ? sorted : sorted + keys.indices.filter { isUnordered(keys[$0]) }
  }

  /// The parts of the values at `positions`, unless one of them has none.
  private static func all<Part>(_ keys: [Value], at positions: [Int], _ part: (Value) -> Part?) throws
    -> [Part]?
  {
    var parts: [Part] = []
    parts.reserveCapacity(positions.count)
    for position in positions {
      if parts.count & 0xFFFF == 0xFFFF { try Interrupt.check("sort") }
      guard let part = part(keys[position]) else { return nil }
      parts.append(part)
    }
    return parts
  }

  /// Positions in the order of their keys, which stand in the order of `positions`.
  @inline(__always)
  private static func positions<Key: Comparable>(_ positions: [Int], _ keys: [Key], descending: Bool) throws
    -> [Int]
  {
    let pairs = try zip(keys, positions).mapInterruptibly("sort") { (key: $0, position: $1) }
    return try pairs.sortedInterruptibly("sort") { a, b in
      if a.key == b.key { return a.position < b.position }
      return (a.key < b.key) != descending
    }.mapInterruptibly("sort") { $0.position }
  }

  private static func isUnordered(_ value: Value) -> Bool {
    value.isNone || scalar(value).map(\.isNaN) ?? false
  }

  /// The number a value is in an order; `false` is 0 and `true` is 1.
  static func scalar(_ value: Value) -> Double? {
    switch value {
    case .number(let number): number
    case .bool(let flag): flag ? 1 : 0
    case .none, .missing: nil
    case .object(let object):
      if let tensor = (object as? TensorObject)?.tensor, tensor.isScalar { tensor.element(0) } else { nil }
    }
  }

  /// Negative, zero or positive: numbers by size, texts by their characters, lists item by item.
  static func compare(_ a: Value, _ b: Value) throws -> Int {
    if let x = scalar(a), let y = scalar(b) { return x < y ? -1 : x > y ? 1 : 0 }
    if let x = a.asText, let y = b.asText { return x < y ? -1 : x > y ? 1 : 0 }
    if case .object(let left) = a, case .object(let right) = b, let x = left as? List, let y = right as? List
    {
      for (item, other) in zip(x.items, y.items) {
        let order = try compare(item, other)
        if order != 0 { return order }
      }
      return x.items.count - y.items.count
    }
    let help = "give `by:` a function that makes a number or a text of each item"
    guard a.kind != b.kind else { throw RuntimeError("sort: \(a.kindWithArticle) has no order", help: help) }
    throw RuntimeError("sort: \(a.kindWithArticle) and \(b.kindWithArticle) have no common order", help: help)
  }
}
