extension Tape {
  /// The gradient of the single number `value` with respect to each of `variables`.
  ///
  /// Each has the shape of its variable; zeros where `value` does not depend on it. A variable must come from
  /// `watch` (or be computed from one). Operations that are constant almost everywhere (rounding,
  /// comparison, `argmax`) give zero; `min`, `max`, `clip` and `abs` give the subgradients their
  /// documentation names. The value is computed in the same pass if it is not there yet.
  public func gradient(of value: Tensor, with respect: [Tensor]) throws -> [Tensor] {
    guard value.count == 1 else {
      throw EngineError(
        .shape, "grad", "needs a single number to differentiate, got a tensor of shape \(value.shape)",
        hint: "reduce it first, for example with sum or mean")
    }
    let places = try respect.map { variable in
      guard let trace = variable.traces.first(where: { $0.tape === self }) else {
        throw EngineError(
          .argument, "grad", "cannot differentiate with respect to a value it does not follow")
      }
      return trace.node
    }
    guard let root = value.traces.first(where: { $0.tape === self })?.node else {
      return try respect.map { try Tensor.zeros($0.shape) }
    }
    let nodes = recorded
    guard root < nodes.count else {
      throw EngineError(.argument, "grad", "the record of this computation was closed")
    }
    var upstream = [Tensor?](repeating: nil, count: root + 1)
    upstream[root] = try Tensor.ones(value.shape)
    let wanted = Set(places)
    for index in stride(from: root, through: 0, by: -1) {
      guard let gradient = upstream[index] else { continue }
      if !wanted.contains(index) { upstream[index] = nil }
      let node = nodes[index]
      guard let pullback = node.pullback else { continue }
      if index & 63 == 0 { try Interrupt.check("grad") }
      for (input, parent) in node.parents.enumerated() where parent >= 0 {
        let share = try pullback(input, gradient, node.inputs, node.output)
        if let sum = upstream[parent] {
          upstream[parent] = try sum + share
        } else {
          upstream[parent] = share
        }
      }
    }
    let gradients = try zip(places, respect).map { place, variable in
      if place <= root, let gradient = upstream[place] { return gradient }
      return try Tensor.zeros(variable.shape)
    }
    try CommonPass.settle([value] + gradients, for: "grad")
    return gradients
  }

  /// The value of `function` at `point` and its gradient there.
  public static func valueAndGradient(
    at point: Tensor, of function: (Tensor) throws -> Tensor
  ) throws -> (value: Tensor, gradient: Tensor) {
    let tape = Tape()
    defer { tape.close() }
    let variable = tape.watch(point)
    let value = try function(variable)
    let gradient = try tape.gradient(of: value, with: [variable])[0]
    return (tape.constant(value), gradient)
  }

  /// The slope of an elementwise `function` at each element of `point`: the gradient of its sum.
  ///
  /// For a function that mixes elements this is the gradient of the sum, not a slope.
  public static func slope(
    at point: Tensor, of function: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    try valueAndGradient(at: point) { try function($0).sum() }.gradient
  }

  /// `tensor` without its trace on this tape; outer tapes still follow it.
  public func constant(_ tensor: Tensor) -> Tensor {
    tensor.with(traces: tensor.traces.filter { $0.tape !== self })
  }
}
