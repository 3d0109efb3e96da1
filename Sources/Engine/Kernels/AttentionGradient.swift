/// A run of keys and values with what its gradient needs.
struct KeyValueGradientRun {
  /// Blocks of 16 keys and of 16 values, each `[headWidth][16]`.
  let keyBlocks: Floats
  let valueBlocks: Floats
  /// The keys again, row by row.
  let keys: Floats
  let keyRow: Int
  /// Where the gradients of keys and values are added, rows `gradientRow` floats apart.
  let dKeys: MutableFloats
  let dValues: MutableFloats
  let gradientRow: Int
  let count: Int

  var padded: Int { (count + 15) & ~15 }
}

extension Attention {
  /// The gradient of `forward` for one query of one head.
  ///
  /// With p_j the probabilities, D = dO . o and dS_j = p_j (dO . v_j - D): dq = sum_j dS_j k_j,
  /// dk_j += dS_j q, dv_j += p_j dO. The probabilities are formed again from `statistics`.
  /// - Parameter scratch: room for twice `prefix.padded + own.padded` floats.
  static func backward(
    _ q: Floats, _ o: Floats, _ dO: Floats, _ width: Int, _ statistics: Statistics,
    _ prefix: KeyValueGradientRun, _ own: KeyValueGradientRun, scratch: MutableFloats, into dq: MutableFloats
  ) {
    let length = prefix.padded + own.padded
    let p = scratch
    let ds = scratch + length
    var delta: Float = 0
    for d in 0..<width { delta = fma(dO[d], o[d], delta) }
    probabilities(q, dO, width, statistics, delta, prefix, p, ds)
    probabilities(q, dO, width, statistics, delta, own, p + prefix.padded, ds + prefix.padded)
    var d = 0
    while d + 16 <= width {
      let qs = q.lanes(d)
      let os = dO.lanes(d)
      var sum = Lanes.zero
      sum = spread(d, qs, os, Floats(p), Floats(ds), prefix, sum)
      sum = spread(d, qs, os, Floats(p + prefix.padded), Floats(ds + prefix.padded), own, sum)
      dq.store(sum, d)
      d += 16
    }
    while d < width {
      var sum: Float = 0
      for run in 0..<2 {
        let r = run == 0 ? prefix : own
        let at = run == 0 ? 0 : prefix.padded
        for j in 0..<r.count {
          sum = fma(ds[at + j], r.keys[j * r.keyRow + d], sum)
          r.dKeys[j * r.gradientRow + d] = fma(ds[at + j], q[d], r.dKeys[j * r.gradientRow + d])
          r.dValues[j * r.gradientRow + d] = fma(p[at + j], dO[d], r.dValues[j * r.gradientRow + d])
        }
      }
      dq[d] = sum
      d += 1
    }
  }

  @inline(__always)
  private static func probabilities(
    _ q: Floats, _ dO: Floats, _ width: Int, _ statistics: Statistics, _ delta: Float,
    _ run: KeyValueGradientRun, _ p: MutableFloats, _ ds: MutableFloats
  ) {
    let top = Lanes(repeating: statistics.peak)
    let inverse = Lanes(repeating: statistics.inverseSum)
    let deltas = Lanes(repeating: delta)
    var block = 0
    while block << 4 < run.count {
      let k = run.keyBlocks + block * width * 16
      let v = run.valueBlocks + block * width * 16
      var s = Lanes.zero
      var dp = Lanes.zero
      for d in 0..<width {
        s = s.addingProduct(Lanes(repeating: q[d]), k.lanes(d * 16))
        dp = dp.addingProduct(Lanes(repeating: dO[d]), v.lanes(d * 16))
      }
      let probability = exp16(s - top) * inverse
      p.store(probability, block << 4)
      ds.store(probability * (dp - deltas), block << 4)
      block += 1
    }
  }

  @inline(__always)
  private static func spread(
    _ d: Int, _ q: Lanes, _ dO: Lanes, _ p: Floats, _ ds: Floats, _ run: KeyValueGradientRun, _ before: Lanes
  ) -> Lanes {
    var sum = before
    var k = run.keys + d
    var dk = run.dKeys + d
    var dv = run.dValues + d
    for j in 0..<run.count {
      let g = Lanes(repeating: ds[j])
      sum = sum.addingProduct(g, k.lanes(0))
      dk.store(dk.lanes(0).addingProduct(g, q), 0)
      dv.store(dv.lanes(0).addingProduct(Lanes(repeating: p[j]), dO), 0)
      k += run.keyRow
      dk += run.gradientRow
      dv += run.gradientRow
    }
    return sum
  }
}
