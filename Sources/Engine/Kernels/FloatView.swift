// Kernels: float32 arithmetic on raw memory, which nothing outside this folder sees but as a `FloatView`. `Products`
// has the matrix products.

/// `rows` rows of `columns` floats, `stride` apart, in memory that the view keeps alive.
///
/// The one way to numbers outside `Kernels`: a layer passes views, and a kernel asks a view where a row begins.
struct FloatView: @unchecked Sendable {
  let rows: Int
  let columns: Int
  let stride: Int
  private let start: MutableFloats
  private let memory: Storage<Float>?

  private init(_ start: MutableFloats, _ rows: Int, _ columns: Int, _ stride: Int, _ memory: Storage<Float>?)
  {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.memory = memory
  }

  /// The part of `memory` from float `offset` on; its rows lie close together.
  init(_ memory: Storage<Float>, at offset: Int = 0, rows: Int, columns: Int) {
    self.init(memory.base + offset, rows, columns, columns, memory)
  }

  /// The shape alone, over memory that is never read or written: for plans that are only measured.
  init(unplaced rows: Int, _ columns: Int) { self.init(FloatView.nowhere, rows, columns, columns, nil) }

  nonisolated(unsafe) private static let nowhere = MutableFloats.allocate(capacity: 16)

  /// Where number `column` of row `row` lies; valid while the view is alive.
  @inline(__always) func at(_ row: Int, _ column: Int = 0) -> MutableFloats {
    start + (row &* stride &+ column)
  }

  /// Consecutive rows.
  @inline(__always) subscript(rows: Range<Int>) -> FloatView {
    FloatView(at(rows.lowerBound), rows.count, columns, stride, memory)
  }

  /// The same rows, each from `first` on for `count` numbers.
  @inline(__always) func columns(from first: Int, _ count: Int) -> FloatView {
    FloatView(at(0, first), rows, count, stride, memory)
  }

  /// Copies row `source` of `other` into row `row`.
  @inline(__always) func copy(_ row: Int, from other: FloatView, _ source: Int) {
    at(row).update(from: other.at(source), count: columns)
  }

  /// Sets every number to `value`.
  func fill(_ value: Float) {
    for row in 0..<rows { at(row).update(repeating: value, count: columns) }
  }

  /// Sets every number to 0.
  func clear() { fill(0) }

  /// Adds row `source` of `other` to row `row`.
  @inline(__always) func add(_ row: Int, _ other: FloatView, _ source: Int) {
    let (to, from) = (at(row), other.at(source))
    for i in 0..<columns { to[i] += from[i] }
  }

  /// Whether the first rows have the same bits.
  func hasSameBits(as other: FloatView) -> Bool {
    (0..<columns).allSatisfy { at(0, $0).pointee.bitPattern == other.at(0, $0).pointee.bitPattern }
  }

  /// The numbers of a row, copied.
  func elements(_ row: Int) -> [Float] { Array(UnsafeBufferPointer(start: at(row), count: columns)) }

  /// Calls `body` with room on the stack, which is gone afterwards; contents are undefined at first.
  @inline(__always) static func scratch(_ rows: Int, _ columns: Int, _ body: (FloatView) -> Void) {
    withFloats(rows * columns) { body(FloatView($0, rows, columns, columns, nil)) }
  }
}

extension Storage where Element == Float {
  /// All floats as one row.
  var view: FloatView { FloatView(self, rows: 1, columns: count) }
}
