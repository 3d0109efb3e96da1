/// A run of keys and values with what its gradient needs.
struct KeyValueGradientRun {
  /// Panels of 16 keys and of 16 values, each `[headWidth][16]`.
  let keyPanels: Floats
  let valuePanels: Floats
  /// The keys again, row by row.
  let keys: Floats
  let keyRow: Int
  /// Where the gradients of keys and values are added, rows `gradientRow` floats apart.
  let dKeys: MutableFloats
  let dValues: MutableFloats
  let gradientRow: Int
  let count: Int

  var padded: Int { KeyValueRun.panels(count) * KeyValueRun.panel }
}

/// Consecutive queries of one head, with what the gradient of their attention reads and writes.
struct QueryGradientRows {
  /// The queries, rows `qRow` floats apart.
  let q: Floats
  let qRow: Int
  /// Their outputs and the gradients there, rows `oRow` floats apart.
  let o: Floats
  let dO: Floats
  let oRow: Int
  /// The largest score and the inverse sum of each, `statisticsRow` floats apart.
  let maximum: Floats
  let inverseSum: Floats
  let statisticsRow: Int
  /// The gradients of the queries, rows `dqRow` floats apart.
  let dq: MutableFloats
  let dqRow: Int
  let count: Int
}

extension Attention {
  /// Queries whose gradients are formed together.
  static let gradientRows = 32

  /// The floats that `backward` needs where prefix and own run have `longest` keys, padded.
  static func gradientScratch(_ longest: Int) -> Int { 2 * gradientRows * longest }

  /// The gradient of `forward` for at most `gradientRows` consecutive queries of one sequence.
  ///
  /// With p_j the probabilities, D = dO . o and dS_j = p_j (dO . v_j - D): dq = sum_j dS_j k_j,
  /// dk_j += dS_j q, dv_j += p_j dO. The last query sees all of `own`, each one before it a key less.
  static func backward(
    _ rows: QueryGradientRows, _ width: Int, prefix: KeyValueGradientRun, own: KeyValueGradientRun,
    scratch: MutableFloats
  ) {
    let split = prefix.padded
    let row = split + own.padded
    let p = scratch
    let dS = scratch + rows.count * row
    var first = 0
    while first < rows.count {
      let count = min(tile, rows.count - first)
      let q = rows.q + first * rows.qRow
      let dO = rows.dO + first * rows.oRow
      let (tileP, tileS) = (p + first * row, dS + first * row)
      let seen = own.count - rows.count + first + count
      let ownPadded = KeyValueRun.panels(seen) * KeyValueRun.panel
      products(count, q, rows.qRow, width, prefix.keyPanels, split, into: tileP, row)
      products(count, q, rows.qRow, width, own.keyPanels, ownPadded, into: tileP + split, row)
      products(count, dO, rows.oRow, width, prefix.valuePanels, split, into: tileS, row)
      products(count, dO, rows.oRow, width, own.valuePanels, ownPadded, into: tileS + split, row)
      for i in first..<first + count {
        let (rowP, rowS) = (p + i * row, dS + i * row)
        let delta = dot(rows.o + i * rows.oRow, rows.dO + i * rows.oRow, width)
        probabilities(rows, i, delta, 0..<prefix.count, split, rowP, rowS)
        probabilities(
          rows, i, delta, split..<split + own.count - rows.count + i + 1, row, rowP, rowS)
      }
      let dq = rows.dq + first * rows.dqRow
      StridedProduct.compute(
        count, width, prefix.count, Floats(tileS), row, 1, prefix.keys, prefix.keyRow, nil, dq, rows.dqRow)
      StridedProduct.compute(
        count, width, seen, Floats(tileS + split), row, 1, own.keys, own.keyRow, Floats(dq), dq, rows.dqRow)
      first += count
    }
    spread(rows, width, prefix, Floats(p), Floats(dS), row)
    spread(rows, width, own, Floats(p + split), Floats(dS + split), row)
  }

  /// p and dS of query `i` for the scores of `seen`, and zero from there to `end`.
  @inline(__always)
  private static func probabilities(
    _ rows: QueryGradientRows, _ i: Int, _ delta: Float, _ seen: Range<Int>, _ end: Int,
    _ p: MutableFloats, _ dS: MutableFloats
  ) {
    let top = Lanes(repeating: rows.maximum[i * rows.statisticsRow])
    let inverse = Lanes(repeating: rows.inverseSum[i * rows.statisticsRow])
    let deltas = Lanes(repeating: delta)
    var j = seen.lowerBound
    while j < seen.upperBound {
      let probability = exp16(p.lanes(j) - top) * inverse
      p.store(probability, j)
      dS.store(probability * (dS.lanes(j) - deltas), j)
      j += 16
    }
    (p + seen.upperBound).update(repeating: 0, count: end - seen.upperBound)
    (dS + seen.upperBound).update(repeating: 0, count: end - seen.upperBound)
  }

  /// The inner product of x and y: 16 partial sums, then the rest in order.
  @inline(__always)
  private static func dot(_ x: Floats, _ y: Floats, _ width: Int) -> Float {
    var sums = Lanes.zero
    var d = 0
    while d + 16 <= width {
      sums = sums.addingProduct(x.lanes(d), y.lanes(d))
      d += 16
    }
    var sum = sums.total
    while d < width {
      sum = fma(x[d], y[d], sum)
      d += 1
    }
    return sum
  }

  /// What the queries add to the gradients of a run's keys and values.
  private static func spread(
    _ rows: QueryGradientRows, _ width: Int, _ run: KeyValueGradientRun, _ p: Floats, _ dS: Floats, _ row: Int
  ) {
    StridedProduct.compute(
      run.count, width, rows.count, dS, 1, row, rows.q, rows.qRow, Floats(run.dKeys), run.dKeys,
      run.gradientRow)
    StridedProduct.compute(
      run.count, width, rows.count, p, 1, row, rows.dO, rows.oRow, Floats(run.dValues), run.dValues,
      run.gradientRow)
  }
}
