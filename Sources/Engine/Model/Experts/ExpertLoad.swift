/// What the routers of a pass gave to each expert, and the loss that balances it.
///
///     f_e = choices of expert e / tokens,   P_e = mean over tokens of p_e
///     L = mean over layers of E sum_e f_e P_e
///
/// Switch Transformer (arXiv:2101.03961), equations 4 to 6, with the counts of all k choices: L is k where experts are
/// used alike. f is a constant. A token counts once for each completion that reads it; the last of a completion is not
/// read. Counts are taken over the whole batch before any gradient, so a batch may be cut in any way. Deviation:
/// transformers takes f and P over the tokens of all layers together, which also balances a layer against another; with
/// one mixture layer both are the same.
public struct ExpertLoad: Sendable {
  /// The choices of each expert, `[layer][expert]`.
  public private(set) var counts: [[Int]]
  /// The sums of the shares p, `[layer][expert]`.
  private var shares: [[Double]]
  /// The tokens counted, the same in every layer.
  public private(set) var tokens = 0

  /// Nothing yet; nil for a policy without experts.
  init?(_ configuration: PolicyConfiguration) {
    guard let mixture = configuration.mixture else { return nil }
    let layers = configuration.mixtureLayers.count
    counts = Array(repeating: Array(repeating: 0, count: mixture.experts), count: layers)
    shares = Array(repeating: Array(repeating: 0, count: mixture.experts), count: layers)
  }

  /// Adds what the layers of a pass over `layout` chose.
  mutating func add(_ passes: [any RoutedPass], _ layout: SequenceLayout) {
    for (layer, pass) in passes.enumerated() {
      for row in 0..<layout.rowCount {
        let readers = layout.readers(row)
        let (chosen, given) = (pass.chosen.at(row), pass.shares.at(row))
        for slot in 0..<pass.chosen.columns { counts[layer][Int(chosen[slot])] += readers }
        for expert in shares[layer].indices {
          shares[layer][expert] += Double(readers) * Double(given[expert])
        }
      }
    }
    for row in 0..<layout.rowCount { tokens += layout.readers(row) }
  }

  /// The load-balancing loss.
  public var balanceLoss: Double {
    guard tokens > 0 else { return 0 }
    let sum = zip(counts, shares).reduce(0.0) { sum, layer in
      sum + zip(layer.0, layer.1).reduce(0.0) { $0 + Double($1.0) * $1.1 } * Double(layer.0.count)
    }
    return sum / Double(tokens) / Double(tokens) / Double(counts.count)
  }

  /// How a layer uses its experts.
  public struct Layer: Sendable {
    /// The share of the choices that each expert has.
    public let shares: [Double]

    fileprivate init(_ counts: [Int]) {
      let sum = Double(max(1, counts.reduce(0, +)))
      shares = counts.map { Double($0) / sum }
    }

    /// The entropy of the shares, in nats.
    public var entropy: Double { -shares.reduce(0.0) { $1 > 0 ? $0 + $1 * libmLog($1) : $0 } }
    /// The experts that no token chose.
    public var unused: Int { shares.count { $0 == 0 } }
  }

  /// How each layer uses its experts.
  public var layers: [Layer] { counts.map(Layer.init) }

  /// `coefficient` times the loss's derivative with respect to a share of one token that is read once,
  /// `(layers, experts)`.
  func slopes(times coefficient: Double) throws(EngineError) -> FloatView {
    let experts = counts.first?.count ?? 0
    let slopes = try Storage<Float>(uninitialized: counts.count * experts, for: "backward")
    let factor = coefficient * Double(experts) / Double(counts.count) / Double(max(tokens, 1))
    for (i, count) in counts.joined().enumerated() {
      slopes[i] = Float(factor * Double(count) / Double(max(tokens, 1)))
    }
    return FloatView(slopes, rows: counts.count, columns: experts)
  }
}

/// What the routers of a policy give to each expert on the tokens of a batch; nil for a policy without experts.
public func expertLoad(_ policy: Policy, _ batch: Batch) throws -> ExpertLoad? {
  try policy.forward(requireSequences(batch, for: "expert_load")).load
}
