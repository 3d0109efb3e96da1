// Tensor: arrays of float64 numbers, some packed along the episodes of a batch (`Rows`). `Elementwise` has what is
// computed number by number.

/// An immutable array of float64 numbers, contiguous, possibly packed along a batch's sequences.
///
/// A tensor may be traced: operations on it are then recorded on a `Tape` and can be differentiated.
public struct Tensor: Sendable {
  /// A single number lies in the value itself; everything else in counted storage, which may be filled later.
  private enum Elements: Sendable {
    case number(Double)
    case block(Storage<Double>)
    case deferred(Deferred)
  }

  /// The dimensions.
  public let shape: Shape
  /// Where this tensor stands on the tapes that record it, outermost first.
  let traces: [Trace]
  private let elements: Elements

  private init(shape: Shape, elements: Elements, traces: [Trace]) {
    self.shape = shape
    self.elements = elements
    self.traces = traces
  }

  /// A single number.
  public init(_ number: Double) {
    self.init(shape: .scalar, elements: .number(number), traces: [])
  }

  /// A tensor whose elements are computed when they are read.
  init(_ deferred: Deferred, shape: Shape) {
    self.init(shape: shape, elements: .deferred(deferred), traces: [])
  }

  /// Takes `storage` as the elements of a tensor; throws when their numbers differ.
  public init(_ storage: Storage<Double>, shape: Shape, for operation: String = "tensor") throws {
    guard storage.count == shape.count else {
      throw EngineError(
        .shape, operation, "\(storage.count) numbers do not fill a tensor of shape \(shape)")
    }
    if shape.dims.isEmpty {
      self.init(storage.base[0])
    } else {
      self.init(shape: shape, elements: .block(storage), traces: [])
    }
  }

  /// Copies `values` into a tensor of `shape`; throws when their numbers differ.
  public init(_ values: [Double], shape: Shape, for operation: String = "tensor") throws {
    guard values.count == shape.count else {
      throw EngineError(.shape, operation, "\(values.count) numbers do not fill a tensor of shape \(shape)")
    }
    self = try Tensor.build(shape, for: operation) { out in
      for (index, value) in values.enumerated() { out[index] = value }
    }
  }

  /// A vector of `values`.
  public init(_ values: [Double]) throws { try self.init(values, shape: .vector(values.count)) }

  /// A packed tensor `[B, T?]` of ragged `rows`.
  public init(rows: [[Double]]) throws {
    let layout = try Rows(lengths: rows.map(\.count))
    try self.init(Array(rows.joined()), shape: .tokens(layout))
  }

  /// Allocates a tensor and lets `body` write every element of it.
  static func build(
    _ shape: Shape, for operation: String, _ body: (UnsafeMutablePointer<Double>) throws -> Void
  ) throws -> Tensor {
    if shape.dims.isEmpty {
      var number = 0.0
      try withUnsafeMutablePointer(to: &number) { try body($0) }
      return Tensor(number)
    }
    let storage = try Storage<Double>(uninitialized: shape.count, for: operation)
    try body(storage.base)
    return Tensor(shape: shape, elements: .block(storage), traces: [])
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The layout of the batch the elements belong to, if any.
  public var rows: Rows? { shape.rows }

  /// Gives the elements to `body`, in row-major order.
  public func withElements<Result>(_ body: (UnsafePointer<Double>) throws -> Result) rethrows -> Result {
    switch elements {
    case .number(let number): try withUnsafePointer(to: number) { try body($0) }
    case .block(let storage):
      try withExtendedLifetime(storage) { try body(UnsafePointer(storage.base)) }
    case .deferred(let deferred):
      try withExtendedLifetime(deferred) { try body(deferred.elements(UninterruptedLoop())) }
    }
  }

  /// The number of a tensor without axes, if it is there.
  var number: Double? {
    if case .number(let number) = elements { return number }
    return shape.dims.isEmpty && pending == nil ? element(0) : nil
  }

  /// What this tensor's elements wait for; nil when they are there.
  var pending: Deferred? {
    if case .deferred(let deferred) = elements, !deferred.isDone { deferred } else { nil }
  }

  /// Where the elements of an array lie, computed by `loop` if need be; valid while this tensor lives.
  func base<Loop: ParallelLoop>(_ loop: Loop) throws(Loop.Failure) -> UnsafePointer<Double>? {
    switch elements {
    case .number: nil
    case .block(let storage): UnsafePointer(storage.base)
    case .deferred(let deferred): try deferred.elements(loop)
    }
  }

  /// Computes the elements now, where a request to stop is seen.
  func settle(for operation: String) throws(EngineError) {
    _ = try base(InterruptibleLoop(operation: operation))
  }

  /// The elements, in row-major order.
  public var values: [Double] {
    withElements { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// The element at `index` in row-major order, or nil outside.
  public func element(_ index: Int) -> Double? {
    guard index >= 0, index < count else { return nil }
    return withElements { $0[index] }
  }

  /// The only element; throws when there are more or none.
  public func item(for operation: String = "item") throws -> Double {
    guard count == 1, let value = element(0) else {
      throw EngineError(.shape, operation, "needs a single number, got a tensor of shape \(shape)")
    }
    return value
  }

  /// The elements as one list a sequence; a plain tensor gives one list.
  public var rowValues: [[Double]] {
    guard let rows = shape.tokenRows else { return [values] }
    return withElements { base in
      (0..<rows.count).map { row in rows.range(row).map { base[$0] } }
    }
  }

  /// The same elements under another shape of the same count, without a trace.
  func relabelled(_ shape: Shape) -> Tensor {
    switch elements {
    case .deferred: return Tensor(shape: shape, elements: elements, traces: [])
    case .block(let storage):
      return shape.dims.isEmpty
        ? Tensor(storage.base[0]) : Tensor(shape: shape, elements: elements, traces: [])
    case .number(let number):
      if shape.dims.isEmpty { return Tensor(number) }
      // A number becomes a one-element array; the smallest block there is cannot exceed the budget's grain.
      guard let storage = try? Storage<Double>(repeating: number, count: 1, for: "reshape") else {
        return Tensor(number)
      }
      return Tensor(shape: shape, elements: .block(storage), traces: [])
    }
  }

  /// The same elements with the given traces.
  func with(traces: [Trace]) -> Tensor { Tensor(shape: shape, elements: elements, traces: traces) }

  /// Whether some tape records this tensor.
  public var isTraced: Bool { !traces.isEmpty }

  /// The same numbers as a constant: nothing is differentiated through it (`stop` in the language).
  public var detached: Tensor { traces.isEmpty ? self : with(traces: []) }
}

extension Tensor {
  /// `count` zeros of `shape`.
  public static func zeros(_ shape: Shape) throws -> Tensor { try full(shape, 0, for: "zeros") }

  /// Ones of `shape`.
  public static func ones(_ shape: Shape) throws -> Tensor { try full(shape, 1, for: "ones") }

  /// Copies of `value` in `shape`.
  public static func full(_ shape: Shape, _ value: Double, for operation: String = "full") throws -> Tensor {
    try build(shape, for: operation) { out in
      try Interrupt.stretches(shape.count, operation) {
        (out + $0.lowerBound).initialize(repeating: value, count: $0.count)
      }
    }
  }

  /// The identity matrix `[n, n]`.
  public static func eye(_ n: Int) throws -> Tensor {
    let shape = try Shape([n, n], for: "eye")
    return try build(shape, for: "eye") { out in
      try Interrupt.stretches(shape.count, "eye") {
        (out + $0.lowerBound).initialize(repeating: 0, count: $0.count)
      }
      for i in 0..<n { out[i * n + i] = 1 }
    }
  }

  /// `count` numbers from `start` to `end`, both included, evenly spaced.
  ///
  /// The ends are exact; a single number is `start`.
  public static func linspace(_ start: Double, _ end: Double, _ count: Int) throws -> Tensor {
    guard count >= 0 else {
      throw EngineError(.argument, "linspace", "the number of points cannot be negative, got \(count)")
    }
    return try build(.vector(count), for: "linspace") { out in
      let last = Double(max(count - 1, 1))
      try Interrupt.stretches(count, "linspace") {
        for i in $0 {
          let share = Double(i) / last
          out[i] = i > 0 && i == count - 1 ? end : start * (1 - share) + end * share
        }
      }
    }
  }

  /// Numbers from `start` in steps of `step`, as long as they are before `end`.
  public static func arange(_ start: Double, _ end: Double, _ step: Double = 1) throws -> Tensor {
    guard step != 0, step.isFinite, start.isFinite, end.isFinite else {
      throw EngineError(.argument, "arange", "needs finite ends and a step that is not 0, got step \(step)")
    }
    let steps = max(0, ((end - start) / step).rounded(.up))
    guard let count = Int(exactly: steps) else {
      throw EngineError(.memory, "arange", "\(steps) numbers cannot be held", hint: "make it smaller")
    }
    return try build(.vector(count), for: "arange") { out in
      try Interrupt.stretches(count, "arange") { for i in $0 { out[i] = start + Double(i) * step } }
    }
  }
}
