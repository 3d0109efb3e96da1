/// The place of a process among those that run the same program and share the cells of its sweeps.
public struct WorkShare: Sendable, Equatable {
  /// From 0.
  public let index: Int
  /// How many places there are; nobody needs to be at the others.
  public let count: Int

  /// The place number `index` of `count`.
  public init(_ index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  /// The numbers below `total`, each once: every `count`th first, from `index` on, which no other process begins with.
  func order(_ total: Int) -> [Int] {
    (0..<count).flatMap { Array(stride(from: (index + $0) % count, to: total, by: count)) }
  }
}
