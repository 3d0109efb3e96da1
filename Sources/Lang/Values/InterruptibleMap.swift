import Engine

extension Collection {
  /// `map` for as many items as a user may have: looks for a stop at every 65536th, and then throws for `operation`.
  func mapInterruptibly<Result>(
    _ operation: String, _ transform: (Element) throws -> Result
  ) throws -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(count)
    for item in self {
      if results.count & 0xFFFF == 0 { try Interrupt.check(operation) }
      results.append(try transform(item))
    }
    return results
  }
}
