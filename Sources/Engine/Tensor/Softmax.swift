extension Tensor {
  /// log sum exp along `axis` (over everything without one), shifted by the largest element.
  ///
  ///     logsumexp(x) = m + log sum_i exp(x_i - m),  m = max_i x_i
  public func logSumExp(axis: Int? = nil, keepingAxis: Bool = false) throws -> Tensor {
    guard let axis else {
      let shift = try finiteOrZero(detached.maximum())
      return try UnaryOperation.log(UnaryOperation.exp(self - shift).sum()) + shift
    }
    let view = try AxisView(shape, axis, for: "logsumexp")
    let shift = try finiteOrZero(detached.maximum(axis: axis)).reshaped(view.kept)
    let sums = try UnaryOperation.exp(self - shift).sum(axis: axis, keepingAxis: true)
    let result = try UnaryOperation.log(sums) + shift
    return keepingAxis ? result : try result.reshaped(view.reduced)
  }

  private func finiteOrZero(_ shift: Tensor) throws -> Tensor {
    try Tensor.select(UnaryOperation.isFinite(shift), shift, Tensor(0))
  }

  /// exp(x) / sum exp(x) along `axis`.
  public func softmax(axis: Int = -1) throws -> Tensor {
    let view = try AxisView(shape, axis, for: "softmax")
    if view.extent == 0 { return self }
    let shift = try finiteOrZero(detached.maximum(axis: axis)).reshaped(view.kept)
    let e = try UnaryOperation.exp(self - shift)
    return try e / e.sum(axis: axis, keepingAxis: true)
  }

  /// x - logsumexp(x) along `axis`.
  public func logSoftmax(axis: Int = -1) throws -> Tensor {
    let view = try AxisView(shape, axis, for: "log_softmax")
    if view.extent == 0 { return self }
    return try self - logSumExp(axis: axis, keepingAxis: true)
  }
}
