/// What an update gave.
public struct UpdateResult: Sendable {
  /// The policy after the update.
  public let policy: Policy
  /// The gradient's global norm before clipping.
  public let gradientNorm: Double
  /// The learning rate that was used.
  public let learningRate: Double

  /// A result of its parts.
  public init(policy: Policy, gradientNorm: Double, learningRate: Double) {
    self.policy = policy
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
  }
}

extension Policy {
  private static let chunk = 1 << 14

  /// The policy after one update that ascends the objective whose gradient this is.
  ///
  /// Throws `.numeric` when the gradient, or a weight it would lead to, is not finite; this policy is
  /// unharmed.
  public func updated(ascending gradient: Gradient) throws(EngineError) -> UpdateResult {
    guard gradient.values.count == table.count else {
      throw EngineError(
        .shape, "update", "the gradient has \(gradient.values.count) numbers for \(table.count) weights")
    }
    let squares = try sumOfSquares(Floats(gradient.values.base))
    let norm = squares.squareRoot()
    guard norm.isFinite else { throw notFinite(gradient) }
    let rate = optimizer.learningRate * optimizer.schedule.factor(at: updates)
    var factor = 1.0
    if let limit = optimizer.clipNorm, norm > limit { factor = limit / norm }

    let next = try Storage<Float>(uninitialized: table.count, for: "update")
    let states = optimizer.statesPerWeight
    let state = states > 0 ? try Storage<Float>(uninitialized: table.count * states, for: "update") : nil
    let rule = UpdateRule(
      optimizer, updates: updates, rate: rate, gradientFactor: -factor, before: moments?.base,
      after: state?.base,
      stateStride: table.count)
    let chunks = updateChunks
    try Parallel.run(chunks.count, "update") { index in
      rule.apply(
        chunks[index].range, Floats(weights.base), Floats(gradient.values.base), into: next.base,
        decays: chunks[index].decays)
    }
    try Policy.checkFinite(
      next, table, "weights would become infinite or NaN", hint: "lower the learning rate")
    return UpdateResult(
      policy: successor(weights: next, moments: state), gradientNorm: norm, learningRate: rate)
  }

  /// Pieces of the weights that lie within one tensor.
  private var updateChunks: [(range: Range<Int>, decays: Bool)] {
    table.tensors.flatMap { tensor in
      let decays =
        switch tensor.role {
        case .embedding, .gain: false
        case .head, .projection, .residualProjection: true
        }
      return stride(from: 0, to: tensor.count, by: Policy.chunk).map { first in
        (tensor.offset + first..<tensor.offset + min(tensor.count, first + Policy.chunk), decays)
      }
    }
  }

  /// The sum of squares in double precision, in chunks whose order is fixed.
  private func sumOfSquares(_ values: Floats) throws(EngineError) -> Double {
    let count = table.count
    let chunk = Policy.chunk
    var partial = [Double](repeating: 0, count: (count + chunk - 1) / chunk)
    try partial.withUnsafeMutableBufferPointer { (partial) throws(EngineError) in
      guard let sums = partial.baseAddress else { return }
      try Parallel.run(partial.count, "update") { index in
        var lanes = SIMD8<Double>.zero
        var i = index * chunk
        let end = min(count, i + chunk)
        while i + 8 <= end {
          let v = SIMD8<Double>(values.eight(i))
          lanes = lanes.addingProduct(v, v)
          i += 8
        }
        var sum = 0.0
        for lane in 0..<8 { sum += lanes[lane] }
        while i < end {
          sum += Double(values[i]) * Double(values[i])
          i += 1
        }
        sums[index] = sum
      }
    }
    return partial.reduce(0, +)
  }

  private func notFinite(_ gradient: Gradient) -> EngineError {
    do {
      try Policy.checkFinite(
        gradient.values, table, "the gradient is not finite", hint: "look at the objective and its inputs")
    } catch { return error }
    return EngineError(.numeric, "update", "the gradient is too long to measure")
  }

  /// Throws `.numeric` naming the first tensor with a number that is not finite.
  private static func checkFinite(
    _ values: Storage<Float>, _ table: ParameterTable, _ message: String, hint: String
  ) throws(EngineError) {
    let tensors = table.tensors
    var bad = [Bool](repeating: false, count: tensors.count)
    bad.withUnsafeMutableBufferPointer { bad in
      guard let flags = bad.baseAddress else { return }
      Parallel.run(tensors.count) { index in
        let first = Floats(values.base) + tensors[index].offset
        let count = tensors[index].count
        var lanes = Lanes.zero
        var i = 0
        while i + 16 <= count {
          lanes = lanes.addingProduct(first.lanes(i), Lanes.zero)
          i += 16
        }
        var rest: Float = lanes.total
        while i < count {
          rest += first[i] * 0
          i += 1
        }
        flags[index] = !(rest == 0)
      }
    }
    guard let index = bad.firstIndex(of: true) else { return }
    throw EngineError(.numeric, "update", "\(message) in \(tensors[index].name)", hint: hint)
  }
}
