/// The sizes of a mixture of experts, which stands in the feed-forward place of some blocks.
public struct MixtureConfiguration: Sendable, Hashable {
  /// Experts in a layer.
  public var experts: Int
  /// Experts that each token goes through.
  public var active: Int
  /// Numbers in the hidden layer of an expert.
  public var width: Int
  /// Whether the weights of the active experts are divided by their sum.
  public var normalized: Bool
  /// Blocks that have a dense feed-forward layer all the same, counted from 0.
  public var denseLayers: Set<Int>
  /// What disturbs the choice of experts; nil for nothing.
  public var noise: RoutingNoise?

  /// A mixture; nothing is checked before `PolicyConfiguration.validate`.
  public init(
    experts: Int, active: Int, width: Int, normalized: Bool = true, denseLayers: Set<Int> = [],
    noise: RoutingNoise? = nil
  ) {
    self.experts = experts
    self.active = active
    self.width = width
    self.normalized = normalized
    self.denseLayers = denseLayers
    self.noise = noise
  }

  /// The most experts of all layers together; each has three named tensors.
  static let mostExperts = 1 << 16

  func validate(layers: Int) throws(EngineError) {
    guard experts >= 1, experts <= ExpertSets.mostExperts,
      experts.multipliedReportingOverflow(by: layers).partialValue <= MixtureConfiguration.mostExperts
    else {
      throw EngineError(
        .argument, "policy",
        "experts is \(experts), but has to be from 1 to \(ExpertSets.mostExperts), "
          + "and at most \(MixtureConfiguration.mostExperts) in all layers together")
    }
    guard active >= 1, active <= experts else {
      throw EngineError(
        .argument, "policy", "active is \(active), but has to be from 1 to the number of experts, \(experts)")
    }
    guard width >= 1, width <= PolicyConfiguration.largestSize else {
      throw EngineError(.argument, "policy", "expert_width is \(width), but has to be at least 1")
    }
    for layer in denseLayers where layer < 0 || layer >= layers {
      throw EngineError(
        .argument, "policy", "dense_layers has \(layer), but the layers are numbered from 0 to \(layers - 1)")
    }
    guard denseLayers.count < layers else {
      throw EngineError(
        .argument, "policy", "dense_layers has every layer, so there is no mixture",
        hint: "leave experts out for a dense policy")
    }
    if let noise, !(noise.deviation >= 0 && noise.deviation <= 1e6) {
      throw EngineError(
        .argument, "policy", "the routing noise is \(noise.deviation), but has to be from 0 to a million")
    }
  }
}

/// Noise on the choice of experts: the best are those with the largest logits plus normal numbers of standard deviation
/// `deviation`; their weights come from the logits alone.
///
/// It imitates routers that differ between engines or from update to update. The numbers follow from the seed and the
/// bits of the row that is routed. So one policy routes alike in sampling and training, and any change of its weights
/// changes all the noise.
public struct RoutingNoise: Sendable, Hashable {
  /// The standard deviation, in units of the router's logits.
  public var deviation: Double
  /// Sets the numbers apart from those of another seed.
  public var seed: UInt64

  /// Noise of a size.
  public init(deviation: Double, seed: UInt64 = 0) {
    self.deviation = deviation
    self.seed = seed
  }
}

extension PolicyConfiguration {
  /// The blocks with a mixture of experts, ascending.
  public var mixtureLayers: [Int] {
    guard let mixture else { return [] }
    return (0..<layers).filter { !mixture.denseLayers.contains($0) }
  }

  /// The number of weights that a token meets: all but those of the experts that it does not go through.
  public var activeParameterCount: Int {
    guard let mixture else { return parameterCount }
    let expert = 3 * width * mixture.width
    return parameterCount - mixtureLayers.count * (mixture.experts - mixture.active) * expert
  }
}

extension Policy {
  /// The same weights and optimiser with another noise on the choice of experts, or with none.
  ///
  /// Throws for a policy without experts.
  public func withRoutingNoise(_ noise: RoutingNoise?) throws(EngineError) -> Policy {
    var configuration = configuration
    guard configuration.mixture != nil else {
      throw EngineError(
        .argument, "with_routing_noise", "the policy has no experts",
        hint: "`experts` and `active` make a policy with experts")
    }
    configuration.mixture?.noise = noise.flatMap { $0.deviation == 0 ? nil : $0 }
    try configuration.validate()
    return Policy(
      Model(configuration), weights: weights, optimizer: optimizer, moments: moments, updates: updates,
      tokenizer: tokenizer)
  }
}
