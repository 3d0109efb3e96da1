import Synchronization

/// Large blocks of memory that nobody holds, kept for the next request of their size, so that a training loop
/// whose batches keep their size allocates nothing; at most half of the memory budget.
///
/// Pages that go back to the system are cleared when they are touched again, which costs more than most
/// elementwise computations on them: a third of the time of an update of 600 M parameters.
final class FreeBlocks: Sendable {
  private struct Blocks {
    var addresses: [Int: [UInt]] = [:]
    var bytes = 0
  }

  private let blocks = Mutex(Blocks())
  private let mostBytes: Int
  /// From here on, a block is taken only after the smaller ones that nobody holds have been given back.
  private let largeBytes: Int
  private static let leastBytes = 1 << 20
  /// From here on, blocks ask for large pages.
  private static let largePageBytes = 1 << 22

  /// Keeps at most half of `limit` bytes.
  init(limit: Int) {
    mostBytes = limit / 2
    largeBytes = limit / 16
  }

  /// The bytes that are kept.
  var bytes: Int { blocks.withLock { $0.bytes } }

  /// The size that a request for `bytes` gets.
  ///
  /// Blocks that are kept are rounded up, so that similar ones share a size: by at most an eighth of the power of two
  /// below, large ones by at most a sixty-fourth.
  func size(_ bytes: Int) -> Int {
    guard bytes >= FreeBlocks.leastBytes, bytes <= mostBytes else { return bytes }
    let step = 1 << (Int.bitWidth - bytes.leadingZeroBitCount - (bytes < largeBytes ? 4 : 7))
    return (bytes + step - 1) & ~(step - 1)
  }

  /// A block of `bytes`, aligned to a cache line, its contents undefined; nil when there is no memory.
  ///
  /// - Parameter room: the bytes that may be kept beside it.
  func take(_ bytes: Int, room: Int) -> UnsafeMutableRawPointer? {
    let kept = blocks.withLock { blocks in
      guard bytes >= FreeBlocks.leastBytes, let address = blocks.addresses[bytes]?.popLast() else {
        return UInt(0)
      }
      blocks.bytes -= bytes
      return address
    }
    if let block = UnsafeMutableRawPointer(bitPattern: kept) { return block }
    if bytes >= largeBytes || blocks.withLock({ $0.bytes > room }) { release() }
    if let block = allocate(bytes) { return block }
    release()
    return allocate(bytes)
  }

  /// Takes back a block of `bytes`.
  func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    guard bytes >= FreeBlocks.leastBytes, bytes <= mostBytes else { return free(block) }
    let address = UInt(bitPattern: block)
    // Sizes that are not asked for any more fill the store in time; it then starts anew.
    if blocks.withLock({ $0.bytes + bytes > mostBytes }) { release() }
    blocks.withLock { blocks in
      blocks.addresses[bytes, default: []].append(address)
      blocks.bytes += bytes
    }
  }

  /// Gives everything back to the system.
  func release() {
    let dropped = blocks.withLock { blocks in
      let dropped = blocks.addresses
      blocks = Blocks()
      return dropped
    }
    for address in dropped.values.joined() { free(UnsafeMutableRawPointer(bitPattern: address)) }
  }

  private func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    var block: UnsafeMutableRawPointer?
    guard posix_memalign(&block, 64, bytes) == 0, let block else { return nil }
    if bytes >= FreeBlocks.largePageBytes { Platform.useLargePages(block, bytes) }
    return block
  }
}
