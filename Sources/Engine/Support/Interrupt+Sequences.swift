extension Sequence {
  /// `map` for sequences that may be long: after every 65536 items it throws for `operation` if a stop was requested.
  ///
  /// Shorter ones are always mapped: the rest of a stopped run is put together while the request still stands.
  @inlinable
  public func mapInterruptibly<Result>(
    _ operation: String, _ transform: (Element) throws -> Result
  ) throws -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(underestimatedCount)
    for item in self {
      if results.count & 0xFFFF == 0xFFFF { try Interrupt.check(operation) }
      results.append(try transform(item))
    }
    return results
  }

  /// `sorted(by:)`, likewise.
  @inlinable @inline(__always)
  public func sortedInterruptibly(
    _ operation: String, by isBefore: (Element, Element) throws -> Bool
  ) throws -> [Element] {
    var comparisons = 0
    return try sorted { a, b in
      comparisons &+= 1
      if comparisons & 0xFFFF == 0 { try Interrupt.check(operation) }
      return try isBefore(a, b)
    }
  }

  /// `forEach`, likewise.
  @inlinable
  public func forEachInterruptibly(_ operation: String, _ body: (Element) throws -> Void) throws {
    var count = 0
    for item in self {
      count &+= 1
      if count & 0xFFFF == 0 { try Interrupt.check(operation) }
      try body(item)
    }
  }
}
