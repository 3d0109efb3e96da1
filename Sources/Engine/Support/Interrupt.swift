import Synchronization

/// The request to stop what is running: one flag, set by a signal handler, polled by every loop.
public enum Interrupt {
  // Atomic, since the compiler would read a plain one once for a whole loop; never freed.
  nonisolated(unsafe) private static let word: UnsafeMutablePointer<Atomic<Int32>> = {
    let word = UnsafeMutablePointer<Atomic<Int32>>.allocate(capacity: 1)
    word.initialize(to: Atomic(0))
    return word
  }()

  /// The flag itself, for a signal handler or an interpreter that polls it in a register.
  ///
  /// Written by one `Int32` store and read by one load.
  public static var flag: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(word).assumingMemoryBound(to: Int32.self)
  }

  /// Whether a stop has been requested and not yet cleared.
  public static var isRequested: Bool { word.pointee.load(ordering: .relaxed) != 0 }

  /// Throws `EngineError.Kind.interrupted` when a stop has been requested.
  public static func check(_ operation: String) throws(EngineError) {
    if isRequested { throw EngineError(.interrupted, operation, "interrupted") }
  }

  /// Calls `body` with stretches of `0..<count`, one after the other, and looks for a stop before each.
  public static func stretches(_ count: Int, _ operation: String, _ body: (Range<Int>) throws -> Void) throws
  {
    for start in stride(from: 0, to: count, by: stretch) {
      try check(operation)
      try body(start..<min(start + stretch, count))
    }
  }

  /// How many elements are written or read between two looks: well below a tenth of a second, even for fresh memory.
  private static let stretch = 1 << 18

  /// Asks everything that runs to stop.
  public static func request() { word.pointee.store(1, ordering: .relaxed) }

  /// Forgets the request, once whoever was running has stopped.
  public static func clear() { word.pointee.store(0, ordering: .relaxed) }
}
