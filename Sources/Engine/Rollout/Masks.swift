extension Batch {
  /// This batch with the sequences masked that were cut off before their end (`overlong_filter`).
  ///
  /// Paper: arXiv:2503.14476, section 3.4, which masks their loss. A masked token is not among those that a mean
  /// divides by. With `counted` the sequences keep their tokens and get weight 0, so means divide by them as well.
  public func overlongFiltered(counted: Bool = false) throws -> Batch {
    let whole = try 1 - require(.truncated, for: "overlong_filter")
    return try counted ? weighted(by: whole) : masked(whole)
  }

  /// This batch with a gradient only from the tokens at which the policy was least certain (`top_entropy`).
  ///
  ///     weight_it = 1  where H_it >= quantile(H, 1 - share),   0  elsewhere
  ///
  /// Paper: arXiv:2506.01939, whose share is 0.2. Shapes: H, weight [B, T?]. The quantile is over all tokens of the
  /// batch, interpolated; the others still count where an aggregation divides, as in the paper.
  public func highEntropy(share: Double) throws -> Batch {
    guard share > 0, share <= 1 else {
      throw EngineError(
        .argument, "top_entropy",
        "share has to be above 0 and at most 1, got \(ParameterValue.number(share))",
        hint: "the paper keeps 0.2 of the tokens")
    }
    let entropy = try require(.entropy, for: "top_entropy").detached
    guard entropy.count > 0 else { return self }
    let threshold = try Quantile.of(entropy.trainable(for: "top_entropy").values, 1 - share)
    return try weighted(by: BinaryOperation.ge(entropy, Tensor(threshold)))
  }
}
