import Engine

/// Objectives looked at on a batch: side by side, and token by token.
enum ComparisonBuiltins {
  static let all: [Builtin] = [compare, inspect, Library.plotGates, Library.assumptions]

  private static let compare = Builtin(
    .objectives, "compare", "several objectives on the same batch, a row each",
    details: """
      Columns: `value`; `grad_norm`, the norm of the gradient in `logp`; `cosine` of that gradient to the first objective's; `silenced`, the \
      share of tokens with an advantage whose gradient is zero; `seq_silenced`, the share of sequences all of whose tokens are; `ess`, the effective sample size of the tokens' gradient \
      weights |d value / d logp / A| as a share of their number. A function of a batch is an objective too.
      """,
    isCommand: true
  ) { parameter in
    let objectives = parameter("objectives", .items)
    let batch = parameter("batch", .batch)
    return { call in .object(try Comparison.table(call[objectives], call[batch], call)) }
  }

  private static let inspect = Builtin(
    .objectives, "inspect",
    "what an objective does to each token of the first sequences that pull",
    details: """
      For each token: its ratio, its advantage, and `pull`, the gradient of the objective there as a share of what it would be if the policy had \
      not moved since sampling (weight times ratio; 1 on-policy). `silenced` marks tokens that would have pulled and no longer do. \
      On a terminal they are coloured. A function of a batch is an objective too.
      """,
    isCommand: true
  ) { parameter in
    let objective = parameter("objective", .function)
    let batch = parameter("batch", .batch)
    let sequences = parameter("sequences", .count, 3)
    return { call in
      try Inspection(call[objective].function, call[batch], sequences: call[sequences], call).show()
      return .none
    }

  }
}

/// Objectives side by side.
enum Comparison {
  static func table(_ objectives: [Value], _ batch: Batch, _ call: Call) throws -> Table {
    let pulls = try batch.require(.advantage, for: "compare").asTokens(for: "compare").tensor.values
    let tokens = batch.rows
    let trainable = (0..<tokens.count).flatMap { tokens.trainableTokens($0) }
    var first: [Double] = []
    let rows = try objectives.enumerated().map { index, objective in
      guard case .object(let object) = objective, object.signature != nil else {
        throw call.failure("item \(index) is no objective: \(Printing.brief(objective))")
      }
      let (value, gradient) = try Differentiation.gradient(
        of: objective, at: [.object(BatchObject(batch))], named: [], call)
      let slopes = try Conversion.tensor(gradient)?.values ?? []
      if index == 0 { first = slopes }
      let active = trainable.filter { pulls[$0] != 0 }
      let weights = active.map { abs(slopes[$0] / pulls[$0]) }
      let total = weights.reduce(0, +)
      let squares = weights.reduce(0) { $0 + $1 * $1 }
      let teaching = (0..<tokens.count).filter { row in
        tokens.trainableTokens(row).contains { pulls[$0] != 0 }
      }
      let mute = teaching.filter { row in tokens.trainableTokens(row).allSatisfy { slopes[$0] == 0 } }
      return Record([
        "objective": .text(name(objective)), "value": value, "grad_norm": .number(norm(slopes)),
        "cosine": .number(cosine(slopes, first)),
        "silenced": .number(
          active.isEmpty ? 0 : Double(active.filter { slopes[$0] == 0 }.count) / Double(active.count)),
        "seq_silenced": .number(
          teaching.isEmpty ? 0 : Double(mute.count) / Double(teaching.count)),
        "ess": .number(squares > 0 ? total * total / squares / Double(active.count) : 0),
      ])
    }
    return try Table(rows: rows)
  }

  static func name(_ objective: Value) -> String {
    guard case .object(let object) = objective else { return "" }
    return object.signature?.name ?? object.summary
  }

  private static func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  private static func cosine(_ x: [Double], _ y: [Double]) -> Double {
    let product = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let scale = norm(x) * norm(y)
    return scale > 0 ? product / scale : .nan
  }
}
