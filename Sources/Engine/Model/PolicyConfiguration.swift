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
  /// Whether the head gives one number a position, as that of a `ScalarModel`, in the place of logits.
  var scalarHead = false

  /// A configuration; `kvHeads` is `heads`, `headWidth` is `width / heads` and `ffnWidth` three times
  /// `width` unless they are given.
  ///
  /// Nothing is checked before `validate`.
  public init(
    vocabulary: Int, layers: Int = 2, width: Int = 64, heads: Int = 4, kvHeads: Int? = nil,
    headWidth: Int? = nil, ffnWidth: Int? = nil, ropeBase: Double = 10_000, normEpsilon: Double = 1e-6,
    tiedHead: Bool = false
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
    guard let count = checkedParameterCount, count < Int.max / 64 else {
      throw EngineError(.memory, "policy", "has more parameters than can be counted", hint: "make it smaller")
    }
    let bytes = count * 4 * 5
    guard bytes <= MemoryBudget.limit else {
      throw EngineError(
        .memory, "policy",
        "\(count) parameters need \(MemoryBudget.readable(bytes)) with their optimiser, "
          + "more than the budget of \(MemoryBudget.readable(MemoryBudget.limit))",
        hint: "make layers, width or vocabulary smaller")
    }
  }

  /// The number of weights; `Int.max` where it does not fit.
  public var parameterCount: Int { checkedParameterCount ?? .max }

  private var checkedParameterCount: Int? {
    func product(_ a: Int?, _ b: Int) -> Int? {
      guard let a else { return nil }
      let (value, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? nil : value
    }
    func sum(_ parts: Int?...) -> Int? {
      var total = 0
      for part in parts {
        guard let part else { return nil }
        let (value, overflow) = total.addingReportingOverflow(part)
        if overflow { return nil }
        total = value
      }
      return total
    }
    let attention = product(product(width, headWidth), 2)
    let block = sum(
      product(attention, heads), product(attention, kvHeads), product(product(width, ffnWidth), 3),
      product(width, 2), product(headWidth, 2))
    let embedding = product(vocabulary, width)
    return sum(product(block, layers), embedding, width, tiedHead ? 0 : product(outputs, width))
  }

  /// Numbers the head gives a position.
  var outputs: Int { scalarHead ? 1 : vocabulary }

  /// Query, key and value numbers of a row.
  var projectionWidth: Int { (heads + 2 * kvHeads) * headWidth }
  /// Query and key numbers of a row.
  var rotatedWidth: Int { (heads + kvHeads) * headWidth }
  /// Query numbers of a row.
  var queryWidth: Int { heads * headWidth }
  /// Key numbers of a row.
  var keyWidth: Int { kvHeads * headWidth }
  /// A row of the head's outputs, padded.
  var logitRow: Int { Softmax.padded(outputs) }
}
