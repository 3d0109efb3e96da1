/// An objective looked at on a batch: its value, its derivatives, and statistics that mean the same for every
/// objective.
public struct Measurement {
  /// The objective, a constant.
  public let value: Tensor
  /// How far the policy has moved, what the objective makes of it, and what it measures itself.
  public let statistics: StepStatistics
  /// d value / d logp of every token, in the order of the batch's tokens.
  public let slopes: [Double]
  let derivatives: TokenDerivatives
}

/// Measures an objective on a batch, under the log-probabilities and entropies that the batch has.
///
/// Statistics: those of `drift`; then, where the batch has advantages, from the slopes of the part that the advantages
/// drive (penalties left out)
///
///     silenced      share of tokens with A != 0 whose slope is 0
///     seq_silenced  share of sequences with such tokens, all of which are silenced
///     ess           (sum w)^2 / (n sum w^2),  w = |slope / A| over the n tokens with A != 0
///
/// and what the objective measures itself. Throws `EngineError` when the objective is not finite.
public func measure(
  _ objective: (Batch) throws -> ObjectiveOutput, _ batch: Batch, for operation: String
) throws -> Measurement {
  let tape = Tape()
  defer { tape.close() }
  var watched = [tape.watch(batch.logp.detached)]
  var seen = try batch.with(.logp, watched[0])
  if let entropy = batch[.entropy] {
    watched.append(tape.watch(entropy.detached))
    seen = try seen.with(.entropy, watched[1])
  }
  let output = try objective(seen)
  let gradients = try tape.gradient(of: output.value, with: watched).map(\.values)
  let value = try output.value.item(for: "objective")
  guard value.isFinite else {
    throw EngineError(
      .numeric, operation, "the objective is \(value.isNaN ? "nan" : "\(value)")",
      hint: "look at the ratios and advantages of the batch"
    )
  }
  let pulls =
    try output.surrogate.map { try tape.gradient(of: $0, with: [watched[0]])[0].values } ?? gradients[0]
  let entropy = gradients.count > 1 && gradients[1].contains { $0 != 0 } ? gradients[1] : nil
  return Measurement(
    value: tape.constant(output.value),
    statistics: try drift(batch) + pull(batch, pulls) + output.metrics, slopes: gradients[0],
    derivatives: TokenDerivatives(logProbs: gradients[0], entropy: entropy))
}

/// How far the current policy is from the one that sampled, on the trainable tokens of a batch.
///
/// With z = logp - old at a token and s = mean_t z of a sequence:
///
///     kl            mean of exp(z) - 1 - z, the k3 estimate of KL(old || current)
///     kl_k1         mean of -z, the k1 estimate of the same
///     ratio_mean, ratio_min, ratio_max   of the tokens' ratios exp(z)
///     ratio_std     population standard deviation of z
///     seq_ratio_mean, seq_ratio_min, seq_ratio_max   of the sequences' ratios exp(s)
///     seq_ratio_std population standard deviation of s
///     entropy       mean entropy of the tokens, where the batch has it
///
/// and where the sampler reported log-probabilities of its own, with z = old - sampler, `sampler_kl` (k3),
/// `sampler_std` and `sampler_max`, the largest ratio: what there is before any update. z is clamped to -20...20 in
/// exponents. Without tokens ratios are 1 and the rest is 0.
public func drift(_ batch: Batch) -> StepStatistics {
  let tokens = Spread(batch, batch.logp, batch.old)
  var statistics: StepStatistics = [
    .init("kl", tokens.k3), .init("kl_k1", -tokens.log.mean), .init("ratio_mean", tokens.ratio.mean),
    .init("ratio_min", tokens.ratio.least), .init("ratio_max", tokens.ratio.largest),
    .init("ratio_std", tokens.log.deviation), .init("seq_ratio_mean", tokens.sequenceRatio.mean),
    .init("seq_ratio_min", tokens.sequenceRatio.least),
    .init("seq_ratio_max", tokens.sequenceRatio.largest),
    .init("seq_ratio_std", tokens.sequenceLog.deviation),
  ]
  if let entropy = batch[.entropy]?.detached.values {
    var sum = Moments()
    for row in 0..<batch.rows.count {
      for token in batch.rows.trainableTokens(row) { sum.add(entropy[token]) }
    }
    statistics.append(.init("entropy", sum.mean))
  }
  if let sampler = batch[.sampler] {
    let mismatch = Spread(batch, batch.old, sampler)
    statistics += [
      .init("sampler_kl", mismatch.k3), .init("sampler_std", mismatch.log.deviation),
      .init("sampler_max", mismatch.ratio.largest),
    ]
  }
  return statistics
}

/// Count, sum, squares and extremes of numbers taken one after the other.
private struct Moments {
  private var count = 0.0
  private var sum = 0.0
  private var centred = 0.0
  private(set) var least = Double.infinity
  private(set) var largest = -Double.infinity

  /// Welford, "Note on a method for calculating corrected sums of squares and products" (1962).
  mutating func add(_ x: Double) {
    let before = mean
    count += 1
    sum += x
    centred += (x - before) * (x - mean)
    least = min(least, x)
    largest = max(largest, x)
  }

  var mean: Double { count > 0 ? sum / count : 0 }
  /// The population's standard deviation.
  var deviation: Double { count > 0 ? max(0, centred / count).squareRoot() : 0 }

  /// These, or those of a single 1 where nothing was added: the ratios of no token.
  var orOne: Moments {
    guard count == 0 else { return self }
    var one = Moments()
    one.add(1)
    return one
  }
}

/// The log ratios of a batch's trainable tokens, and those of its sequences.
private struct Spread {
  private(set) var log = Moments()
  private(set) var ratio = Moments()
  private(set) var sequenceLog = Moments()
  private(set) var sequenceRatio = Moments()
  /// The mean of exp(z) - 1 - z.
  let k3: Double

  init(_ batch: Batch, _ current: Tensor, _ old: Tensor) {
    let current = current.detached.values
    let old = old.detached.values
    func held(_ z: Double) -> Double { min(max(z, -ImportanceRatio.limit), ImportanceRatio.limit) }
    var divergence = Moments()
    for row in 0..<batch.rows.count {
      var sequence = Moments()
      for token in batch.rows.trainableTokens(row) {
        let z = current[token] - old[token]
        sequence.add(z)
        log.add(z)
        ratio.add(libmExp(held(z)))
        divergence.add(libmExpm1(held(z)) - z)
      }
      guard !batch.rows.trainableTokens(row).isEmpty else { continue }
      sequenceLog.add(sequence.mean)
      sequenceRatio.add(libmExp(held(sequence.mean)))
    }
    k3 = divergence.mean
    ratio = ratio.orOne
    sequenceRatio = sequenceRatio.orOne
  }
}

/// What the advantages still pull; see `measure`.
private func pull(_ batch: Batch, _ slopes: [Double]) throws -> StepStatistics {
  guard let advantage = batch[.advantage]?.detached else { return [] }
  let advantages = try advantage.asTokens(for: "step").tensor.values
  var (pulling, silenced, teaching, mute) = (0.0, 0.0, 0.0, 0.0)
  var (sum, squares) = (0.0, 0.0)
  for row in 0..<batch.rows.count {
    var (here, silent) = (0.0, 0.0)
    for token in batch.rows.trainableTokens(row) where advantages[token] != 0 {
      let weight = abs(slopes[token] / advantages[token])
      here += 1
      if weight == 0 { silent += 1 }
      sum += weight
      squares += weight * weight
    }
    pulling += here
    silenced += silent
    if here > 0 { teaching += 1 }
    if here > 0, silent == here { mute += 1 }
  }
  return [
    .init("silenced", pulling > 0 ? silenced / pulling : 0),
    .init("seq_silenced", teaching > 0 ? mute / teaching : 0),
    .init("ess", squares > 0 ? sum * sum / squares / pulling : 0),
  ]
}
