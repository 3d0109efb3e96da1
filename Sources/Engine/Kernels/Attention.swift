/// A stretch of keys and values of one head, of which a query sees the first `count`.
struct KeyValueRun {
  /// Panels of 16 keys, each `[headWidth][16]`; lanes past the last key hold anything.
  let keys: Floats
  /// The values, rows `valueRow` floats apart.
  let values: Floats
  let valueRow: Int
  let count: Int

  /// Keys of a panel.
  static let panel = 16

  /// `count` in whole panels.
  var padded: Int { KeyValueRun.panels(count) * KeyValueRun.panel }

  /// The panels that `count` keys take.
  @inline(__always) static func panels(_ count: Int) -> Int { (count + panel - 1) / panel }

  /// Where key `index` begins in panels of `width` numbers; its numbers are `panel` floats apart.
  @inline(__always) static func place(_ index: Int, _ width: Int) -> Int {
    index / panel * width * panel + index % panel
  }

  /// Writes the `width` numbers of a key, or of a value, as number `index` into panels.
  @inline(__always)
  static func store(_ key: Floats, _ width: Int, at index: Int, into panels: MutableFloats) {
    let to = panels + place(index, width)
    for d in 0..<width { to[d &* panel] = key[d] }
  }
}

/// Causal attention of a few queries of one head over two runs of keys: a prompt that they share, and each
/// query's own sequence.
///
/// o = sum_j softmax_j(q . k_j) v_j, where q already carries the factor 1/sqrt(headWidth).
///
/// Every score and every output is a chain of multiply-adds in the order of keys, so a query's bits are the
/// same alone and beside others.
enum Attention {
  /// Queries multiplied together.
  static let tile = 8

  /// The scores of one tile: for `tile` queries, `padded` of prefix and own run together.
  static func scratch(_ longest: Int) -> Int { tile * longest }

  /// The attention of `count` queries, at most `tile`.
  ///
  /// - Parameters:
  ///   - q: the queries, rows `qRow` floats apart, `width` numbers each.
  ///   - own: the run of each query. Where the first and the last begin at the same keys, all are beginnings of
  ///     the last, and are multiplied together.
  ///   - scores: room for `scratch(prefix.padded + own.padded)` floats, for the longest `own`.
  ///   - o: the outputs, rows `oRow` floats apart.
  ///   - maximum: gets each query's largest score, `inverseSum` one over the sum of its exponentials, both
  ///     `statisticsRow` floats apart; the backward pass forms the probabilities again from them.
  static func forward(
    _ count: Int, _ q: Floats, _ qRow: Int, _ width: Int, prefix: KeyValueRun, own: (Int) -> KeyValueRun,
    scores: MutableFloats, into o: MutableFloats, _ oRow: Int,
    maximum: MutableFloats, inverseSum: MutableFloats, _ statisticsRow: Int
  ) {
    let last = own(count - 1)
    let isShared = own(0).keys == last.keys
    var longest = last.padded
    if !isShared { for i in 0..<count { longest = max(longest, own(i).padded) } }
    let split = prefix.padded
    let row = split + longest
    products(count, q, qRow, width, prefix.keys, prefix.padded, into: scores, row)
    if isShared { products(count, q, qRow, width, last.keys, last.padded, into: scores + split, row) }
    for i in 0..<count {
      let run = own(i)
      let p = scores + i * row
      if !isShared { products(1, q + i * qRow, qRow, width, run.keys, run.padded, into: p + split, row) }
      let seen = split + (isShared ? last.padded : run.padded)
      for j in prefix.count..<split { p[j] = -.infinity }
      for j in split + run.count..<seen { p[j] = -.infinity }
      (maximum[i * statisticsRow], inverseSum[i * statisticsRow]) = exponentials(p, seen)
    }
    let begins = prefix.count > 0
    if begins {
      StridedProduct.compute(
        count, width, prefix.count, Floats(scores), row, 1, prefix.values, prefix.valueRow, nil, o, oRow)
    }
    if isShared {
      StridedProduct.compute(
        count, width, last.count, Floats(scores + split), row, 1, last.values, last.valueRow,
        begins ? Floats(o) : nil, o, oRow)
    }
    for i in 0..<count {
      let to = o + i * oRow
      if !isShared {
        let run = own(i)
        StridedProduct.compute(
          1, width, run.count, Floats(scores + i * row + split), row, 1, run.values, run.valueRow,
          begins ? Floats(to) : nil, to, oRow)
      }
      let inverse = inverseSum[i * statisticsRow]
      for d in 0..<width { to[d] *= inverse }
    }
  }

  /// The products q k of `rows` queries with the keys of `padded / 16` panels.
  @inline(__always)
  static func products(
    _ rows: Int, _ q: Floats, _ qRow: Int, _ width: Int, _ panels: Floats, _ padded: Int,
    into scores: MutableFloats, _ row: Int
  ) {
    var j = 0
    while j < padded {
      StridedProduct.compute(
        rows, KeyValueRun.panel, width, q, qRow, 1, panels + j * width, KeyValueRun.panel, nil, scores + j,
        row)
      j += KeyValueRun.panel
    }
  }

  /// Turns `length` scores into exponentials under their maximum; the maximum, and one over the sum.
  private static func exponentials(_ p: MutableFloats, _ length: Int) -> (maximum: Float, inverse: Float) {
    var maxima = Lanes(repeating: -.infinity)
    var j = 0
    while j < length {
      maxima = maxima.larger(p.lanes(j))
      j += 16
    }
    let maximum = maxima.largest
    let top = Lanes(repeating: maximum)
    var sums = Lanes.zero
    j = 0
    while j < length {
      let e = exp16(p.lanes(j) - top)
      p.store(e, j)
      sums += e
      j += 16
    }
    return (maximum, 1 / sums.total)
  }
}
