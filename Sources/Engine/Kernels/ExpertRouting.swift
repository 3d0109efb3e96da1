/// The arithmetic of a router.
///
///     p = softmax(u) over all experts
///     I = the k experts with the largest u, of equals the one with the lower number
///     w_e = p_e / sum_I p, or p_e where weights are not normalised
enum ExpertRouting {
  /// Turns a row of logits, padded with minus infinity, into shares p.
  static func softmax(_ logits: MutableFloats, _ padded: Int) {
    let softmax = Softmax(logits, padded, 1, exponentials: logits)
    let inverse = Lanes(repeating: 1 / softmax.sum)
    for i in stride(from: 0, to: padded, by: 16) { logits.store(logits.lanes(i) * inverse, i) }
  }

  /// Writes the numbers of the `active` largest of `count` scores, ascending.
  ///
  /// Scores that are not numbers give some set all the same.
  static func choose(_ scores: Floats, _ count: Int, _ active: Int, into chosen: MutableFloats) {
    // The best so far, the best first.
    withUnsafeTemporaryAllocation(of: Int.self, capacity: active) { best in
      var held = 0
      for expert in 0..<count {
        let score = scores[expert]
        if held == active, !(score > scores[best[held - 1]]) { continue }
        var place = min(held, active - 1)
        while place > 0, score > scores[best[place - 1]] {
          best[place] = best[place - 1]
          place -= 1
        }
        best[place] = expert
        held = min(held + 1, active)
      }
      let ascending = best.sorted()
      for slot in 0..<active { chosen[slot] = Float(ascending[slot]) }
    }
  }

  /// The weights of the experts `used`.
  static func weigh(
    _ shares: Floats, _ used: Floats, _ active: Int, normalized: Bool, into weights: MutableFloats
  ) {
    var sum: Float = 0
    for slot in 0..<active {
      weights[slot] = shares[Int(used[slot])]
      sum += weights[slot]
    }
    guard normalized else { return }
    for slot in 0..<active { weights[slot] /= sum }
  }

  /// The gradient at the logits of a row, from that at the weights of the experts `used` and, where there are any, at
  /// all shares.
  ///
  ///     normalised       du_e = w_e (g_e - sum_I w g)  for e in I
  ///     not normalised   du_e = p_e ([e in I] g_e - sum_I p g)
  ///     of the shares    du_e += p_e (s_e - sum p s)
  static func backward(
    _ dWeights: Floats, _ weights: Floats, _ used: Floats, _ active: Int, normalized: Bool, _ shares: Floats,
    _ count: Int, slopes: Floats?, times: Float, into dLogits: MutableFloats
  ) {
    var total: Float = 0
    for slot in 0..<active { total = fma(weights[slot], dWeights[slot], total) }
    for expert in 0..<count { dLogits[expert] = normalized ? 0 : -shares[expert] * total }
    for slot in 0..<active {
      let slope = dWeights[slot] - (normalized ? total : 0)
      dLogits[Int(used[slot])] += weights[slot] * slope
    }
    guard let slopes else { return }
    var mean: Float = 0
    for expert in 0..<count { mean = fma(shares[expert], slopes[expert], mean) }
    for expert in 0..<count {
      dLogits[expert] = fma(shares[expert] * times, slopes[expert] - mean, dLogits[expert])
    }
  }

  /// The gradient through an expert's hidden layer whose output is multiplied with `weight`; gives that at the weight.
  ///
  /// `dActivated` is the gradient at the hidden layer before it is multiplied. `product` becomes the hidden layer times
  /// the weight.
  static func hiddenBackward(
    _ dActivated: Floats, _ gateUp: Floats, _ width: Int, weight: Float, into dGateUp: MutableFloats,
    product: MutableFloats
  ) -> Float {
    GatedUnit.backward(dActivated, gateUp, width, into: dGateUp, product: product)
    var dots = Lanes.zero
    let times = Lanes(repeating: weight)
    var i = 0
    while i + 16 <= width {
      let a = product.lanes(i)
      dots = dots.addingProduct(a, dActivated.lanes(i))
      product.store(a * times, i)
      i += 16
    }
    var dot = dots.total
    while i < width {
      dot = fma(product[i], dActivated[i], dot)
      product[i] *= weight
      i += 1
    }
    scale(dGateUp, 2 * width, weight)
    return dot
  }

  private static func scale(_ x: MutableFloats, _ count: Int, _ factor: Float) {
    let times = Lanes(repeating: factor)
    var i = 0
    while i + 16 <= count {
      x.store(x.lanes(i) * times, i)
      i += 16
    }
    while i < count {
      x[i] *= factor
      i += 1
    }
  }

  /// `y += weight x` for `count` numbers.
  static func add(_ x: Floats, _ count: Int, times weight: Float, to y: MutableFloats) {
    let times = Lanes(repeating: weight)
    var i = 0
    while i + 16 <= count {
      y.store(y.lanes(i).addingProduct(times, x.lanes(i)), i)
      i += 16
    }
    while i < count {
      y[i] = fma(weight, x[i], y[i])
      i += 1
    }
  }
}
