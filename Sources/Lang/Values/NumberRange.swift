import Engine

/// Whole steps from `low`: `1..8` with both ends, `0..<8` without the last.
public final class NumberRange: Object, Indexable, Iterable, TensorConvertible, @unchecked Sendable {
  let low: Double
  let count: Int

  /// The longest range; far beyond any loop that ends.
  static let maximumCount = 1 << 53

  /// Empty where the upper end lies below the lower one.
  init(low: Double, high: Double, closed: Bool) throws {
    guard low.isFinite, high.isFinite else {
      throw RuntimeError(
        "the ends of a range must be finite, got \(Printing.number(low))..\(Printing.number(high))")
    }
    let steps = closed ? (high - low).rounded(.down) + 1 : (high - low).rounded(.up)
    guard steps <= Double(NumberRange.maximumCount) else {
      throw RuntimeError("a range of \(Printing.number(steps)) numbers is too long")
    }
    self.low = low
    self.count = steps > 0 ? Int(steps) : 0
    super.init(role: .range)
  }

  override func identity(_ identity: Identity) -> JSON { .string("\(summary)") }
  override func jsonForm() throws -> JSONForm { .items(try elements() ?? []) }
  override func isSame(as other: Object, depth: Int) -> Bool {
    (other as? NumberRange).map { low == $0.low && count == $0.count } ?? false
  }

  var isSequence: Bool { true }
  func element(at position: Int) -> Value { .number(number(at: position)) }
  func elements(at positions: [Int]) -> Value { .numbers(positions.map(number)) }

  func elements() throws -> [Value]? {
    guard count < Object.maximumWeight else {
      throw RuntimeError("a range of \(count) numbers is too long for a list")
    }
    return try (0..<count).mapInterruptibly("range") { .number(number(at: $0)) }
  }

  func asTensor() throws -> Tensor? {
    guard count < 1 << 40 else {
      throw RuntimeError("a range of \(count) numbers is too long for a tensor")
    }
    return try Tensor.arange(low, low + Double(count))
  }

  /// The number at a position.
  func number(at position: Int) -> Double { low + Double(position) }

  public override var kind: String { "range" }
  public override var elementCount: Int? { count }
  public override var summary: String {
    count == 0 ? "empty range" : "\(Printing.number(low))..\(Printing.number(low + Double(count - 1)))"
  }
}

/// `1..`: positions from a number to the end of whatever it is an index into; a negative one counts from the end.
final class RangeToEnd: Object, @unchecked Sendable {
  private let low: Double

  init(low: Double) {
    self.low = low
    super.init()
  }

  /// The first position in something with `count` elements; the end itself takes no element.
  func start(_ count: Int) throws -> Int {
    low == Double(count) ? count : try Indexing.position(low, count, "sequence")
  }

  override var kind: String { "range to the end" }
  override var summary: String { "\(Printing.number(low)).." }
  override func isSame(as other: Object, depth: Int) -> Bool { (other as? RangeToEnd)?.low == low }
}
