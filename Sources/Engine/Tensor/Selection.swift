extension Tensor {
  /// `a` where `condition` is not 0, else `b` (`where` in the language).
  ///
  /// The branch that is not taken gets a gradient of exactly zero, whatever its value is.
  public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    let branches = try Broadcast.shape(a.shape, b.shape, for: "where")
    let shape = try Broadcast.shape(condition.shape, branches, for: "where")
    let mask = try condition.detached.broadcast(to: shape, for: "where")
    let yes = try a.detached.broadcast(to: shape, for: "where")
    let no = try b.detached.broadcast(to: shape, for: "where")
    let y = try build(shape, for: "where") { out in
      try mask.withElements { mask in
        try yes.withElements { yes in
          try no.withElements { no in
            try Parallel.elements(shape.count, "where") { part in
              for i in part { out[i] = mask[i] != 0 ? yes[i] : no[i] }
            }
          }
        }
      }
    }
    guard a.isTraced || b.isTraced else { return y }
    return y.recorded(from: [mask, a, b]) { index, upstream, inputs, _ in
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
    let y = try mapped("clip") { $0 < low ? low : $0 > high ? high : $0 }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      let inside = try inputs[0].mapped("clip") { $0 >= low && $0 <= high ? 1 : 0 }
      return try Tensor.select(inside, upstream, Tensor(0))
    }
  }

  /// A function of each element, on no tape.
  @inline(__always)
  private func mapped(_ operation: String, _ function: (Double) -> Double) throws -> Tensor {
    try Tensor.build(shape, for: operation) { out in
      try withElements { x in
        try Parallel.elements(count, operation) { part in for i in part { out[i] = function(x[i]) } }
      }
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
