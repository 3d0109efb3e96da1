/// The numbers of one block that later steps read, a row a token; what can be had again from them for little is
/// not kept.
struct BlockActivations {
  /// The residual stream on entry.
  let input: MutableFloats
  /// The factors of the first normalisation.
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
  /// The factors of the second normalisation.
  let inverse2: MutableFloats
  /// Gates and ups of the feed-forward block.
  let gateUp: MutableFloats

  init(_ rows: Int, _ c: PolicyConfiguration, residual: MutableFloats?, _ arena: inout FloatArena) {
    input = residual ?? arena.take(rows, c.width)
    inverse = arena.take(rows)
    projected = arena.take(rows, c.projectionWidth)
    headInverse = arena.take(rows, c.heads + c.kvHeads)
    rotated = arena.take(rows, c.rotatedWidth)
    attended = arena.take(rows, c.queryWidth)
    peak = arena.take(rows, c.heads)
    inverseSum = arena.take(rows, c.heads)
    middle = residual ?? arena.take(rows, c.width)
    inverse2 = arena.take(rows)
    gateUp = arena.take(rows, 2 * c.ffnWidth)
  }

  /// The floats a row takes in one block.
  static func floatsPerRow(_ c: PolicyConfiguration) -> Int {
    2 * c.width + 2 + c.projectionWidth + 3 * (c.heads + c.kvHeads) + c.rotatedWidth + c.queryWidth
      + 2 * c.ffnWidth
  }
}
