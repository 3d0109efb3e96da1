extension LanguageModelEnd {
  /// Puts |d log p / d (logits / T)|^2 of the predictions of head row `row` into `norms`.
  ///
  ///     1 - 2 p(y) + sum_v p(v)^2
  fileprivate func scoreNorms(
    _ layout: SequenceLayout, _ row: Int, _ outputs: FloatView, into norms: Storage<Float>
  ) {
    FloatView.scratch(1, outputs.columns) { exponentials in
      let softmax = softmax(layout, row, outputs, exponentials)
      var squares = 0.0
      for place in 0..<outputs.columns {
        let p = Double(exponentials.at(0, place).pointee / softmax.sum)
        squares += p * p
      }
      for prediction in layout.predictions(row) {
        let p = Double(exponentials.at(0, Int(layout.targets[prediction])).pointee / softmax.sum)
        norms[layout.places[prediction]] = Float(max(0, 1 - 2 * p + squares))
      }
    }
  }
}

extension Batch {
  /// This batch with `score_norm` under `policy`: the squared length of d logp / d (logits / T) at every token.
  ///
  /// Throws `EngineError` for a batch without tokens, or tokens that are not the policy's.
  public func withScoreNorm(_ policy: Policy) throws -> Batch {
    let sequences = try requireSequences(self, for: "with_score_norm")
    let end = try LanguageModelEnd(temperature: temperature, kept: sequences.kept)
    let norms = try Storage<Float>(uninitialized: sequences.tokenCount, for: "with_score_norm")
    for layout in try SequenceLayout.spans(policy, sequences) {
      try ModelPass(policy, layout, .nothing).forward { row, outputs in
        end.scoreNorms(layout, row, outputs, into: norms)
      }
    }
    return try with(.scoreNorm, Tensor(widening: norms, rows))
  }
}
