@testable import Engine

extension Objective {
  /// The value on `batch` and its gradient with respect to `logp`, `[B, T?]`.
  func valueAndGradient(_ batch: Batch) throws -> (output: ObjectiveOutput, gradient: Tensor) {
    let tape = Tape()
    defer { tape.close() }
    let logp = tape.watch(batch.logp)
    let output = try evaluate(batch.with(.logp, logp))
    let gradient = try tape.gradient(of: output.value, with: [logp])[0]
    return (ObjectiveOutput(value: tape.constant(output.value), metrics: output.metrics), gradient)
  }
}
