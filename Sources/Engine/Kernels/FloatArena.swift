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
  ) throws(EngineError) -> (Storage<Float>, Plan) {
    var measuring = FloatArena()
    _ = plan(&measuring)
    guard !measuring.overflowed else {
      throw EngineError(
        .memory, operation, "needs more memory than can be addressed", hint: "make it smaller")
    }
    let block = try Storage<Float>(uninitialized: measuring.used, for: operation)
    var arena = FloatArena(block.base)
    return (block, plan(&arena))
  }
}
