import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A block of floats that goes back to a free list when nobody holds it, so that a training loop whose
/// batches keep their size allocates nothing. Contents are undefined at first.
final class RecycledFloats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let storage: Storage<Float>

  init(_ count: Int, for operation: String) throws(EngineError) {
    let capacity = RecycledFloats.capacity(count)
    if let recycled = FreeList.shared.take(capacity) {
      storage = recycled
    } else {
      storage = try RecycledFloats.allocate(capacity, operation)
    }
    base = storage.base
    self.count = count
  }

  deinit { FreeList.shared.give(storage) }

  /// `count` rounded up to an eighth of its power of two, so that batches of much the same size share blocks.
  private static func capacity(_ count: Int) -> Int {
    guard count > 1024, count < Int.max / 2 else { return max(count, 1024) }
    let step = 1 << (Int.bitWidth - count.leadingZeroBitCount - 4)
    return (count + step - 1) & ~(step - 1)
  }

  private static func allocate(_ capacity: Int, _ operation: String) throws(EngineError) -> Storage<Float> {
    let storage: Storage<Float>
    do {
      storage = try Storage(uninitialized: capacity, for: operation)
    } catch {
      FreeList.shared.empty()
      storage = try Storage(uninitialized: capacity, for: operation)
    }
    #if os(Linux)
      if capacity >= 1 << 20 {
        let first = (Int(bitPattern: storage.base) + 4095) & ~4095
        let last = (Int(bitPattern: storage.base) + capacity * 4) & ~4095
        if let start = UnsafeMutableRawPointer(bitPattern: first) { madvise(start, last - first, 14) }
      }
    #endif
    return storage
  }
}

/// Blocks nobody holds, by size; at most an eighth of the memory budget.
private final class FreeList: Sendable {
  static let shared = FreeList()

  private struct Blocks {
    var bySize: [Int: [Storage<Float>]] = [:]
    var bytes = 0
  }

  private let blocks = Mutex(Blocks())

  func take(_ size: Int) -> Storage<Float>? {
    blocks.withLock { blocks in
      guard let block = blocks.bySize[size]?.popLast() else { return nil }
      blocks.bytes -= size * 4
      return block
    }
  }

  func give(_ block: Storage<Float>) {
    blocks.withLock { blocks in
      guard blocks.bytes + block.count * 4 <= MemoryBudget.limit / 8 else { return }
      blocks.bySize[block.count, default: []].append(block)
      blocks.bytes += block.count * 4
    }
  }

  func empty() {
    blocks.withLock { $0 = Blocks() }
  }
}

/// Hands out consecutive parts of one block: once without a base to learn the size, once for good.
struct FloatArena {
  private var base: UnsafeMutablePointer<Float>?
  private(set) var used = 0
  private(set) var overflowed = false

  init(_ base: UnsafeMutablePointer<Float>? = nil) { self.base = base }

  /// `rows * columns` floats, aligned to a cache line where the base is.
  mutating func take(_ rows: Int, _ columns: Int = 1) -> UnsafeMutablePointer<Float> {
    let (count, tooMany) = rows.multipliedReportingOverflow(by: columns)
    let (end, tooFar) = used.addingReportingOverflow(count)
    guard !tooMany, !tooFar, end < Int.max - 64 else {
      overflowed = true
      return FloatArena.nowhere
    }
    defer { used = (end + 15) & ~15 }
    return base.map { $0 + used } ?? FloatArena.nowhere
  }

  /// Stands for every part while sizes are being learnt; never read or written.
  nonisolated(unsafe) private static let nowhere = UnsafeMutablePointer<Float>.allocate(capacity: 16)

  /// Takes a block large enough for what `plan` asks, and plans again within it.
  static func block<Plan>(
    for operation: String, _ plan: (inout FloatArena) -> Plan
  ) throws(EngineError) -> (RecycledFloats, Plan) {
    var measuring = FloatArena()
    _ = plan(&measuring)
    guard !measuring.overflowed else {
      throw EngineError(
        .memory, operation, "needs more memory than can be addressed", hint: "make it smaller")
    }
    let block = try RecycledFloats(measuring.used, for: operation)
    var arena = FloatArena(block.base)
    return (block, plan(&arena))
  }
}
