/// A stretch of keys and values of one head, of which a query sees the first `count`.
struct KeyValueRun {
  /// Blocks of 16 keys, each `[headWidth][16]`; lanes past the last key hold anything.
  let keys: Floats
  /// The values, rows `valueRow` floats apart.
  let values: Floats
  let valueRow: Int
  let count: Int

  var blocks: Int { (count + 15) >> 4 }

  /// Where key `index` begins in blocks of `width` numbers; its numbers are 16 floats apart.
  @inline(__always) static func place(_ index: Int, _ width: Int) -> Int {
    (index >> 4) * width * 16 + (index & 15)
  }
}

/// Causal attention of one query of one head over two runs of keys: a shared prompt and the query's own
/// sequence. o = sum_j softmax_j(q . k_j) v_j, where q already carries the factor 1/sqrt(headWidth).
///
/// The order of every sum is fixed by the two counts.
enum Attention {
  /// What the backward pass needs to form the probabilities again.
  struct Statistics {
    let peak: Float
    let inverseSum: Float
  }

  /// - Parameter scores: room for `prefix.blocks * 16 + own.blocks * 16` floats.
  static func forward(
    _ q: Floats, _ width: Int, _ prefix: KeyValueRun, _ own: KeyValueRun,
    scores: MutableFloats, into o: MutableFloats
  ) -> Statistics {
    let ownScores = scores + prefix.blocks * 16
    let length = (prefix.blocks + own.blocks) * 16
    let peaks = dots(q, width, prefix.keys, prefix.count, scores)
      .larger(dots(q, width, own.keys, own.count, ownScores))
    let peak = peaks.largest
    let top = Lanes(repeating: peak)
    var sums = Lanes.zero
    var i = 0
    while i < length {
      let e = exp16(scores.lanes(i) - top)
      scores.store(e, i)
      sums += e
      i += 16
    }
    let inverse = 1 / sums.total
    mix(width, Floats(scores), prefix, Floats(ownScores), own, inverse, into: o)
    return Statistics(peak: peak, inverseSum: inverse)
  }

  /// q . k for every key of a run, minus infinity past its end; the largest of each lane.
  @inline(__always)
  static func dots(_ q: Floats, _ width: Int, _ keys: Floats, _ count: Int, _ scores: MutableFloats) -> Lanes
  {
    var peaks = Lanes(repeating: -.infinity)
    var block = 0
    while block << 4 < count {
      let k = keys + block * width * 16
      var even = Lanes.zero
      var odd = Lanes.zero
      var d = 0
      while d < width {
        even = even.addingProduct(Lanes(repeating: q[d]), k.lanes(d * 16))
        odd = odd.addingProduct(Lanes(repeating: q[d + 1]), k.lanes(d * 16 + 16))
        d += 2
      }
      var s = even + odd
      let left = count - block << 4
      if left < 16 {
        s = s.replacing(
          with: Lanes(repeating: -.infinity),
          where: Lanes.ramp .>= SIMD16(repeating: Int32(truncatingIfNeeded: left)))
      }
      scores.store(s, block << 4)
      peaks = peaks.larger(s)
      block += 1
    }
    return peaks
  }

  /// The values weighted, even and odd keys in sums of their own.
  @inline(__always)
  private static func mix(
    _ width: Int, _ w0: Floats, _ r0: KeyValueRun, _ w1: Floats, _ r1: KeyValueRun, _ inverse: Float,
    into o: MutableFloats
  ) {
    var d = 0
    while d + 32 <= width {
      var even = Lanes.zero
      var odd = Lanes.zero
      var even2 = Lanes.zero
      var odd2 = Lanes.zero
      for run in 0..<2 {
        let w = run == 0 ? w0 : w1
        let r = run == 0 ? r0 : r1
        var v = r.values + d
        var j = 0
        while j + 2 <= r.count {
          let a = Lanes(repeating: w[j])
          let b = Lanes(repeating: w[j + 1])
          even = even.addingProduct(a, v.lanes(0))
          even2 = even2.addingProduct(a, v.lanes(16))
          odd = odd.addingProduct(b, v.lanes(r.valueRow))
          odd2 = odd2.addingProduct(b, v.lanes(r.valueRow + 16))
          v += 2 * r.valueRow
          j += 2
        }
        if j < r.count {
          even = even.addingProduct(Lanes(repeating: w[j]), v.lanes(0))
          even2 = even2.addingProduct(Lanes(repeating: w[j]), v.lanes(16))
        }
      }
      o.store((even + odd) * Lanes(repeating: inverse), d)
      o.store((even2 + odd2) * Lanes(repeating: inverse), d + 16)
      d += 32
    }
    while d + 8 <= width {
      var even = SIMD8<Float>.zero
      var odd = SIMD8<Float>.zero
      for run in 0..<2 {
        let w = run == 0 ? w0 : w1
        let r = run == 0 ? r0 : r1
        var v = r.values + d
        var j = 0
        while j + 2 <= r.count {
          even = even.addingProduct(SIMD8(repeating: w[j]), v.eight(0))
          odd = odd.addingProduct(SIMD8(repeating: w[j + 1]), v.eight(r.valueRow))
          v += 2 * r.valueRow
          j += 2
        }
        if j < r.count { even = even.addingProduct(SIMD8(repeating: w[j]), v.eight(0)) }
      }
      o.store((even + odd) * SIMD8(repeating: inverse), d)
      d += 8
    }
    while d < width {
      var sum: Float = 0
      for run in 0..<2 {
        let w = run == 0 ? w0 : w1
        let r = run == 0 ? r0 : r1
        for j in 0..<r.count { sum = fma(w[j], r.values[j * r.valueRow + d], sum) }
      }
      o[d] = sum * inverse
      d += 1
    }
  }
}
