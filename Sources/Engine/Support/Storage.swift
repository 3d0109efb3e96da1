/// A block of numbers outside Swift's allocator: it can fail and say so, is aligned to a cache line,
/// and is counted against the `MemoryBudget` of the current runtime.
public final class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The first element, for `Kernels` and `Tensor`; others index or take a view.
  ///
  /// Valid as long as the storage is alive.
  let base: UnsafeMutablePointer<Element>
  /// The number of elements asked for; the block itself may be larger.
  public let count: Int
  private let bytes: Int
  /// The budget of the runtime that was current; runtimes are never freed.
  private let memory: Unmanaged<MemoryBudget>

  /// Allocates `count` elements whose contents are undefined.
  public init(uninitialized count: Int, for operation: String) throws(EngineError) {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes < Int.max - 64 else {
      throw EngineError(
        .memory, operation, "needs more memory than can be addressed", hint: "make it smaller")
    }
    memory = Runtime.reference._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.memory) }
    guard let taken = memory._withUnsafeGuaranteedRef({ $0.take(bytes) }) else {
      throw memory._withUnsafeGuaranteedRef { $0.refusal(bytes, operation) }
    }
    base = taken.block.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    self.bytes = taken.bytes
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

  deinit {
    memory._withUnsafeGuaranteedRef { $0.give(base, bytes) }
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
