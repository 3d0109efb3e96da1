/// The numbers of one block that later steps read, a row a token.
struct BlockActivations {
  /// The residual stream on entry.
  let input: MutableFloats
  /// After the first normalisation, and its factors.
  let normed: MutableFloats
  let inverse: MutableFloats
  /// Queries, keys and values as projected.
  let projected: MutableFloats
  /// The factors of the normalisation of each query and key head.
  let headInverse: MutableFloats
  /// Queries (times 1/sqrt(headWidth)) and keys, normalised and turned.
  let rotated: MutableFloats
  /// The mix of values, and the softmax's peak and inverse sum a head.
  let attended: MutableFloats
  let peak: MutableFloats
  let inverseSum: MutableFloats
  /// The residual stream after attention.
  let middle: MutableFloats
  /// After the second normalisation, and its factors.
  let normed2: MutableFloats
  let inverse2: MutableFloats
  let feedForward: FeedForwardActivations

  init(_ rows: Int, _ c: PolicyConfiguration, residual: MutableFloats?, _ arena: inout FloatArena) {
    input = residual ?? arena.take(rows, c.width)
    normed = arena.take(rows, c.width)
    inverse = arena.take(rows)
    projected = arena.take(rows, c.projectionWidth)
    headInverse = arena.take(rows, c.heads + c.kvHeads)
    rotated = arena.take(rows, c.rotatedWidth)
    attended = arena.take(rows, c.queryWidth)
    peak = arena.take(rows, c.heads)
    inverseSum = arena.take(rows, c.heads)
    middle = residual ?? arena.take(rows, c.width)
    normed2 = arena.take(rows, c.width)
    inverse2 = arena.take(rows)
    feedForward = FeedForwardActivations(rows, c, &arena)
  }

  /// The floats a row takes in one block.
  static func floatsPerRow(_ c: PolicyConfiguration) -> Int {
    4 * c.width + 2 + c.projectionWidth + 3 * (c.heads + c.kvHeads) + c.rotatedWidth + c.queryWidth
      + 3 * c.ffnWidth
  }
}

/// The numbers of one feed-forward block.
struct FeedForwardActivations {
  let gateUp: MutableFloats
  let activated: MutableFloats

  init(_ rows: Int, _ c: PolicyConfiguration, _ arena: inout FloatArena) {
    gateUp = arena.take(rows, 2 * c.ffnWidth)
    activated = arena.take(rows, c.ffnWidth)
  }
}
