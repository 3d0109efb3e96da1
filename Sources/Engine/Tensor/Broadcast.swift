/// How two shapes combine element by element.
///
/// NumPy's rule for ordinary arrays: axes are matched from the last, and an extent of 1 stretches. A packed
/// `[B, T?]` combines with another of the same rows, and with one value per sequence, which is spread over
/// that sequence's tokens.
enum Broadcast {
  /// The shape of the combination; throws an error that names both.
  static func shape(_ left: Shape, _ right: Shape, for operation: String) throws(EngineError) -> Shape {
    if left.dims.isEmpty { return right }
    if right.dims.isEmpty { return left }
    switch (left.packing, right.packing) {
    case (.none, .none): return try plain(left, right, operation)
    case (.tokens(let a), .tokens(let b)):
      if a === b { return left }
      if a == b { return .tokens(try a.intersection(b)) }
      throw EngineError(.shape, operation, difference(a, b))
    case (.tokens(let rows), .sequences), (.tokens(let rows), .none):
      if fits(right, rows) { return left }
    case (.sequences, .tokens(let rows)), (.none, .tokens(let rows)):
      if fits(left, rows) { return right }
    case (.sequences(let a), .sequences(let b)):
      if a === b { return left }
      if a == b { return .sequences(try a.intersection(b)) }
      return try plain(left.plain, right.plain, operation)
    case (.sequences, .none):
      let shape = try plain(left.plain, right, operation)
      return shape.dims == left.dims ? left : shape
    case (.none, .sequences):
      let shape = try plain(left, right.plain, operation)
      return shape.dims == right.dims ? right : shape
    }
    throw mismatch(left, right, operation)
  }

  /// Whether values of `shape` can be spread over the tokens of `rows`.
  private static func fits(_ shape: Shape, _ rows: Rows) -> Bool {
    if case .sequences(let other) = shape.packing { return other == rows }
    return shape.rank == 1 && (shape.count == rows.count || shape.count == 1)
  }

  private static func plain(
    _ left: Shape, _ right: Shape, _ operation: String
  ) throws(EngineError) -> Shape {
    if left.dims == right.dims { return left }
    let rank = max(left.rank, right.rank)
    var dims = [Int](repeating: 1, count: rank)
    for axis in 1...rank {
      let a = axis <= left.rank ? left.dims[left.rank - axis] : 1
      let b = axis <= right.rank ? right.dims[right.rank - axis] : 1
      guard a == b || a == 1 || b == 1 else { throw mismatch(left, right, operation) }
      dims[rank - axis] = a == 1 ? b : a
    }
    return try Shape(dims, for: operation)
  }

  private static func mismatch(_ left: Shape, _ right: Shape, _ operation: String) -> EngineError {
    EngineError(.shape, operation, "shapes \(left) and \(right) do not fit together")
  }

  private static func difference(_ a: Rows, _ b: Rows) -> String {
    if a.count != b.count { return "\(a.count) sequences do not fit \(b.count) sequences" }
    for row in 0..<a.count where a.lengths[row] != b.lengths[row] {
      return "row \(row) has \(a.lengths[row]) tokens on the left and \(b.lengths[row]) on the right"
    }
    return "the rows differ"
  }

  /// A stretch of the combination in which each operand either advances by one or stands still.
  struct Run {
    var left: Int
    var leftStep: Int
    var right: Int
    var rightStep: Int
    var out: Int
    var count: Int
  }

  /// Whether runs must follow each other, because they share sums, or may be spread over threads.
  enum Order {
    case inTurn
    case any
  }

  private static func pieces(
    _ count: Int, by size: Int, _ order: Order, _ operation: String, _ body: (Range<Int>) -> Void
  ) throws(EngineError) {
    if case .any = order { return try Parallel.rows(count, by: size, operation, body) }
    for start in stride(from: 0, to: count, by: size) {
      try Interrupt.check(operation)
      body(start..<min(count, start + size))
    }
  }

  /// Visits the combination of `left` and `right`, whose shape is `result`, run by run.
  static func forEachRun(
    _ left: Shape, _ right: Shape, _ result: Shape, _ operation: String, _ order: Order, _ body: (Run) -> Void
  ) throws {
    let size = result.count
    if size == 0 { return }
    // A long run is cut into pieces, so that a request to stop is seen between them.
    func long(_ run: Run) throws {
      try pieces(run.count, by: order == .any ? 1 << 14 : 1 << 18, order, operation) { part in
        var piece = run
        piece.count = part.count
        piece.left += part.lowerBound * run.leftStep
        piece.right += part.lowerBound * run.rightStep
        piece.out += part.lowerBound
        body(piece)
      }
    }
    if left.count == size, right.count == size, !left.isSpread(over: result), !right.isSpread(over: result) {
      return try long(Run(left: 0, leftStep: 1, right: 0, rightStep: 1, out: 0, count: size))
    }
    if left.count == 1 {
      return try long(Run(left: 0, leftStep: 0, right: 0, rightStep: 1, out: 0, count: size))
    }
    if right.count == 1 {
      return try long(Run(left: 0, leftStep: 1, right: 0, rightStep: 0, out: 0, count: size))
    }
    if let rows = result.tokenRows {
      let leftSpread = left.tokenRows == nil
      let rightSpread = right.tokenRows == nil
      let perPiece = max(1, (1 << 14) * rows.count / size)
      try pieces(rows.count, by: perPiece, order, operation) { part in
        for row in part where rows.lengths[row] > 0 {
          let start = rows.offsets[row]
          body(
            Run(
              left: leftSpread ? row : start, leftStep: leftSpread ? 0 : 1,
              right: rightSpread ? row : start, rightStep: rightSpread ? 0 : 1,
              out: start, count: rows.lengths[row]))
        }
      }
      return
    }
    try strided(left, right, result, operation, body)
  }

  private static func strided(
    _ left: Shape, _ right: Shape, _ result: Shape, _ operation: String, _ body: (Run) -> Void
  ) throws {
    let dims = result.dims
    let last = dims.count - 1
    let leftSteps = steps(left, in: dims)
    let rightSteps = steps(right, in: dims)
    var index = [Int](repeating: 0, count: dims.count)
    var run = Run(
      left: 0, leftStep: leftSteps[last], right: 0, rightStep: rightSteps[last], out: 0, count: dims[last])
    var sincePoll = 0
    while true {
      body(run)
      run.out += run.count
      sincePoll += run.count + 8
      if sincePoll > 1 << 18 {
        sincePoll = 0
        try Interrupt.check(operation)
      }
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        run.left += leftSteps[axis]
        run.right += rightSteps[axis]
        if index[axis] < dims[axis] { break }
        run.left -= leftSteps[axis] * dims[axis]
        run.right -= rightSteps[axis] * dims[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// How far an operand moves along each axis of the result; 0 where it is stretched.
  private static func steps(_ shape: Shape, in dims: [Int]) -> [Int] {
    var steps = [Int](repeating: 0, count: dims.count)
    var step = 1
    for (back, extent) in shape.dims.reversed().enumerated() {
      if extent > 1 { steps[dims.count - 1 - back] = step }
      step *= max(extent, 1)
    }
    return steps
  }
}
