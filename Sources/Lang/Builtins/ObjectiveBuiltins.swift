import Engine

/// Batches typed in by hand, advantages, objectives, and their comparison.
enum ObjectiveBuiltins {
  static let all: [Builtin] = [batch, groupNorm, groupCenter, rloo, minibatches] + objectives + [compare]

  // MARK: Batches

  private static let batch = Builtin(
    .objectives,
    "batch(logp, old = none, ref = none, reward = none, group = none, advantage = none, values = none, entropy = none)",
    "a batch from nested lists, so that an objective can be tried without a policy",
    details: """
      `logp`, `old`, `ref`, `values`, `entropy`: a list of numbers a sequence; `reward`: a number a sequence; `advantage`: either. \
      `group`: the size of the groups, or a list with the group of every sequence. `old` is `logp` unless given.
      """,
    examples: [
      "batch(logp: [[-1, -2], [-3]], reward: [1, 0], group: 2).ratio\n#=> tensor [2 sequences, 3 tokens]\n#=>      1     1\n#=>      1"
    ]
  ) { call in
    let logp = try tokens(call, 0)
    guard let logp, let rows = logp.shape.tokenRows else {
      throw call.mismatch(0, "a list of lists of numbers")
    }
    var group: [Int]?
    if case .number = call[4] {
      group = try Batch.groups(ofSize: call.integer(4), count: rows.count)
    } else if !call[4].isNone {
      group = try call.items(4).map { item in
        guard let number = item.asNumber, let id = Int(exactly: number) else {
          throw call.mismatch(4, "a size or a list of whole numbers")
        }
        return id
      }
    }
    let isPerToken = try Iteration.items(call[5])?.contains { try Iteration.items($0) != nil } ?? false
    return .object(
      BatchObject(
        try Batch(
          logp: logp, old: tokens(call, 1), ref: tokens(call, 2), reward: call.optionalTensor(3),
          group: group,
          advantage: isPerToken ? tokens(call, 5) : call.optionalTensor(5), values: tokens(call, 6),
          entropy: tokens(call, 7))))
  }

  /// A list of lists as a packed tensor, whether or not the rows have one length.
  private static func tokens(_ call: Call, _ position: Int) throws -> Tensor? {
    if call[position].isNone { return nil }
    if case .object(let object) = call[position], let tensor = (object as? TensorObject)?.tensor,
      tensor.shape.tokenRows != nil
    {
      return tensor
    }
    let rows = try call.items(position).map { row in
      guard let tensor = try Conversion.tensor(row), tensor.shape.rank == 1 else {
        throw call.mismatch(position, "a list of lists of numbers")
      }
      return tensor.values
    }
    guard !rows.isEmpty else {
      throw call.failure(
        "`\(call.signature.parameters[position].name)` has no sequences", help: "a batch needs at least one")
    }
    return try Tensor(rows: rows)
  }

  private static let minibatches = Builtin(
    .objectives, "minibatches(batch, count, shuffle = none)",
    "the batch in parts of whole sequences, as a list",
    details:
      "In order, so that groups stay together; with `shuffle`, a seed, the sequences are dealt out at random.",
    examples: ["len(minibatches(batch(logp: [[-1], [-2], [-3], [-4]]), 2))\n#=> 2"]
  ) { call in
    let seed: UInt64? = call[2].isNone ? nil : try call.seed(2)
    return .list(try batch(call, 0).minibatches(call.integer(1), seed: seed).map { .object(BatchObject($0)) })
  }

  // MARK: Advantages

  private static let groupNorm = Builtin(
    .objectives, "group_norm(batch, std = \"sample\", eps = 0.000001)",
    "the batch with advantages: rewards centred and scaled within each group",
    details: """
      A_i = (R_i - mean_g) / (std_g + eps), arXiv:2402.03300, section 4.1.2. `std` is "sample" (divided by G - 1) or "population" (by G). \
      A group whose rewards are all equal, and a group of one, get exactly 0. A reward that is not finite is an error.
      """,
    examples: [
      "group_norm(batch(logp: [[-1], [-2]], reward: [1, 0], group: 2), std: \"population\", eps: 0).advantage\n#=> [1, -1]"
    ]
  ) { call in
    guard let deviation = Advantage.Deviation(rawValue: try call.text(1)) else {
      throw call.mismatch(1, "\"sample\" or \"population\"")
    }
    return .object(
      BatchObject(try Advantage.groupNorm(batch(call, 0), deviation: deviation, epsilon: call.number(2))))
  }

  private static let groupCenter = Builtin(
    .objectives, "group_center(batch)", "the batch with advantages: rewards minus the mean of their group",
    details: "A_i = R_i - mean_g, arXiv:2503.20783 (Dr. GRPO), section 3.2.",
    examples: ["group_center(batch(logp: [[-1], [-2]], reward: [1, 0], group: 2)).advantage\n#=> [0.5, -0.5]"]
  ) { call in .object(BatchObject(try Advantage.groupCenter(batch(call, 0)))) }

  private static let rloo = Builtin(
    .objectives, "rloo(batch)",
    "the batch with advantages: rewards minus the mean of the others of their group",
    details: "A_i = G / (G - 1) (R_i - mean_g), arXiv:2402.14740, section 2.2. A group of one is an error.",
    examples: ["rloo(batch(logp: [[-1], [-2]], reward: [1, 0], group: 2)).advantage\n#=> [1, -1]"]
  ) { call in .object(BatchObject(try Advantage.leaveOneOut(batch(call, 0)))) }

  static func batch(_ call: Call, _ position: Int) throws -> Batch {
    try call.object(position, BatchObject.self, "a batch or a rollout").batch
  }

  // MARK: Objectives

  /// One builtin for every objective in the engine's catalogue.
  private static let objectives: [Builtin] = ObjectiveCatalog.all.map { card in
    let list = card.parameters.map { parameter in
      parameter.defaultValue.map { "\(parameter.name) = \($0)" } ?? parameter.name
    }
    let notes = (card.conventions + card.edgeCases).map { "- \($0)" }.joined(separator: "\n")
    return Builtin(
      .objectives, "\(card.name)(\(list.joined(separator: ", ")))", "\(card.title): \(card.summary)",
      details: """
        \(card.equation)

        Paper: \(card.paper).

        \(CardText.parameters(card.parameters))

        \(notes)

        Measures \(card.metrics.map { "`\($0.name)`" }.joined(separator: ", ")).
        """,
      source: card.source
    ) { call in
      let given = try EngineParameters.read(call, card.parameters)
      let objective = try card.make(given)
      let changed = card.parameters.compactMap { parameter -> String? in
        guard let value = given[parameter.name], value != parameter.defaultValue else { return nil }
        return "\(parameter.name): \(value)"
      }
      return .object(
        ObjectiveObject(objective, card, call: "\(card.name)(\(changed.joined(separator: ", ")))"))
    }
  }

  private static let compare = Builtin(
    .objectives, "compare(objectives, batch)", "several objectives on the same batch, a row each",
    details: """
      Columns: `value`; `grad_norm`, the norm of the gradient in `logp`; `cosine` of that gradient to the first objective's; `silenced`, the \
      share of tokens with an advantage whose gradient is zero; `ess`, the effective sample size of the tokens' gradient \
      weights |d value / d logp / A| as a share of their number. A function of a batch is an objective too.
      """,
    isCommand: true
  ) { call in
    let objectives = try call.items(0)
    let batch = try batch(call, 1)
    let table = try Comparison.table(objectives, batch, call)
    return .object(table)
  }
}

/// Objectives side by side.
enum Comparison {
  static func table(_ objectives: [Value], _ batch: Batch, _ call: Call) throws -> Table {
    guard batch.advantage != nil else {
      throw call.failure("the batch has no advantages", help: "use group_norm(batch) first")
    }
    let pulls = try pull(batch)
    var first: [Double] = []
    let rows = try objectives.enumerated().map { index, objective in
      guard case .object(let object) = objective, object.signature != nil else {
        throw call.failure("item \(index) is no objective: \(Printing.brief(objective))")
      }
      let (value, gradient) = try Differentiation.gradient(
        of: objective, at: [.object(BatchObject(batch))], named: [], call)
      let slopes = try Conversion.tensor(gradient)?.values ?? []
      if index == 0 { first = slopes }
      let active = pulls.indices.filter { pulls[$0] != 0 }
      let weights = active.map { abs(slopes[$0] / pulls[$0]) }
      let total = weights.reduce(0, +)
      let squares = weights.reduce(0) { $0 + $1 * $1 }
      return Record([
        "objective": .text(name(objective)), "value": value, "grad_norm": .number(norm(slopes)),
        "cosine": .number(cosine(slopes, first)),
        "silenced": .number(
          active.isEmpty ? 0 : Double(active.filter { slopes[$0] == 0 }.count) / Double(active.count)),
        "ess": .number(squares > 0 ? total * total / squares / Double(active.count) : 0),
      ])
    }
    return try Table(rows: rows)
  }

  /// The advantage of every token.
  private static func pull(_ batch: Batch) throws -> [Double] {
    guard let advantage = batch.advantage else { return [] }
    return advantage.shape.tokenRows != nil
      ? advantage.values : try (advantage + Tensor.zeros(.tokens(batch.rows))).values
  }

  static func name(_ objective: Value) -> String {
    guard case .object(let object) = objective else { return "" }
    if let objective = object as? ObjectiveObject { return objective.call }
    return object.signature?.name ?? object.summary
  }

  private static func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  private static func cosine(_ x: [Double], _ y: [Double]) -> Double {
    let product = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let scale = norm(x) * norm(y)
    return scale > 0 ? product / scale : .nan
  }
}
