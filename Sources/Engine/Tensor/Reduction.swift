extension Tensor {
  /// An array seen as `[outer, extent, inner]` around one axis.
  struct AxisView {
    let outer: Int
    let extent: Int
    let inner: Int
    let reduced: Shape
    let kept: Shape

    init(_ shape: Shape, _ axis: Int, for operation: String) throws(EngineError) {
      guard shape.tokenRows == nil else {
        throw EngineError(
          .shape, operation, "a packed tensor of shape \(shape) has no axis \(axis) to reduce",
          hint: "use seq_sum or seq_mean")
      }
      let axis = try shape.axis(axis, for: operation)
      var dims = shape.dims
      outer = dims[..<axis].reduce(1, *)
      extent = dims[axis]
      inner = dims[(axis + 1)...].reduce(1, *)
      dims[axis] = 1
      kept = try Shape(dims, for: operation)
      dims.remove(at: axis)
      reduced = try Shape(dims, for: operation)
    }
  }

  /// The sum of all elements; 0 of none.
  public func sum() throws -> Tensor { try trainable(for: "sum").summed(to: .scalar) }

  /// The sums along `axis`.
  public func sum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    if let packed = try packedReduction(axis, "sum", { try $0.sequenceSum() }) { return packed }
    let view = try AxisView(shape, axis, for: "sum")
    let sums = try summed(to: view.kept)
    return keepingAxis ? sums : try sums.reshaped(view.reduced)
  }

  /// A packed tensor's last axis are its tokens: reducing it gives a value per sequence.
  private func packedReduction(
    _ axis: Int, _ operation: String, _ reduce: (Tensor) throws -> Tensor
  ) throws -> Tensor? {
    guard shape.tokenRows != nil, axis == 1 || axis == -1 else { return nil }
    return try reduce(self)
  }

  /// The mean of all elements; throws when there are none.
  public func mean() throws -> Tensor {
    let x = try trainable(for: "mean")
    try x.needElements("mean", x.count)
    return try x.sum() / Double(x.count)
  }

  /// The means along `axis`.
  public func mean(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
    if let packed = try packedReduction(axis, "mean", { try $0.sequenceMean() }) { return packed }
    let view = try AxisView(shape, axis, for: "mean")
    try needElements("mean", view.extent)
    return try sum(axis: axis, keepingAxis: keepingAxis) / Double(view.extent)
  }

  private func needElements(_ operation: String, _ count: Int) throws {
    if count == 0 { throw EngineError(.argument, operation, "there are no elements, shape \(shape)") }
  }

  /// Mean squared deviation from the mean, divided by n - `ddof`, over all elements or along `axis`.
  ///
  ///     var = sum_i (x_i - mean)^2 / (n - ddof)
  public func variance(
    axis: Int? = nil, ddof: Int = 0, keepingAxis: Bool = false, for operation: String = "var"
  ) throws -> Tensor {
    let x = try axis == nil ? trainable(for: operation) : self
    let n = try axis.map { try AxisView(shape, $0, for: operation).extent } ?? x.count
    guard ddof >= 0, n > ddof else {
      throw EngineError(
        .argument, operation, "needs more than \(ddof) elements, got \(n)",
        hint: ddof > 0 ? "ddof: 0 divides by the number of elements" : nil)
    }
    guard let axis else {
      return try UnaryOperation.square(x - x.mean()).sum() / Double(n - ddof)
    }
    let deviation = try self - mean(axis: axis, keepingAxis: true)
    return try UnaryOperation.square(deviation).sum(axis: axis, keepingAxis: keepingAxis) / Double(n - ddof)
  }

  /// The square root of `variance`; where that is 0, so is the gradient.
  public func standardDeviation(
    axis: Int? = nil, ddof: Int = 0, keepingAxis: Bool = false
  ) throws -> Tensor {
    try variance(axis: axis, ddof: ddof, keepingAxis: keepingAxis, for: "std").rootOrZero()
  }

  /// The Euclidean length of all elements; its gradient at 0 is 0.
  public func norm() throws -> Tensor { try UnaryOperation.square(self).sum().rootOrZero() }

  /// The square root, with slope 0 where this is 0.
  private func rootOrZero() throws -> Tensor {
    try Tensor.select(BinaryOperation.gt(self, Tensor(0)), UnaryOperation.sqrt(self), self * 0)
  }

  /// The product of all elements; 1 of none.
  public func product() throws -> Tensor {
    let x = try trainable(for: "prod")
    return try x.reshaped(.vector(x.count)).product(axis: 0)
  }

  /// The products along `axis`, multiplied in pairs so that gradients are right when elements are 0.
  public func product(axis: Int) throws -> Tensor {
    let view = try AxisView(shape, axis, for: "prod")
    if view.extent == 0 { return try Tensor.ones(view.reduced) }
    var part = try reshaped(Shape([view.outer, view.extent, view.inner], for: "prod"))
    while part.shape.dims[1] > 1 {
      let extent = part.shape.dims[1]
      let half = extent / 2
      let pairs = try part.slice(middle: 0..<half) * part.slice(middle: half..<half * 2)
      part =
        extent % 2 == 0
        ? pairs : try Tensor.concat([pairs, part.slice(middle: extent - 1..<extent)], axis: 1)
      try Interrupt.check("prod")
    }
    return try part.reshaped(view.reduced)
  }

  private func slice(middle range: Range<Int>) throws -> Tensor {
    let outer = shape.dims[0]
    let extent = shape.dims[1]
    let inner = shape.dims[2]
    let indices = (0..<outer).flatMap { i in
      (i * extent + range.lowerBound) * inner..<(i * extent + range.upperBound) * inner
    }
    return try gathered(indices, Shape([outer, range.count, inner], for: "slice"), for: "slice")
  }

  /// The smallest element, or the smallest ones along `axis`; NaN if there is one.
  ///
  /// The gradient goes to the first of equal elements.
  public func minimum(axis: Int? = nil) throws -> Tensor { try extreme("min", axis) { $0 < $1 } }

  /// The largest element, or the largest ones along `axis`; NaN if there is one.
  ///
  /// The gradient goes to the first of equal elements.
  public func maximum(axis: Int? = nil) throws -> Tensor { try extreme("max", axis) { $0 > $1 } }

  /// The index of the first smallest element, overall or along `axis`.
  public func argmin(axis: Int? = nil) throws -> Tensor { try place("argmin", axis) { $0 < $1 } }

  /// The index of the first largest element, overall or along `axis`.
  public func argmax(axis: Int? = nil) throws -> Tensor { try place("argmax", axis) { $0 > $1 } }

  private func extreme(
    _ operation: String, _ axis: Int?, _ better: (Double, Double) -> Bool
  ) throws -> Tensor {
    let (places, view) = try extremes(operation, axis, better)
    guard let view else { return try gathered(places, .scalar, for: operation) }
    let indices = places.enumerated().map { place, extent in
      (place / view.inner * view.extent + extent) * view.inner + place % view.inner
    }
    return try gathered(indices, view.reduced, for: operation)
  }

  private func place(
    _ operation: String, _ axis: Int?, _ better: (Double, Double) -> Bool
  ) throws -> Tensor {
    let (places, view) = try extremes(operation, axis, better)
    return try Tensor(places.map(Double.init), shape: view?.reduced ?? .scalar)
  }

  private func extremes(
    _ operation: String, _ axis: Int?, _ better: (Double, Double) -> Bool
  ) throws -> ([Int], AxisView?) {
    let view = try axis.map { try AxisView(shape, $0, for: operation) }
    if view == nil, let tokens = rows?.trainableTokens, shape.tokenRows != nil {
      let (places, _) = try trainable(for: operation).extremes(operation, nil, better)
      return (places.map { tokens[$0] }, nil)
    }
    let outer = view?.outer ?? 1
    let extent = view?.extent ?? count
    let inner = view?.inner ?? 1
    try needElements(operation, extent)
    let places = withElements { x in
      (0..<outer * inner).map { slot in
        let base = x + slot / max(inner, 1) * extent * inner + slot % max(inner, 1)
        var best = 0
        for i in 1..<max(extent, 1) where !base[best * inner].isNaN {
          let candidate = base[i * inner]
          if candidate.isNaN || better(candidate, base[best * inner]) { best = i }
        }
        return best
      }
    }
    return (places, view)
  }

  /// 1 if any element is not 0, else 0.
  public func any() throws -> Tensor {
    let x = try trainable(for: "any")
    return Tensor(x.withElements { elements in (0..<x.count).contains { elements[$0] != 0 } } ? 1 : 0)
  }

  /// 1 if no element is 0, else 0.
  public func all() throws -> Tensor {
    let x = try trainable(for: "all")
    return Tensor(x.withElements { elements in (0..<x.count).allSatisfy { elements[$0] != 0 } } ? 1 : 0)
  }

  /// Running sums along `axis`, from the front or, `reversed`, from the back.
  public func cumulativeSum(axis: Int = 0, reversed: Bool = false) throws -> Tensor {
    let view = try AxisView(shape, axis, for: "cumsum")
    let y = try Tensor.build(shape, for: "cumsum") { out in
      withElements { x in
        for i in 0..<view.outer {
          for j in 0..<view.inner {
            var total = 0.0
            for k in 0..<view.extent {
              let place = (i * view.extent + (reversed ? view.extent - 1 - k : k)) * view.inner + j
              total += x[place]
              out[place] = total
            }
          }
        }
      }
    }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, _, _ in
      try upstream.cumulativeSum(axis: axis, reversed: !reversed)
    }
  }

  /// The elements of a vector in order, NaN last; the gradient follows each element to its place.
  public func sorted(descending: Bool = false) throws -> Tensor {
    try gathered(sortOrder(descending), shape.plain, for: "sort")
  }

  private func sortOrder(_ descending: Bool) throws -> [Int] {
    guard shape.rank == 1 else {
      throw EngineError(.shape, "sort", "needs a vector, got shape \(shape)")
    }
    // The values, their places, and half as many places through which sorting merges.
    try Runtime.current.memory.require(20 * count, for: "sort")
    let x = values
    return try (0..<count).sortedInterruptibly("sort") { i, j in
      let a = x[i]
      let b = x[j]
      if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? i < j : b.isNaN }
      return a == b ? i < j : (a < b) != descending
    }
  }
}
