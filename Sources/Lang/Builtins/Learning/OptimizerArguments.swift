import Engine

/// The parameters of an optimiser, which several builtins take.
struct OptimizerArguments: Sendable {
  private enum Method: String, CaseIterable {
    case adamw, sgd
  }

  private enum Decay: String, CaseIterable {
    case constant, linear, cosine
  }

  private let learningRate: Argument<Double>
  private let method: Argument<Method>
  private let weightDecay: Argument<Double>
  private let clipNorm: Argument<Double?>
  private let momentum: Argument<Double>
  private let betas: Argument<Tensor?>
  private let epsilon: Argument<Double>
  private let warmup: Argument<Int>
  private let decay: Argument<Decay>
  private let decaySteps: Argument<Int?>
  private let final: Argument<Double>

  static let details = """
    `optimizer` is "adamw" with `betas`, the decay rates of its two moments ([0.9, 0.999] unless given), and `eps` (1e-8), or "sgd" with `momentum`. Gradients longer than `clip_norm` are \
    shortened to it; `none` leaves them. The learning rate rises over `warmup` updates and then is "constant" or falls \
    "linear"ly or along a "cosine" until update `decay_steps`, to `final` of itself.
    """

  /// Declares the parameters.
  init(_ parameter: Parameters) {
    learningRate = parameter("lr", .number, 0.0003)
    method = parameter("optimizer", .choice, .adamw)
    weightDecay = parameter("weight_decay", .number, 0)
    clipNorm = parameter.optional("clip_norm", .number, 1)
    momentum = parameter("momentum", .number, 0)
    warmup = parameter("warmup", .count, 0)
    decay = parameter("decay", .choice, .constant)
    decaySteps = parameter.optional("decay_steps", .integer(1...Int.max))
    final = parameter("final", .number, 0)
    betas = parameter.optional("betas", .tensor)
    epsilon = parameter("eps", .number, 1e-8)
  }

  /// The optimiser that a call describes.
  func callAsFunction(_ call: Call) throws -> OptimizerConfiguration {
    OptimizerConfiguration(
      try method(call), learningRate: try call[learningRate],
      schedule: LearningRateSchedule(warmup: try call[warmup], decay: try decay(call)),
      weightDecay: try call[weightDecay], clipNorm: try call[clipNorm])
  }

  private func method(_ call: Call) throws -> OptimizerConfiguration.Method {
    switch try call[method] {
    case .adamw:
      let betas = try call[betas]?.values ?? [0.9, 0.999]
      guard betas.count == 2 else { throw call.failure("`betas` must be two numbers, got \(betas.count)") }
      return .adamW(beta1: betas[0], beta2: betas[1], epsilon: try call[epsilon])
    case .sgd: return .sgd(momentum: try call[momentum])
    }
  }

  private func decay(_ call: Call) throws -> LearningRateSchedule.Decay {
    let decay = try call[decay]
    if decay == .constant { return .constant }
    guard let steps = try call[decaySteps] else {
      throw call.failure("decay \"\(decay.rawValue)\" needs `decay_steps`")
    }
    return decay == .linear
      ? .linear(steps: steps, final: try call[final]) : .cosine(steps: steps, final: try call[final])
  }
}
