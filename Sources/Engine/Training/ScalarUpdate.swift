/// Where a scalar model is read in a batch.
public struct ScalarReading: Sendable {
  let sequences: TokenSequences
  /// The place of each number among the completion tokens of `sequences`.
  let places: [Int]
  let shape: Shape

  /// Before each token of a batch, `[B, T?]`: values of states, which do not see the token that follows.
  public static func tokens(_ batch: Batch, for operation: String) throws -> ScalarReading {
    let sequences = try requireSequences(batch, for: operation)
    return ScalarReading(
      sequences: sequences, places: Array(0..<batch.rows.total), shape: .tokens(batch.rows))
  }

  /// After the last token of each completion, `[B]`: scores of what is complete.
  public static func ends(_ batches: [Batch], for operation: String) throws -> ScalarReading {
    var sequences = TokenSequences.concat(try batches.map { try requireSequences($0, for: operation) })
    // A token more asks for the number that the last one leads to.
    for index in sequences.completions.indices { sequences.completions[index].append(sequences.endToken) }
    var places: [Int] = []
    var end = 0
    for completion in sequences.completions {
      end += completion.count
      places.append(end - 1)
    }
    return ScalarReading(sequences: sequences, places: places, shape: .vector(places.count))
  }

  func tensor(_ pass: ScalarPass) throws -> Tensor {
    try Tensor.build(shape, for: "critic") { out in
      for (index, place) in places.enumerated() { out[index] = Double(pass.values[place]) }
    }
  }
}

extension ScalarModel {
  /// The model's numbers where `reading` asks for them.
  public func callAsFunction(_ reading: ScalarReading) throws -> Tensor {
    try reading.tensor(ScalarPass(self, reading.sequences, forGradient: false))
  }

  /// The value of the state before each token of a batch, `[B, T?]`.
  ///
  /// Throws for a batch without tokens.
  public func values(_ batch: Batch) throws -> Tensor { try self(.tokens(batch, for: "values")) }

  /// The score of each whole completion, `[B]`.
  ///
  /// Throws for a batch without tokens.
  public func scores(_ batch: Batch) throws -> Tensor {
    try self(.ends([batch], for: "scores")).reshaped(.sequences(batch.rows))
  }

  /// One optimiser update that descends a loss of the model's numbers.
  ///
  /// Statistics: loss, what the loss measures, grad_norm (before clipping), lr. Throws `EngineError` when the loss
  /// or an updated weight is not finite.
  public func updated(
    _ reading: ScalarReading, descending loss: (Tensor) throws -> ObjectiveOutput
  ) throws -> (model: ScalarModel, statistics: StepStatistics) {
    let pass = try ScalarPass(self, reading.sequences, forGradient: true)
    let tape = Tape()
    defer { tape.close() }
    let numbers = tape.watch(try reading.tensor(pass))
    let output = try loss(numbers)
    let value = try output.value.item(for: "loss")
    guard value.isFinite else {
      throw EngineError(.numeric, "critic", "the loss is \(value)", hint: "look at the batch's rewards")
    }
    let slopes = try tape.gradient(of: output.value, with: [numbers])[0].values
    var derivatives = [Double](repeating: 0, count: pass.values.count)
    for (place, slope) in zip(reading.places, slopes) { derivatives[place] -= slope }
    let result = try network.updated(ascending: pass.backward(derivatives))
    let statistics =
      [.init("loss", value)] + output.metrics + [
        ObjectiveOutput.Metric("grad_norm", result.gradientNorm), .init("lr", result.learningRate),
      ]
    return (ScalarModel(result.policy), statistics)
  }
}
