import Engine

extension Collection {
  /// `map` for as many items as a user may have: looks for a stop after every 65536 of them, and then throws for
  /// `operation`.
  ///
  /// Fewer are mapped whatever was asked: what is left of a run that was stopped is put together while the request stands.
  func mapInterruptibly<Result>(
    _ operation: String, _ transform: (Element) throws -> Result
  ) throws -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(count)
    for item in self {
      if results.count & 0xFFFF == 0xFFFF { try Interrupt.check(operation) }
      results.append(try transform(item))
    }
    return results
  }
}
