/// How the learning rate goes with the number of updates.
public struct LearningRateSchedule: Sendable, Hashable {
  /// The course after the warm-up.
  public enum Decay: Sendable, Hashable {
    /// Stays where it is.
    case constant
    /// Falls in a straight line until update `steps`, to `final` of the full rate.
    case linear(steps: Int, final: Double)
    /// Falls along half a cosine until update `steps`, to `final` of the full rate.
    case cosine(steps: Int, final: Double)
  }

  /// Updates over which the rate rises in a straight line from 0 (the first has 1/warmup of it).
  public var warmup: Int
  /// What follows.
  public var decay: Decay

  /// A schedule; constant unless more is said.
  public init(warmup: Int = 0, decay: Decay = .constant) {
    self.warmup = warmup
    self.decay = decay
  }

  /// The share of the full rate at update `step`, counted from 0.
  public func factor(at step: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup) }
    switch decay {
    case .constant: return 1
    case .linear(let steps, let final): return 1 - (1 - final) * progress(step, steps)
    case .cosine(let steps, let final):
      return final + (1 - final) * 0.5 * (1 + cos(Double.pi * progress(step, steps)))
    }
  }

  private func progress(_ step: Int, _ steps: Int) -> Double {
    guard steps > warmup else { return 1 }
    return min(1, Double(step - warmup) / Double(steps - warmup))
  }

  func validate() throws(EngineError) {
    let (steps, final) =
      switch decay {
      case .constant: (warmup, 0.0)
      case .linear(let steps, let final), .cosine(let steps, let final): (steps, final)
      }
    guard warmup >= 0, steps >= warmup, final >= 0, final <= 1 else {
      throw EngineError(
        .argument, "optimizer",
        "the schedule warms up over \(warmup) of \(steps) updates and ends at \(final) of the rate",
        hint: "the warm-up has to lie within the updates, and the end between 0 and 1")
    }
  }
}
