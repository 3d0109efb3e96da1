// Optim: from a gradient to new weights: optimisers, learning rates, conjugate gradients.

/// How a gradient becomes an update.
public struct OptimizerConfiguration: Sendable, Hashable {
  /// The rule.
  public enum Method: Sendable, Hashable {
    /// Adam with decoupled weight decay: Loshchilov and Hutter, "Decoupled Weight Decay Regularization"
    /// (ICLR 2019), algorithm 2, with the learning rate as a factor of the decay, as in PyTorch.
    case adamW(beta1: Double, beta2: Double, epsilon: Double)
    /// Stochastic gradient with heavy-ball momentum, as in PyTorch: v = momentum v + g, w = w - rate v.
    case sgd(momentum: Double)
  }

  /// The rule.
  public var method: Method
  /// The full learning rate.
  public var learningRate: Double
  /// How the rate goes with the number of updates.
  public var schedule: LearningRateSchedule
  /// The share of a weight taken away an update, per unit of learning rate; gains and embeddings keep theirs.
  public var weightDecay: Double
  /// The largest global norm of a gradient; longer ones are shortened to it, with nil none.
  public var clipNorm: Double?

  /// An optimiser; AdamW with betas 0.9 and 0.999 and gradients clipped at norm 1 unless more is said.
  public init(
    _ method: Method = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), learningRate: Double = 3e-4,
    schedule: LearningRateSchedule = LearningRateSchedule(), weightDecay: Double = 0, clipNorm: Double? = 1
  ) {
    self.method = method
    self.learningRate = learningRate
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
  }

  /// Throws an `.argument` error for numbers outside their range.
  public func validate() throws(EngineError) {
    func check(_ name: String, _ value: Double, _ range: String, _ holds: Bool) throws(EngineError) {
      guard value.isFinite, holds else {
        throw EngineError(.argument, "optimizer", "\(name) is \(value), but has to be \(range)")
      }
    }
    try check("lr", learningRate, "at least 0", learningRate >= 0)
    try check("weight_decay", weightDecay, "at least 0", weightDecay >= 0)
    if let clipNorm { try check("clip", clipNorm, "above 0", clipNorm > 0) }
    switch method {
    case .adamW(let beta1, let beta2, let epsilon):
      try check("beta1", beta1, "at least 0 and below 1", beta1 >= 0 && beta1 < 1)
      try check("beta2", beta2, "at least 0 and below 1", beta2 >= 0 && beta2 < 1)
      try check("eps", epsilon, "above 0", epsilon > 0)
    case .sgd(let momentum):
      try check("momentum", momentum, "at least 0 and below 1", momentum >= 0 && momentum < 1)
    }
    try schedule.validate()
  }

  /// Numbers of state a weight needs.
  var statesPerWeight: Int {
    switch method {
    case .adamW: 2
    case .sgd(let momentum): momentum == 0 ? 0 : 1
    }
  }
}
