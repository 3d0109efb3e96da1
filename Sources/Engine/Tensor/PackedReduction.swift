/// Reductions over the tokens of a batch, under the field's names.
///
/// They see the trainable tokens alone: `L_i` is the number of trainable tokens of sequence i. A sequence without any
/// contributes 0 and is not counted: `B` is the number of sequences that have some. When none has, every reduction is
/// 0. One value per sequence (`[B]`) counts once for each trainable token of its sequence.
extension Tensor {
  /// The values of the trainable tokens alone, packed; the tensor itself where there is no mask.
  ///
  /// Every reduction over a whole tensor or over sequences begins with this, and so obeys the mask, gradient and all.
  public func trainable(for operation: String = "mask") throws -> Tensor {
    guard let rows = shape.tokenRows, let tokens = rows.trainableTokens else { return self }
    return try gathered(tokens, .tokens(rows.trainable), for: operation)
  }

  /// This tensor as one value per token; throws when it belongs to no batch.
  public func asTokens(for operation: String) throws -> (tensor: Tensor, rows: Rows) {
    switch shape.packing {
    case .tokens(let rows): return (self, rows)
    case .sequences(let rows):
      return (try spread(over: rows), rows)
    case .none:
      throw EngineError(
        .shape, operation, "needs one value per token or per sequence of a batch, got shape \(shape)",
        hint: "use sum or mean for a plain tensor")
    }
  }

  /// The sum over each sequence's tokens, `[B]`.
  public func sequenceSum() throws -> Tensor {
    let (x, rows) = try asTokens(for: "seq_sum")
    return try x.trainable(for: "seq_sum").summed(to: .sequences(rows), over: rows.trainable)
  }

  /// The mean over each sequence's tokens, `[B]`; 0 for a sequence without tokens.
  public func sequenceMean() throws -> Tensor {
    let (x, rows) = try asTokens(for: "seq_mean")
    let lengths = try Tensor(
      rows.trainable.lengths.map { Double(Swift.max($0, 1)) }, shape: .sequences(rows))
    return try x.trainable(for: "seq_mean").summed(to: .sequences(rows), over: rows.trainable) / lengths
  }

  /// Row sums, also where the numbers of tokens and sequences happen to agree.
  private func summed(to target: Shape, over rows: Rows) throws -> Tensor {
    let y = try sums(between: rows.offsets, target, for: "seq_sum")
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, _, _ in try upstream.spread(over: rows) }
  }

  /// One value per sequence repeated for each of its tokens.
  private func spread(over rows: Rows) throws -> Tensor {
    let operand = Deferred.Operand(tensor: detached, reach: .sequences(rows))
    let y =
      rows.total >= Deferred.leastCount
      ? try ElementwiseFunction.copy(for: "seq_sum").deferred([operand], .tokens(rows))
      : try Tensor.build(.tokens(rows), for: "seq_sum") { out in
        withElements { operand.reach.fill(out, from: $0, 0, rows.total) }
      }
    guard isTraced else { return y }
    return y.recorded(from: [self]) { _, upstream, inputs, _ in
      try upstream.summed(to: inputs[0].shape, over: rows)
    }
  }

  /// sum_it x_it.
  public func tokenSum() throws -> Tensor { try asTokens(for: "token_sum").tensor.sum() }

  /// sum_it x_it / sum_i L_i.
  public func tokenMean() throws -> Tensor {
    let (x, rows) = try asTokens(for: "token_mean")
    return try x.sum() / Double(Swift.max(rows.trainable.total, 1))
  }

  /// (1/B) sum_i (1/L_i) sum_t x_it.
  public func sequenceMeanTokenMean() throws -> Tensor {
    let (x, rows) = try asTokens(for: "seq_mean_token_mean")
    return try x.sequenceMean().sum() / Double(Swift.max(rows.trainable.nonEmptyCount, 1))
  }

  /// (1/B) sum_i sum_t x_it.
  public func sequenceMeanTokenSum() throws -> Tensor {
    let (x, rows) = try asTokens(for: "seq_mean_token_sum")
    return try x.sum() / Double(Swift.max(rows.trainable.nonEmptyCount, 1))
  }

  /// sum_it x_it / (B C) with a constant length budget C.
  public func sequenceMeanTokenSumNorm(_ budget: Double) throws -> Tensor {
    guard budget > 0, budget.isFinite else {
      throw EngineError(
        .argument, "seq_mean_token_sum_norm", "the length budget has to be positive, got \(budget)")
    }
    return try sequenceMeanTokenSum() / budget
  }
}
