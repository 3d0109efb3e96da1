extension Tensor {
  /// The same elements in row-major order under other extents; one extent may be -1, to be worked out.
  public func reshaped(_ dims: [Int]) throws -> Tensor {
    var dims = dims
    if let open = dims.firstIndex(of: -1) {
      guard dims.filter({ $0 == -1 }).count == 1 else {
        throw EngineError(.argument, "reshape", "only one dimension can be -1")
      }
      dims[open] = 1
      let known = try Shape(dims, for: "reshape").count
      guard known > 0, count % known == 0 else {
        throw EngineError(
          .shape, "reshape", "\(count) elements of shape \(shape) do not divide into groups of \(known)")
      }
      dims[open] = count / known
    }
    return try reshaped(Shape(dims, for: "reshape"))
  }

  /// The same elements under `target`, which must have as many.
  func reshaped(_ target: Shape) throws -> Tensor {
    guard target.count == count else {
      throw EngineError(
        .shape, "reshape", "shape \(shape) has \(count) elements, but \(target) has \(target.count)")
    }
    if target == shape, target.rows?.trainableTokens == rows?.trainableTokens { return self }
    let y = relabelled(target)
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in try upstream.reshaped(inputs[0].shape) }
  }

  /// This tensor stretched to `target`.
  func broadcast(to target: Shape, for operation: String) throws -> Tensor {
    if shape == target { return self }
    let y = try stretched(to: target, for: operation)
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in try upstream.summed(to: inputs[0].shape) }
  }

  private func stretched(to target: Shape, for operation: String) throws -> Tensor {
    if target.count >= Deferred.leastCount, let reach = Broadcast.Reach(of: shape, in: target) {
      let operand = Deferred.Operand(tensor: detached, reach: reach)
      return try ElementwiseFunction.copy(for: operation).deferred([operand], target)
    }
    return try Tensor.build(target, for: operation) { out in
      try withElements { x in
        try Broadcast.forEachRun(shape, target, target, operation, .any) { run in
          let from = x + run.left
          let to = out + run.out
          if run.leftStep == 1 {
            to.update(from: from, count: run.count)
          } else {
            to.update(repeating: from[0], count: run.count)
          }
        }
      }
    }
  }

  /// The sum over everything in which `target` was stretched to give this shape.
  func summed(to target: Shape) throws -> Tensor {
    if shape == target { return self }
    if target.count == count, !target.isSpread(over: shape) { return try reshaped(target) }
    let y = try target.count == 1 ? sums(between: [0, count], target, for: "sum") : strideSums(to: target)
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      try upstream.broadcast(to: inputs[0].shape, for: "sum")
    }
  }

  /// The sums of consecutive stretches of the elements, which begin at `offsets` and end with the last of them.
  ///
  /// Each is summed in the order of `VectorMath.sum`. What a tape records may be computed later, together with its
  /// gradient; anything else at once, since it would keep a long tensor for a few numbers.
  func sums(between offsets: [Int], _ target: Shape, for operation: String) throws -> Tensor {
    if count >= Deferred.leastCount || pending != nil {
      let sums = try Deferred(Stretches(offsets), of: detached, for: operation)
      let y = Tensor(sums, shape: target)
      if !isTraced || sums.isLarge { try y.settle(for: operation) }
      return y
    }
    return try Tensor.build(target, for: operation) { out in
      withElements { x in
        for i in 0..<target.count { out[i] = VectorMath.sum(x + offsets[i], offsets[i + 1] - offsets[i]) }
      }
    }
  }

  private func strideSums(to target: Shape) throws -> Tensor {
    try Tensor.build(target, for: "sum") { out in
      out.initialize(repeating: 0, count: target.count)
      try withElements { x in
        try Broadcast.forEachRun(target, shape, shape, "sum", .inTurn) { run in
          let from = x + run.right
          let to = out + run.left
          if run.leftStep == 0 {
            to[0] += VectorMath.sum(from, run.count)
          } else {
            for i in 0..<run.count { to[i] += from[i] }
          }
        }
      }
    }
  }

  /// The elements at `indices` of the row-major order, as a tensor of `target`; indices are in range.
  func gathered(_ indices: [Int], _ target: Shape, for operation: String) throws -> Tensor {
    let y = try Tensor.build(target, for: operation) { out in
      withElements { x in
        for (place, index) in indices.enumerated() { out[place] = x[index] }
      }
    }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      try upstream.scattered(indices, inputs[0].shape, for: operation)
    }
  }

  /// Zeros of `target` to which each element is added at its index.
  private func scattered(_ indices: [Int], _ target: Shape, for operation: String) throws -> Tensor {
    let y = try Tensor.build(target, for: operation) { out in
      out.initialize(repeating: 0, count: target.count)
      withElements { x in
        for (place, index) in indices.enumerated() { out[index] += x[place] }
      }
    }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      try upstream.gathered(indices, inputs[0].shape, for: operation)
    }
  }

  /// The transpose of a matrix; a vector stays as it is.
  public func transposed() throws -> Tensor {
    guard shape.rank == 2 else {
      if shape.rank < 2 { return self }
      throw EngineError(.shape, "transpose", "needs a matrix, got shape \(shape)")
    }
    let rows = shape.dims[0]
    let columns = shape.dims[1]
    let y = try Tensor.build(Shape([columns, rows]), for: "transpose") { out in
      try withElements { x in
        for row in 0..<rows {
          for column in 0..<columns { out[column * rows + row] = x[row * columns + column] }
          if row & 1023 == 1023 { try Interrupt.check("transpose") }
        }
      }
    }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, _, _ in try upstream.transposed() }
  }

  /// The entries at `indices` of the first axis (sequences, of a packed tensor); negative ones count from
  /// the end.
  public func rows(at indices: [Int]) throws -> Tensor {
    guard shape.rank > 0 else {
      throw EngineError(.shape, "index", "a single number has no entries")
    }
    let extent = shape.tokenRows?.count ?? shape.dims[0]
    let places = try indices.map { index in
      let place = index < 0 ? index &+ extent : index
      guard place >= 0, place < extent else {
        throw EngineError(.argument, "index", "index \(index) is outside 0..<\(extent)")
      }
      return place
    }
    if let rows = shape.tokenRows {
      return try gathered(
        places.flatMap { rows.range($0) }, .tokens(rows.select(places)), for: "index")
    }
    let width = extent == 0 ? 0 : count / extent
    let target = try Shape([places.count] + shape.dims.dropFirst(), for: "index")
    return try gathered(
      places.flatMap { $0 * width..<($0 + 1) * width }, target, for: "index")
  }

  /// One entry of the first axis, without that axis; of a packed tensor, one sequence's tokens as a vector.
  public func row(at index: Int) throws -> Tensor {
    let picked = try rows(at: [index])
    if picked.shape.tokenRows != nil { return try picked.reshaped(.vector(picked.count)) }
    return try picked.reshaped(Shape(Array(shape.dims.dropFirst()), for: "index"))
  }

  /// Tensors joined along `axis`; packed ones are joined sequence after sequence.
  public static func concat(_ parts: [Tensor], axis: Int = 0) throws -> Tensor {
    guard let first = parts.first else {
      throw EngineError(.argument, "concat", "needs at least one tensor")
    }
    if first.shape.tokenRows != nil {
      let rows = try parts.map { part in
        guard let rows = part.shape.tokenRows else {
          throw EngineError(.shape, "concat", "shapes \(first.shape) and \(part.shape) do not fit together")
        }
        return rows
      }
      return try joinedInner(parts, .tokens(Rows.concat(rows)), outer: 1)
    }
    guard first.shape.rank > 0 else {
      throw EngineError(.shape, "concat", "single numbers have no axis", hint: "use stack")
    }
    let axis = try first.shape.axis(axis, for: "concat")
    var dims = first.shape.dims
    for part in parts.dropFirst() {
      var other = part.shape.dims
      guard other.count == dims.count, part.shape.tokenRows == nil else {
        throw EngineError(.shape, "concat", "shapes \(first.shape) and \(part.shape) do not fit together")
      }
      let extent = other[axis]
      other[axis] = dims[axis]
      guard other == dims else {
        throw EngineError(.shape, "concat", "shapes \(first.shape) and \(part.shape) do not fit together")
      }
      dims[axis] += extent
    }
    let outer = dims[..<axis].reduce(1, *)
    return try joinedInner(parts, Shape(dims, for: "concat"), outer: outer)
  }

  /// Tensors of one shape as the entries of a new first axis.
  public static func stack(_ parts: [Tensor]) throws -> Tensor {
    guard let first = parts.first else {
      throw EngineError(.argument, "stack", "needs at least one tensor")
    }
    for part in parts where part.shape.dims != first.shape.dims || part.shape.tokenRows != nil {
      throw EngineError(.shape, "stack", "shapes \(first.shape) and \(part.shape) differ")
    }
    return try joinedInner(parts, Shape([parts.count] + first.shape.dims, for: "stack"), outer: 1)
  }

  /// Interleaves the parts: for each of `outer` positions, each part's share one after the other.
  private static func joinedInner(_ parts: [Tensor], _ target: Shape, outer: Int) throws -> Tensor {
    let widths = parts.map { outer == 0 ? 0 : $0.count / outer }
    let total = widths.reduce(0, +)
    let y = try build(target, for: "concat") { out in
      var start = 0
      for (part, width) in zip(parts, widths) {
        part.withElements { x in
          for i in 0..<outer { (out + i * total + start).update(from: x + i * width, count: width) }
        }
        start += width
      }
    }
    guard parts.contains(where: \.isTraced) else { return y }
    return y.recorded(from: parts) { index, upstream, inputs, _ in
      let start = widths[..<index].reduce(0, +)
      let width = widths[index]
      let indices = (0..<outer).flatMap { i in i * total + start..<i * total + start + width }
      return try upstream.gathered(indices, inputs[index].shape, for: "concat")
    }
  }
}
