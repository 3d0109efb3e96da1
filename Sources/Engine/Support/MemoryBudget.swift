import Synchronization

/// How many bytes the engine holds, and how many it may hold.
public final class MemoryBudget: Sendable {
  /// The most bytes that may be held.
  public let limit: Int
  private let used = Atomic<Int>(0)
  private let freeBlocks: FreeBlocks

  init(limit: Int) {
    self.limit = limit
    freeBlocks = FreeBlocks(limit: limit)
  }

  /// Bytes that live `Storage` holds now.
  public var bytesInUse: Int { used.load(ordering: .relaxed) }

  /// A block of at least `bytes` and its size; nil where the budget or the machine does not have it.
  func take(_ bytes: Int) -> (block: UnsafeMutableRawPointer, bytes: Int)? {
    let bytes = freeBlocks.size((bytes + 63) & ~63)
    let room = limit - used.add(bytes, ordering: .relaxed).newValue
    if room >= 0, let block = freeBlocks.take(bytes, room: room) { return (block, bytes) }
    used.subtract(bytes, ordering: .relaxed)
    return nil
  }

  /// The error of an operation that did not get `bytes`.
  func refusal(_ bytes: Int, _ operation: String) -> EngineError {
    let (needed, left) = (MemoryBudget.readable(bytes), MemoryBudget.readable(max(0, limit - bytesInUse)))
    return EngineError(
      .memory, operation, "needs \(needed), but \(left) of the budget are left",
      hint: "make it smaller, or drop values that are no longer needed")
  }

  /// Takes back a block that `take` has given.
  func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    freeBlocks.give(block, bytes)
    used.subtract(bytes, ordering: .relaxed)
  }

  /// `1.5 GB`, for messages.
  public static func readable(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var size = Double(bytes)
    var unit = 0
    while size >= 1000, unit < units.count - 1 {
      size /= 1000
      unit += 1
    }
    let tenths = (size * 10).rounded() / 10
    return unit == 0 ? "\(bytes) B" : "\(tenths) \(units[unit])"
  }
}
