/// Hands out consecutive parts of one block: once to learn the size, once for good.
///
/// Memory is taken for the whole plan, or for the time in which one layer works: two regions take turns, and what a
/// layer takes there is taken again by the layer two further on. What is written before the layer begins is in one of
/// three more.
struct FloatArena {
  private struct Region {
    var start = 0
    var used = 0
    var most = 0
    var overflowed = false

    /// Where `rows` times `columns` floats begin; nil where that is too much to address.
    mutating func place(_ rows: Int, _ columns: Int) -> Int? {
      let (count, tooMany) = rows.multipliedReportingOverflow(by: columns)
      let (end, tooFar) = used.addingReportingOverflow(count)
      guard !tooMany, !tooFar, end < 1 << 58 else {
        overflowed = true
        return nil
      }
      defer {
        used = (end + 15) & ~15
        most = max(most, used)
      }
      return start + used
    }
  }

  private let memory: Storage<Float>?
  private var whole: Region
  private var regions: [Region]
  private var layer = 0

  private init() {
    memory = nil
    whole = Region()
    regions = [Region](repeating: Region(), count: 5)
  }

  private init(_ measured: FloatArena, _ memory: Storage<Float>) {
    self.memory = memory
    whole = Region()
    regions = []
    var start = measured.whole.used
    for region in measured.regions {
      regions.append(Region(start: start))
      start += region.most
    }
  }

  private var overflowed: Bool { whole.overflowed || regions.contains(where: \.overflowed) }
  private var size: Int { regions.reduce(whole.used) { $0 + $1.most } }
  private var shared: Int { layer % 2 }
  private var ahead: Int { 2 + layer % 3 }

  /// Begins what the next layer takes with `borrow` and `borrowAhead`.
  mutating func beginLayer() {
    layer += 1
    regions[shared].used = 0
    regions[ahead].used = 0
  }

  /// `rows` by `columns` floats for as long as the plan lives, their first one aligned to a cache line.
  mutating func take(_ rows: Int, _ columns: Int = 1) -> FloatView {
    view(whole.place(rows, columns), rows, columns)
  }

  /// As `take`, until the layer two further on takes the same memory.
  mutating func borrow(_ rows: Int, _ columns: Int = 1) -> FloatView {
    view(regions[shared].place(rows, columns), rows, columns)
  }

  /// As `borrow`, for what is written while the layer before works: until the layer three further on takes it.
  mutating func borrowAhead(_ rows: Int, _ columns: Int = 1) -> FloatView {
    view(regions[ahead].place(rows, columns), rows, columns)
  }

  private func view(_ offset: Int?, _ rows: Int, _ columns: Int) -> FloatView {
    guard let memory, let offset else { return FloatView(unplaced: rows, columns) }
    return FloatView(memory, at: offset, rows: rows, columns: columns)
  }

  /// Takes a block large enough for what `plan` asks, and plans again within it; the views keep the block alive.
  static func plan<Plan>(
    for operation: String, _ plan: (inout FloatArena) -> Plan
  ) throws(EngineError) -> Plan {
    var measured = FloatArena()
    _ = plan(&measured)
    guard !measured.overflowed else {
      throw EngineError(
        .memory, operation, "needs more memory than can be addressed", hint: "make it smaller")
    }
    var placed = FloatArena(measured, try Storage<Float>(uninitialized: measured.size, for: operation))
    return plan(&placed)
  }
}
