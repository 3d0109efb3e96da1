import Testing

@testable import Engine

@Suite struct MemoryBudgetTests {
  static let megabyte = 1 << 20

  @Test func `a block that is given back is the next of its size`() throws {
    let budget = MemoryBudget(limit: 64 * Self.megabyte)
    // A third of the budget is large, and kept all the same.
    for bytes in [2 * Self.megabyte, 20 * Self.megabyte] {
      let first = try #require(budget.take(bytes))
      budget.give(first.block, first.bytes)
      let again = try #require(budget.take(bytes))
      #expect(again.block == first.block)
      budget.give(again.block, again.bytes)
    }
    #expect(budget.bytesInUse == 0)
  }

  @Test func `blocks that are kept do not keep others from the budget`() throws {
    let budget = MemoryBudget(limit: 64 * Self.megabyte)
    let kept = try #require(budget.take(24 * Self.megabyte))
    budget.give(kept.block, kept.bytes)
    let whole = try #require(budget.take(63 * Self.megabyte))
    #expect(budget.take(2 * Self.megabyte) == nil)
    budget.give(whole.block, whole.bytes)
  }
}
