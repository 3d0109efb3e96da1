/// Balanced Policy Optimization with adaptive clipping: bounds that open until good tokens carry their share.
///
/// Shapes: logp, old [B, T?]; A [B] or [B, T?]; J [].
/// Gradient: through `logp` in r; A and the bounds, found by a search without gradient, are constants.
/// Deviations: the clamp of `ImportanceRatio`.
public struct BAPO: Objective {
  /// The order in which the bounds open.
  enum Rule: String, CaseIterable {
    /// The upper bound first, then the lower one, as in the paper's algorithm.
    case paper
    /// The lower bound first, then the upper one, as in the authors' code.
    case code
  }

  /// A bound that moves in steps towards its end.
  struct Bound {
    var value: Double
    let end: Double
    let step: Double

    var isAtEnd: Bool { value >= end }
    mutating func open() { value = min(value + step, end) }
  }

  let rule: Rule
  let share: Double
  let lower: Bound
  let upper: Bound
  let ceiling: Double
  let aggregation: Aggregation
  let penalty: KLPenalty

  /// The gate before any batch has opened it.
  public var gate: (any Gate)? { clip(lower, upper) }

  /// The value under the bounds that the batch asks for, which are among the measurements.
  public func evaluate(_ batch: Batch) throws -> ObjectiveOutput {
    let (low, high) = try bounds(for: batch)
    let output = try gated(low, high).evaluate(batch)
    let metrics = [
      ObjectiveOutput.Metric("clip_low_bound", low.value),
      ObjectiveOutput.Metric("clip_high_bound", high.value),
    ]
    return ObjectiveOutput(
      value: output.value, metrics: output.metrics + metrics, surrogate: output.surrogate)
  }

  private func clip(_ low: Bound, _ high: Bound) -> ClipGate {
    ClipGate(lower: low.value, upper: high.value, ceiling: ceiling)
  }

  private func gated(_ low: Bound, _ high: Bound) -> GatedObjective {
    GatedObjective(BAPO.card.name, clip(low, high), aggregation: aggregation, penalty: penalty)
  }

  /// Opens the bounds until the positive share reaches `share`, or both are at their ends.
  private func bounds(for batch: Batch) throws -> (low: Bound, high: Bound) {
    let ratio = try ImportanceRatio.token(batch.logp.detached, batch.old)
    let advantage = try batch.advantages(for: BAPO.card.name)
    var (low, high) = (lower, upper)
    while try positiveShare(ratio, advantage, clip(low, high)) < share, !low.isAtEnd || !high.isAtEnd {
      try Interrupt.check(BAPO.card.name)
      switch rule {
      case .paper: if high.isAtEnd { low.open() } else { high.open() }
      case .code: if low.isAtEnd { high.open() } else { low.open() }
      }
    }
    return (low, high)
  }

  /// sum over A > 0 of gate A, over the sum of |gate A|; 1 where no token pulls down.
  private func positiveShare(_ ratio: Tensor, _ advantage: Tensor, _ gate: ClipGate) throws -> Double {
    let pull = try gate.gate(ratio, advantage) * advantage
    let up = try UnaryOperation.relu(pull).sum().item()
    let down = try UnaryOperation.relu(-pull).sum().item()
    return down > 0 ? up / (up + down) : 1
  }
}

extension BAPO {
  static let card = ObjectiveCard(
    name: "bapo", title: "Balanced Policy Optimization with Adaptive Clipping",
    summary: "the clipped surrogate with bounds that open until good tokens carry their share of the batch",
    equation: """
      J = sum_it min(r A, clip(r, c_low, c_high) A) / sum_i L_i
      c_low and c_high open in steps until sum_{A > 0} gate A >= rho0 sum |gate A|, or both are at their ends
      """,
    paper: "arXiv:2510.18927, algorithm 1",
    profile: .init(
      .softGates, granularity: "token, bounds by batch", advantage: "group_norm",
      cost: "a search over bounds for each update, without a forward pass",
      failure: "with few good answers both bounds run to their ends"),
    conventions: [
      ObjectiveCard.clampConvention,
      "the share counts good tokens at min(r, c_high) and bad ones at max(r, c_low), as the surrogate does",
      "a share s is a ratio of s / (1 - s), which is what the authors' code asks for",
      "the authors' code adds dual_clip: 3",
      "the search sees the whole batch of an update; the authors' code searches in each micro-batch",
    ],
    edgeCases: ObjectiveCard.sharedEdgeCases + [
      "without negative pull the bounds stay at their starts", "without positive pull they run to their ends",
    ],
    metrics: ObjectiveCard.surrogateMetrics + [
      ("clip_low_bound", "the lower bound that was found"),
      ("clip_high_bound", "the upper bound that was found"),
    ]
  ) { parameter in
    let rule = parameter(
      "rule", Rule.paper, symbol: "-", "which bound opens first: \"paper\" the upper, \"code\" the lower",
      source: "arXiv:2510.18927, algorithm 1; the authors' code does it the other way round", .choice)
    let share = parameter(
      "share", 0.4, symbol: "rho0", "share of the positive pull that is wanted",
      source: "arXiv:2510.18927; the authors' code wants a ratio of 1, a share of 0.5", .share)
    let lowStart = parameter(
      "low_start", 0.6, symbol: "a-", "lower bound to begin with", source: paper, .nonNegative)
    let lowEnd = parameter("low_end", 0.9, symbol: "b-", "lower bound to end at", source: paper, .nonNegative)
    let lowStep = parameter(
      "low_step", 0.02, symbol: "delta_2", "step of the lower bound", source: paper + "; code: 0.05",
      .positive)
    let highStart = parameter(
      "high_start", 1.2, symbol: "a+", "upper bound to begin with", source: paper, .positive)
    let highEnd = parameter(
      "high_end", 3, symbol: "b+", "upper bound to end at", source: paper + "; code: 2", .positive)
    let highStep = parameter(
      "high_step", 0.05, symbol: "delta_1", "step of the upper bound", source: paper, .positive)
    let dualClip = parameter.dualClip()
    let shared = parameter.shared(.tokenMean, source: "the authors' code")
    return { arguments in
      func bound(_ side: String, _ start: Argument<Double>, _ end: Argument<Double>, _ step: Argument<Double>)
        throws -> Bound
      {
        let bound = Bound(value: try arguments[start], end: try arguments[end], step: try arguments[step])
        guard bound.value <= bound.end else {
          throw EngineError(
            .argument, "bapo",
            "\(side)_start has to be at most \(side)_end, got \(bound.value) and \(bound.end)")
        }
        guard bound.end - bound.value <= 10_000 * bound.step else {
          throw EngineError(
            .argument, "bapo", "\(side)_step is \(bound.step), more than 10000 steps to \(side)_end",
            hint: "give a larger step")
        }
        return bound
      }
      return BAPO(
        rule: try arguments[rule], share: try arguments[share],
        lower: try bound("low", lowStart, lowEnd, lowStep),
        upper: try bound("high", highStart, highEnd, highStep), ceiling: try arguments[dualClip],
        aggregation: try arguments[shared].aggregation, penalty: try arguments[shared].penalty)
    }
  }

  private static let paper = "arXiv:2510.18927"
}
