import Testing

@testable import Engine

@Suite struct OptimizerTests {
  /// Three steps of a rule on one policy, against the formulas in double precision.
  private func check(
    _ configuration: OptimizerConfiguration,
    _ rule: (_ w: Double, _ g: Double, _ state: inout (Double, Double), _ step: Int, _ decays: Bool) -> Double
  ) throws {
    var policy = try Policy(configuration: TestModels.configurations[1], seed: 1, optimizer: configuration)
    var exact = policy.withWeights { $0.map(Double.init) }
    var states = [(Double, Double)](repeating: (0, 0), count: exact.count)
    for step in 0..<3 {
      let gradient = try Gradient(policy)
      let g = try testNumbers(exact.count, seed: UInt64(step + 1))
      gradient.values.base.update(from: g.base, count: exact.count)
      let norm = g.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let factor = configuration.clipNorm.map { min(1, $0 / norm) } ?? 1
      let result = try policy.updated(ascending: gradient)
      #expect(abs(result.gradientNorm - norm) < 1e-9 * norm)
      policy = result.policy
      for tensor in policy.tensors {
        let decays = tensor.shape.count == 2 && tensor.name != "model.embed_tokens.weight"
        for i in tensor.offset..<tensor.offset + tensor.count {
          exact[i] = rule(exact[i], -factor * Double(g.base[i]), &states[i], step, decays)
        }
      }
      policy.withWeights { weights in
        for i in exact.indices { #expect(abs(Double(weights[i]) - exact[i]) < 1e-6) }
      }
      #expect(policy.updates == step + 1)
    }
  }

  /// The formulas of PyTorch's AdamW, with decay of matrices alone.
  @Test(arguments: [nil, 0.5]) func `AdamW takes the steps of its formula`(_ clip: Double?) throws {
    let c = OptimizerConfiguration(
      .adamW(beta1: 0.8, beta2: 0.95, epsilon: 1e-8), learningRate: 0.01, weightDecay: 0.1, clipNorm: clip)
    try check(c) { w, g, state, step, decays in
      state.0 = 0.8 * state.0 + 0.2 * g
      state.1 = 0.95 * state.1 + 0.05 * g * g
      let m = state.0 / (1 - pow(0.8, Double(step + 1)))
      let v = state.1 / (1 - pow(0.95, Double(step + 1)))
      return w * (decays ? 1 - 0.01 * 0.1 : 1) - 0.01 * m / (v.squareRoot() + 1e-8)
    }
  }

  @Test(arguments: [0, 0.9]) func `gradient descent takes the steps of its formula`(_ momentum: Double) throws
  {
    let c = OptimizerConfiguration(.sgd(momentum: momentum), learningRate: 0.05, clipNorm: nil)
    try check(c) { w, g, state, _, _ in
      state.0 = momentum * state.0 + g
      return w - 0.05 * state.0
    }
  }

  /// Warm-up over 4 of 12: 1/4, 2/4, ..., then half-way at 8.
  @Test func `schedules go as they say`() {
    let constant = LearningRateSchedule(warmup: 4)
    #expect((0..<6).map { constant.factor(at: $0) } == [0.25, 0.5, 0.75, 1, 1, 1])
    let linear = LearningRateSchedule(warmup: 4, decay: .linear(steps: 12, final: 0.2))
    #expect(linear.factor(at: 4) == 1 && abs(linear.factor(at: 8) - 0.6) < 1e-12)
    #expect(abs(linear.factor(at: 12) - 0.2) < 1e-12 && abs(linear.factor(at: 99) - 0.2) < 1e-12)
    let cosine = LearningRateSchedule(warmup: 4, decay: .cosine(steps: 12, final: 0))
    #expect(abs(cosine.factor(at: 6) - 0.853_553_390_593_273_7) < 1e-12)
    #expect(abs(cosine.factor(at: 8) - 0.5) < 1e-12 && cosine.factor(at: 12) < 1e-12)
  }

  @Test func `a gradient that is not finite names its tensor and harms nothing`() throws {
    let policy = try TestModels.policy(1)
    let before = policy.fingerprint
    for bad in [Float.nan, .infinity] {
      let gradient = try Gradient(policy)
      gradient.values.base.update(repeating: 0.1, count: gradient.values.count)
      let tensor = policy.tensors[4]
      gradient.values.base[tensor.offset + tensor.count - 1] = bad
      let error = #expect(throws: EngineError.self) { try policy.updated(ascending: gradient) }
      #expect(error?.kind == .numeric && error?.message.contains(tensor.name) == true)
    }
    #expect(policy.fingerprint == before)
  }

  @Test func `numbers outside their range are refused`() throws {
    let bad = [
      OptimizerConfiguration(learningRate: -1), OptimizerConfiguration(learningRate: .nan),
      OptimizerConfiguration(.sgd(momentum: 1)), OptimizerConfiguration(clipNorm: 0),
      OptimizerConfiguration(.adamW(beta1: 1, beta2: 0.9, epsilon: 1e-8)),
      OptimizerConfiguration(schedule: LearningRateSchedule(warmup: 9, decay: .linear(steps: 3, final: 0))),
    ]
    let policy = try TestModels.policy(0)
    for configuration in bad {
      #expect(throws: EngineError.self) { try policy.withFreshOptimizer(configuration) }
    }
  }
}
