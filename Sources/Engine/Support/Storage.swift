import Synchronization

/// How many bytes the engine holds, and how many it may hold.
public enum MemoryBudget {
  private static let used = Atomic<Int>(0)

  /// Bytes that live `Storage` holds now.
  public static var bytesInUse: Int { used.load(ordering: .relaxed) }

  /// The most that may be held: three quarters of the machine's memory.
  public static let limit: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && pageSize > 0 ? pages / 4 * 3 * pageSize : 4 << 30
  }()

  static func take(_ bytes: Int, for operation: String) throws(EngineError) {
    let total = used.add(bytes, ordering: .relaxed).newValue
    if total > limit {
      used.subtract(bytes, ordering: .relaxed)
      throw tooLarge(bytes, operation)
    }
  }

  static func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }

  static func tooLarge(_ bytes: Int, _ operation: String) -> EngineError {
    EngineError(
      .memory, operation,
      "needs \(readable(bytes)), but \(readable(max(0, limit - bytesInUse))) of the budget are left",
      hint: "make it smaller, or drop values that are no longer needed")
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

/// A block of numbers outside Swift's allocator: it can fail and say so, is aligned to a cache line,
/// and is counted against the `MemoryBudget`.
public final class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The first element, for `Kernels` and `Tensor`; others index or take a view.
  ///
  /// Valid as long as the storage is alive.
  let base: UnsafeMutablePointer<Element>
  /// The number of elements asked for; the block itself may be larger.
  public let count: Int
  private let bytes: Int

  /// Allocates `count` elements whose contents are undefined.
  public init(uninitialized count: Int, for operation: String) throws(EngineError) {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes < Int.max - 64 else {
      throw EngineError(
        .memory, operation, "needs more memory than can be addressed", hint: "make it smaller")
    }
    let rounded = FreeBlocks.size((bytes + 63) & ~63)
    try MemoryBudget.take(rounded, for: operation)
    guard let block = FreeBlocks.take(rounded) else {
      MemoryBudget.give(rounded)
      throw MemoryBudget.tooLarge(rounded, operation)
    }
    base = block.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    self.bytes = rounded
  }

  /// Allocates `count` copies of `value`.
  public convenience init(repeating value: Element, count: Int, for operation: String) throws(EngineError) {
    try self.init(uninitialized: count, for: operation)
    base.initialize(repeating: value, count: count)
  }

  /// Allocates a copy of `elements`.
  public convenience init(_ elements: [Element], for operation: String) throws(EngineError) {
    try self.init(uninitialized: elements.count, for: operation)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  /// A copy of `other`.
  public convenience init(copying other: Storage<Element>, for operation: String) throws(EngineError) {
    try self.init(uninitialized: other.count, for: operation)
    base.initialize(from: other.base, count: other.count)
  }

  deinit {
    FreeBlocks.give(base, bytes)
    MemoryBudget.give(bytes)
  }

  /// The element at `index`, from 0 to `count - 1`.
  public subscript(index: Int) -> Element {
    @inline(__always) get { base[index] }
    @inline(__always) set { base[index] = newValue }
  }

  /// The elements, for reading or writing while the storage is alive: its last mention may be its end, so hold it with
  /// `withExtendedLifetime`.
  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
