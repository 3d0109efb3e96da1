import Synchronization

/// How many bytes the engine holds, and how many it may hold.
///
/// Where Swift's own memory cannot be had, that of lists and texts, the process ends. So a quarter of what there is stays
/// free, no value is larger than a part of that (`Object.maximumWeight`), a program that comes near is stopped
/// (`MemoryGuard`), and whoever needs much at once asks for it with `require`.
public final class MemoryBudget: Sendable {
  /// What the machine leaves this process, read once.
  public static let available = Platform.availableMemory()
  /// The most bytes that a process may hold of them, the rest being left for what Swift takes at once.
  static let mostOfProcess = available / 4 * 3
  /// The bytes of addresses that this process may have.
  static let addressLimit = Platform.addressLimit()

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
    guard bytes < MemoryBudget.largeBytes || bytes <= room(MemoryBudget.mostOfProcess) else { return nil }
    let room = limit - used.add(bytes, ordering: .relaxed).newValue
    if room >= 0, let block = freeBlocks.take(bytes, room: room) { return (block, bytes) }
    used.subtract(bytes, ordering: .relaxed)
    return nil
  }

  /// From here on, what the process holds is looked up before a block is taken.
  private static let largeBytes = 1 << 24

  /// The bytes by which this process may grow to hold `limit` bytes, and to stay clear of the end of its addresses.
  private func room(_ limit: Int) -> Int {
    let (resident, addresses) = Platform.heldMemory()
    let kept = freeBlocks.bytes
    let held = max(bytesInUse, resident - kept)
    return min(limit - held, MemoryBudget.addressLimit - MemoryBudget.mostOfProcess / 4 - (addresses - kept))
  }

  /// Whether the program that runs has to be stopped before memory cannot be had.
  public var isFull: Bool {
    if room(limit) >= 0 { return false }
    freeBlocks.release()
    return room(limit) < 0
  }

  /// Throws unless there is room for `bytes` that are not taken from here, such as those of a large array.
  public func require(_ bytes: Int, for operation: String) throws(EngineError) {
    guard bytes < MemoryBudget.largeBytes || bytes <= room(MemoryBudget.mostOfProcess) else {
      throw refusal(bytes, operation)
    }
  }

  /// Reads what it needs of the system, before the process may open nothing any more.
  public static func prepare() { _ = (available, addressLimit, Platform.heldMemory()) }

  /// The error of an operation that did not get `bytes`.
  func refusal(_ bytes: Int, _ operation: String) -> EngineError {
    let room = max(0, min(limit - bytesInUse, room(MemoryBudget.mostOfProcess)))
    let (needed, left) = (MemoryBudget.readable(bytes), MemoryBudget.readable(room))
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
