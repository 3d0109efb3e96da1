/// The hard gate of PPO and its descendants.
///
///     gate(r, A)   = min(r, upper)                where A > 0,   min(max(r, lower), ceiling)  elsewhere
///     weight(r, A) = 0  where A > 0 and r > upper,  0  where A < 0 and (r < lower or r > ceiling),  1  elsewhere
///
/// `gate(r, A) A` equals `min(r A, clip(r, lower, upper) A)` when there is no ceiling. The ceiling is the dual
/// clip, `max(min(...), ceiling A)` for A < 0, and likewise the two-sided clip.
///
/// Paper: arXiv:1707.06347, eq. (7); dual clip: arXiv:1912.09729.
/// Gradient: at a bound exactly, the token still counts (weight 1).
/// Edge cases: an advantage of 0 is treated as negative; its product is 0 either way.
public struct ClipGate: Gate {
  /// How far a ratio may fall before a negative advantage stops pulling.
  public let lower: Double
  /// How far a ratio may rise before a positive advantage stops pulling.
  public let upper: Double
  /// How far a ratio may rise before a negative advantage stops pulling.
  public let ceiling: Double

  /// A gate between two bounds of the ratio.
  public init(lower: Double, upper: Double, ceiling: Double = .infinity) {
    self.lower = lower
    self.upper = upper
    self.ceiling = ceiling
  }

  /// What stands in the place of the ratio.
  public func gate(at point: GatePoint) throws -> Tensor {
    let held = try BinaryOperation.max(point.ratio, Tensor(lower))
    return try Tensor.select(
      BinaryOperation.gt(point.advantage, Tensor(0)), BinaryOperation.min(point.ratio, Tensor(upper)),
      ceiling < .infinity ? BinaryOperation.min(held, Tensor(ceiling)) : held)
  }

  /// The slope of the gate in the ratio.
  public func weight(at point: GatePoint) throws -> Tensor {
    let zero = Tensor(0)
    let r = point.ratio
    let above = try BinaryOperation.and(
      BinaryOperation.gt(point.advantage, zero), BinaryOperation.gt(r, Tensor(upper)))
    let outside = try BinaryOperation.or(
      BinaryOperation.lt(r, Tensor(lower)), BinaryOperation.gt(r, Tensor(ceiling)))
    let below = try BinaryOperation.and(BinaryOperation.lt(point.advantage, zero), outside)
    return try 1 - BinaryOperation.or(above, below)
  }
}

extension ClipGate {
  /// A gate between 1 - `low` and 1 + `high`.
  init(low: Double, high: Double, ceiling: Double = .infinity) {
    self.init(lower: 1 - low, upper: 1 + high, ceiling: ceiling)
  }
}

extension Parameters {
  /// A range around 1.
  func clip(_ value: Double, _ meaning: String, source: String) -> Argument<Double> {
    self("clip", value, symbol: "eps", meaning, source: source, .fraction)
  }

  /// The room below 1.
  func clipLow(_ value: Double, _ meaning: String, source: String) -> Argument<Double> {
    self("clip_low", value, symbol: "eps_low", meaning, source: source, .fraction)
  }

  /// The room above 1.
  func clipHigh(_ value: Double, _ meaning: String, source: String) -> Argument<Double> {
    self("clip_high", value, symbol: "eps_high", meaning, source: source, .nonNegative)
  }

  /// The dual clip, off unless a paper has it.
  func dualClip() -> Argument<Double> {
    self(
      "dual_clip", .infinity, symbol: "c", "the ratio above which a negative advantage stops pulling",
      source: "off, as in the paper; arXiv:1912.09729 and verl have 3, verl's DAPO recipe 10", .above(1))
  }
}
