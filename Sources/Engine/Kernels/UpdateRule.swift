/// One optimiser step on a stretch of weights: reads the old numbers, writes the new.
struct UpdateRule {
  private let method: OptimizerConfiguration.Method
  private let rate: Float
  private let decay: Float
  private let gradientFactor: Float
  /// One view for each number of state that a weight has.
  private let before: [FloatView]
  private let after: [FloatView]
  private let firstCorrection: Float
  private let secondCorrection: Float

  /// - Parameters:
  ///   - updates: the updates made before this one.
  ///   - gradientFactor: what the gradient is multiplied with to be descended.
  ///   - before: the state so far, zero where there is none; `after` takes the new one.
  init(
    _ optimizer: OptimizerConfiguration, updates: Int, rate: Double, gradientFactor: Double,
    before: [FloatView], after: [FloatView]
  ) {
    method = optimizer.method
    self.rate = Float(rate)
    decay = Float(1 - rate * optimizer.weightDecay)
    self.gradientFactor = Float(gradientFactor)
    self.before = before
    self.after = after
    switch optimizer.method {
    case .adamW(let beta1, let beta2, _):
      firstCorrection = Float(rate / (1 - pow(beta1, Double(updates + 1))))
      secondCorrection = Float(1 / (1 - pow(beta2, Double(updates + 1))).squareRoot())
    case .sgd:
      firstCorrection = 1
      secondCorrection = 1
    }
  }

  /// Writes numbers `range` of `next`, which may be `gradient` itself.
  func apply(
    _ range: Range<Int>, _ weights: FloatView, _ gradient: FloatView, into next: FloatView, decays: Bool
  ) {
    let keep = decays ? decay : 1
    switch method {
    case .adamW(let beta1, let beta2, let epsilon):
      adam(range, weights.at(0), gradient.at(0), next.at(0), keep, Float(beta1), Float(beta2), Float(epsilon))
    case .sgd(let momentum):
      momentumStep(range, weights.at(0), gradient.at(0), next.at(0), keep, Float(momentum))
    }
  }

  /// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
  /// w = keep w - rate/(1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
  private func adam(
    _ range: Range<Int>, _ weights: Floats, _ gradient: Floats, _ next: MutableFloats, _ keep: Float,
    _ beta1: Float, _ beta2: Float, _ epsilon: Float
  ) {
    guard after.count == 2 else { return }
    let (first, second) = (after[0].at(0), after[1].at(0))
    let oldFirst = before.first.map { Floats($0.at(0)) }
    let oldSecond = before.last.map { Floats($0.at(0)) }
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
    let before = before.first?.at(0)
    let after = after.first?.at(0)
    for i in range {
      var v = gradient[i] * gradientFactor
      if let after {
        v = fma(before.map { $0[i] } ?? 0, momentum, v)
        after[i] = v
      }
      next[i] = fma(-rate, v, weights[i] * keep)
    }
  }

  /// The sum of squares of numbers `range`, in double precision.
  static func sumOfSquares(_ view: FloatView, _ range: Range<Int>) -> Double {
    let values = view.at(0)
    var lanes = SIMD8<Double>.zero
    var i = range.lowerBound
    while i + 8 <= range.upperBound {
      let v = SIMD8<Double>(values.eight(i))
      lanes = lanes.addingProduct(v, v)
      i += 8
    }
    var sum = 0.0
    for lane in 0..<8 { sum += lanes[lane] }
    while i < range.upperBound {
      sum += Double(values[i]) * Double(values[i])
      i += 1
    }
    return sum
  }

  /// Whether numbers `range` are all finite.
  static func isFinite(_ view: FloatView, _ range: Range<Int>) -> Bool {
    let values = view.at(0)
    var lanes = Lanes.zero
    var i = range.lowerBound
    while i + 16 <= range.upperBound {
      lanes = lanes.addingProduct(values.lanes(i), Lanes.zero)
      i += 16
    }
    var rest: Float = lanes.total
    while i < range.upperBound {
      rest += values[i] * 0
      i += 1
    }
    return rest == 0
  }
}
