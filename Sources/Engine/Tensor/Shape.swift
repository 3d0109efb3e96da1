/// The dimensions of a tensor, and whether its elements belong to the sequences of a batch.
///
/// The number of elements is counted when the shape is made, so no later arithmetic on it can overflow.
public struct Shape: Sendable, Equatable {
  /// How the elements relate to the sequences of a batch.
  public enum Packing: Sendable, Equatable {
    /// An ordinary array.
    case none
    /// One element a token, `[B, T?]`, packed without padding.
    case tokens(Rows)
    /// One element a sequence, `[B]`.
    case sequences(Rows)
  }

  /// The extents; a packed `[B, T?]` has one, its number of tokens.
  public let dims: [Int]
  /// The relation to a batch.
  public let packing: Packing
  /// The number of elements.
  public let count: Int

  /// The shape of a single number.
  public static let scalar = Shape(dims: [], packing: .none, count: 1)

  private init(dims: [Int], packing: Packing, count: Int) {
    self.dims = dims
    self.packing = packing
    self.count = count
  }

  /// An ordinary shape; throws when an extent is negative or the elements cannot be counted.
  public init(_ dims: [Int], for operation: String = "shape") throws(EngineError) {
    var count = 1
    var overflowed = false
    for extent in dims {
      guard extent >= 0 else {
        throw EngineError(.shape, operation, "a dimension cannot be negative, got \(Shape.text(dims))")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      overflowed = overflowed || overflow
      count = overflow ? 1 : product
    }
    guard !overflowed || dims.contains(0) else {
      throw EngineError(
        .memory, operation, "the shape \(Shape.text(dims)) has more elements than can be addressed",
        hint: "make it smaller")
    }
    self.init(dims: dims, packing: .none, count: dims.contains(0) ? 0 : count)
  }

  /// A vector of `count` elements.
  public static func vector(_ count: Int) -> Shape { Shape(dims: [count], packing: .none, count: count) }

  /// One element a token of `rows`.
  public static func tokens(_ rows: Rows) -> Shape {
    Shape(dims: [rows.total], packing: .tokens(rows), count: rows.total)
  }

  /// One element a sequence of `rows`.
  public static func sequences(_ rows: Rows) -> Shape {
    Shape(dims: [rows.count], packing: .sequences(rows), count: rows.count)
  }

  /// The number of axes.
  public var rank: Int { dims.count }

  /// The layout of the batch the elements belong to, if any.
  public var rows: Rows? {
    switch packing {
    case .none: nil
    case .tokens(let rows), .sequences(let rows): rows
    }
  }

  /// The layout when there is one element a token.
  public var tokenRows: Rows? {
    if case .tokens(let rows) = packing { rows } else { nil }
  }

  /// Whether an operand of this shape gives each sequence of `result` one number, even where there happen to be as many
  /// tokens as sequences.
  func isSpread(over result: Shape) -> Bool { result.tokenRows != nil && tokenRows == nil && count > 1 }

  /// The same extents without the relation to a batch.
  public var plain: Shape { Shape(dims: dims, packing: .none, count: count) }

  /// `axis` counted from the front, negative ones from the back; throws when there is no such axis.
  func axis(_ axis: Int, for operation: String) throws(EngineError) -> Int {
    let index = axis < 0 ? axis &+ rank : axis
    guard dims.indices.contains(index) else {
      throw EngineError(.argument, operation, "axis \(axis) does not exist in a tensor of shape \(self)")
    }
    return index
  }

  private static func text(_ dims: [Int]) -> String {
    let shown = dims.prefix(8).map(String.init).joined(separator: ", ")
    return dims.count > 8 ? "[\(shown), ... \(dims.count) axes]" : "[\(shown)]"
  }
}

extension Shape: CustomStringConvertible {
  /// `[3, 4]`; a packed one reads `[4, T?]` with its number of tokens.
  public var description: String {
    switch packing {
    case .none, .sequences: Shape.text(dims)
    case .tokens(let rows): "[\(rows.count), T?] (\(rows.total) tokens)"
    }
  }
}
