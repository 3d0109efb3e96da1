/// The request to stop what is running: one flag, set by a signal handler, polled by every loop.
public enum Interrupt {
  /// The flag itself, for a signal handler or an interpreter that polls it in a register.
  ///
  /// Written by one `Int32` store and read by one load; never freed.
  nonisolated(unsafe) public static let flag: UnsafeMutablePointer<Int32> = {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  /// Whether a stop has been requested and not yet cleared.
  public static var isRequested: Bool { flag.pointee != 0 }

  /// Throws `EngineError.Kind.interrupted` when a stop has been requested.
  public static func check(_ operation: String) throws(EngineError) {
    if flag.pointee != 0 { throw EngineError(.interrupted, operation, "interrupted") }
  }

  /// Calls `body` with stretches of `0..<count`, one after the other, and looks for a stop before each.
  static func stretches(_ count: Int, _ operation: String, _ body: (Range<Int>) throws -> Void) throws {
    for start in stride(from: 0, to: count, by: stretch) {
      try check(operation)
      try body(start..<min(start + stretch, count))
    }
  }

  /// How many elements are written or read between two looks: well below a tenth of a second, even for fresh memory.
  private static let stretch = 1 << 18

  /// Asks everything that runs to stop.
  public static func request() { flag.pointee = 1 }

  /// Forgets the request, once whoever was running has stopped.
  public static func clear() { flag.pointee = 0 }
}
