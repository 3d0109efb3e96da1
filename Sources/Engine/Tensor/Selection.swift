extension ElementwiseFunction {
  fileprivate static let choice = ElementwiseFunction("where", VectorMath.Choice.self)
  fileprivate static let clamped = ElementwiseFunction("clip", VectorMath.Clamped.self)
  fileprivate static let inside = ElementwiseFunction("clip", VectorMath.Inside.self)
}

extension Tensor {
  /// `a` where `condition` is not 0, else `b` (`where` in the language).
  ///
  /// The branch that is not taken gets a gradient of exactly zero, whatever its value is.
  public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    let branches = try Broadcast.shape(a.shape, b.shape, for: "where")
    let shape = try Broadcast.shape(condition.shape, branches, for: "where")
    let condition = condition.detached
    let y = try ElementwiseFunction.choice([condition, a, b], shape)
    guard a.isTraced || b.isTraced else { return y }
    return y.recorded(from: [condition, a, b]) { index, upstream, inputs, _ in
      let zero = Tensor(0)
      let share =
        try index == 1 ? select(inputs[0], upstream, zero) : select(inputs[0], zero, upstream)
      return try share.summed(to: inputs[index].shape)
    }
  }

  /// Each element, but at least `low` and at most `high`; NaN stays.
  ///
  /// The slope is 1 from `low` to `high`, both included, and 0 outside; nothing flows to the bounds.
  public func clipped(_ low: Double, _ high: Double) throws -> Tensor {
    guard low <= high else {
      throw EngineError(.argument, "clip", "the lower bound \(low) is above the upper bound \(high)")
    }
    let bounds = [Tensor(low), Tensor(high)]
    let y = try ElementwiseFunction.clamped([self] + bounds, shape)
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      let inside = try ElementwiseFunction.inside(inputs + bounds, inputs[0].shape)
      return try Tensor.select(inside, upstream, Tensor(0))
    }
  }

  /// Each element, but at least `low` and at most `high`, which may be tensors.
  ///
  /// At a tie the gradient goes to the element, not to the bound.
  public func clipped(_ low: Tensor, _ high: Tensor) throws -> Tensor {
    if low.shape.dims.isEmpty, high.shape.dims.isEmpty, !low.isTraced, !high.isTraced {
      return try clipped(low.item(for: "clip"), high.item(for: "clip"))
    }
    return try BinaryOperation.min(BinaryOperation.max(self, low), high)
  }
}
