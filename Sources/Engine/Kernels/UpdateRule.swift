/// One optimiser step on a stretch of weights: reads the old numbers, writes the new.
struct UpdateRule {
  private let method: OptimizerConfiguration.Method
  private let rate: Float
  private let decay: Float
  private let gradientFactor: Float
  private let before: MutableFloats?
  private let after: MutableFloats?
  private let stateStride: Int
  private let firstCorrection: Float
  private let secondCorrection: Float

  /// - Parameters:
  ///   - updates: the updates made before this one.
  ///   - gradientFactor: what the gradient is multiplied with to be descended.
  ///   - before: the state so far, zero where nil; `after` takes the new one.
  init(
    _ optimizer: OptimizerConfiguration, updates: Int, rate: Double, gradientFactor: Double,
    before: MutableFloats?, after: MutableFloats?, stateStride: Int
  ) {
    method = optimizer.method
    self.rate = Float(rate)
    decay = Float(1 - rate * optimizer.weightDecay)
    self.gradientFactor = Float(gradientFactor)
    self.before = before
    self.after = after
    self.stateStride = stateStride
    switch optimizer.method {
    case .adamW(let beta1, let beta2, _):
      firstCorrection = Float(rate / (1 - pow(beta1, Double(updates + 1))))
      secondCorrection = Float(1 / (1 - pow(beta2, Double(updates + 1))).squareRoot())
    case .sgd:
      firstCorrection = 1
      secondCorrection = 1
    }
  }

  func apply(
    _ range: Range<Int>, _ weights: Floats, _ gradient: Floats, into next: MutableFloats, decays: Bool
  ) {
    let keep = decays ? decay : 1
    switch method {
    case .adamW(let beta1, let beta2, let epsilon):
      adam(range, weights, gradient, next, keep, Float(beta1), Float(beta2), Float(epsilon))
    case .sgd(let momentum):
      momentumStep(range, weights, gradient, next, keep, Float(momentum))
    }
  }

  /// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
  /// w = keep w - rate/(1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
  private func adam(
    _ range: Range<Int>, _ weights: Floats, _ gradient: Floats, _ next: MutableFloats, _ keep: Float,
    _ beta1: Float, _ beta2: Float, _ epsilon: Float
  ) {
    guard let after else { return }
    let first = after
    let second = after + stateStride
    let oldFirst = before.map { Floats($0) }
    let oldSecond = before.map { Floats($0) + stateStride }
    var i = range.lowerBound
    while i + 16 <= range.upperBound {
      let g = gradient.lanes(i) * Lanes(repeating: gradientFactor)
      let m = (g * Lanes(repeating: 1 - beta1))
        .addingProduct(oldFirst.map { $0.lanes(i) } ?? Lanes.zero, Lanes(repeating: beta1))
      let v = (g * g * Lanes(repeating: 1 - beta2))
        .addingProduct(oldSecond.map { $0.lanes(i) } ?? Lanes.zero, Lanes(repeating: beta2))
      first.store(m, i)
      second.store(v, i)
      let root = Lanes(repeating: epsilon).addingProduct(v.squareRoot(), Lanes(repeating: secondCorrection))
      next.store(weights.lanes(i) * Lanes(repeating: keep) - Lanes(repeating: firstCorrection) * m / root, i)
      i += 16
    }
    while i < range.upperBound {
      let g = gradient[i] * gradientFactor
      let m = fma(oldFirst.map { $0[i] } ?? 0, beta1, g * (1 - beta1))
      let v = fma(oldSecond.map { $0[i] } ?? 0, beta2, g * g * (1 - beta2))
      first[i] = m
      second[i] = v
      next[i] = weights[i] * keep - firstCorrection * m / fma(v.squareRoot(), secondCorrection, epsilon)
      i += 1
    }
  }

  private func momentumStep(
    _ range: Range<Int>, _ weights: Floats, _ gradient: Floats, _ next: MutableFloats, _ keep: Float,
    _ momentum: Float
  ) {
    for i in range {
      var v = gradient[i] * gradientFactor
      if let after {
        v = fma(before.map { $0[i] } ?? 0, momentum, v)
        after[i] = v
      }
      next[i] = fma(-rate, v, weights[i] * keep)
    }
  }
}
