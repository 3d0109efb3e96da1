/// The sizes of a policy: a causal transformer with the shape of Qwen3.
///
/// Pre-normalisation by root mean square, normalised queries and keys, rotary positions, grouped-query
/// attention, SwiGLU, and a head that may share the embedding's weights.
public struct PolicyConfiguration: Sendable, Hashable {
  /// Different tokens.
  public var vocabulary: Int
  /// Transformer blocks.
  public var layers: Int
  /// Numbers in the residual stream.
  public var width: Int
  /// Query heads.
  public var heads: Int
  /// Key-value heads; divides `heads`.
  public var kvHeads: Int
  /// Numbers in a head; even.
  public var headWidth: Int
  /// Numbers in the hidden layer of a feed-forward block.
  public var ffnWidth: Int
  /// The base of the rotary angles.
  public var ropeBase: Double
  /// Added to the mean square in every normalisation.
  public var normEpsilon: Double
  /// Whether the head uses the embedding's weights.
  public var tiedHead: Bool
  /// The mixture of experts in the feed-forward place of blocks; nil for a dense policy.
  public var mixture: MixtureConfiguration?
  /// What the model ends in.
  var head = Head.tokens

  /// What the model ends in.
  enum Head: Sendable, Hashable {
    /// A logit for each token of the vocabulary.
    case tokens
    /// One number, as that of a `ScalarModel`.
    case scalar
  }

  /// A configuration; `kvHeads` is `heads`, `headWidth` is `width / heads` and `ffnWidth` three times
  /// `width` unless they are given.
  ///
  /// Nothing is checked before `validate`.
  public init(
    vocabulary: Int, layers: Int = 2, width: Int = 64, heads: Int = 4, kvHeads: Int? = nil,
    headWidth: Int? = nil, ffnWidth: Int? = nil, ropeBase: Double = 10_000, normEpsilon: Double = 1e-6,
    tiedHead: Bool = false, mixture: MixtureConfiguration? = nil
  ) {
    self.vocabulary = vocabulary
    self.layers = layers
    self.width = width
    self.heads = heads
    self.kvHeads = kvHeads ?? heads
    self.headWidth = headWidth ?? (heads > 0 ? width / heads : 0)
    self.ffnWidth = ffnWidth ?? width.multipliedReportingOverflow(by: 3).partialValue
    self.ropeBase = ropeBase
    self.normEpsilon = normEpsilon
    self.tiedHead = tiedHead
    self.mixture = mixture
  }

  /// The most any single size may be.
  static let largestSize = 1 << 24
  /// The most layers; each has a dozen named tensors, which would fill the memory before the weights do.
  static let mostLayers = 1 << 12

  /// Throws an `.argument` error for sizes that make no model, `.memory` for a model that cannot fit.
  public func validate() throws(EngineError) {
    let largest = PolicyConfiguration.largestSize
    let sizes = [
      ("vocabulary", vocabulary, largest), ("layers", layers, PolicyConfiguration.mostLayers),
      ("width", width, largest), ("heads", heads, largest), ("kv_heads", kvHeads, largest),
      ("head_width", headWidth, largest), ("ffn_width", ffnWidth, largest),
    ]
    for (name, value, most) in sizes {
      guard value >= 1 else {
        throw EngineError(.argument, "policy", "\(name) is \(value), but has to be at least 1")
      }
      guard value <= most else {
        throw EngineError(
          .memory, "policy", "\(name) is \(value), more than the \(most) allowed", hint: "make it smaller")
      }
    }
    guard heads % kvHeads == 0 else {
      throw EngineError(
        .argument, "policy", "\(heads) heads cannot be shared out among \(kvHeads) key-value heads",
        hint: "kv_heads has to divide heads")
    }
    guard headWidth % 2 == 0 else {
      throw EngineError(
        .argument, "policy", "head_width is \(headWidth), but rotary positions need an even number",
        hint: "give an even head_width, or a width that is an even multiple of heads")
    }
    guard ropeBase.isFinite, ropeBase > 1 else {
      throw EngineError(.argument, "policy", "rope_base is \(ropeBase), but has to be above 1")
    }
    guard normEpsilon.isFinite, normEpsilon > 0, normEpsilon < 1 else {
      throw EngineError(.argument, "policy", "norm_epsilon is \(normEpsilon), but has to be between 0 and 1")
    }
    try mixture?.validate(layers: layers)
    let count = parameterCount
    guard count < Int.max / 64 else {
      throw EngineError(.memory, "policy", "has more parameters than can be counted", hint: "make it smaller")
    }
    let bytes = count * 4 * 5
    let limit = Runtime.current.memory.limit
    guard bytes <= limit else {
      throw EngineError(
        .memory, "policy",
        "\(count) parameters need \(MemoryBudget.readable(bytes)) with their optimiser, "
          + "more than the budget of \(MemoryBudget.readable(limit))",
        hint: "make layers, width or vocabulary smaller")
    }
  }

  /// The number of weights; `Int.max` where it does not fit.
  public var parameterCount: Int { Model(self).table.count }
}

extension PolicyConfiguration {
  /// The kind of layer in the feed-forward place of a block: a new kind is a line here and a file of its own.
  func feedForward(_ block: Int) -> any FeedForwardLayer.Type {
    if let mixture, !mixture.denseLayers.contains(block) { return MixtureLayer.self }
    return FeedForward.self
  }
}
