import Engine

/// Objectives looked at on a batch: side by side, and token by token.
enum ComparisonBuiltins {
  static let all: [Builtin] = [drift, compare, inspect, Library.plotGates, Library.assumptions]

  private static let drift = Builtin(
    .objectives, "drift",
    "how far the policy is from the one that sampled a batch, and what an objective makes of it, as a record",
    details: """
      With z = logp - old and the means over trainable tokens: `kl`, the k3 estimate of KL(old || current), mean exp(z) - 1 - z; `kl_k1`, mean -z; \
      `ratio_mean`, `ratio_min`, `ratio_max` of the tokens' ratios exp(z); `ratio_std`, the population standard deviation of z; \
      `seq_ratio_mean`, `seq_ratio_min`, `seq_ratio_max`, `seq_ratio_std` the same of the sequences' ratios, geometric means of their tokens'; \
      `entropy` where it is known; `sampler_kl`, `sampler_std`, `sampler_max` of old - sampler where the sampler reported log-probabilities.

      With an objective and advantages also, from its gradient with penalties left out: `silenced`, the share of tokens with an advantage whose \
      gradient is 0; `seq_silenced`, the share of sequences all of whose tokens are; `ess`, the effective sample size (sum w)^2 / (n sum w^2) of \
      the weights w = |d J / d logp / A|; and what it measures itself, such as `gate_pos` and `gate_neg`, the mean weight of its gate over tokens \
      with an advantage above and below 0. They mean the same for every objective. `drift(rescore(ro, pi), grpo())` is what they are now.
      """,
    examples: [
      "b = batch(logp: [[-1, -2], [-3]], old: [[-1, -2.5], [-3]], advantage: [1, -1])\nd = drift(b, grpo())\n[d.ratio_max == exp(0.5), d.seq_ratio_max == exp(0.25), round(100 * d.silenced)]\n#=> [true, true, 33]"
    ]
  ) { parameter in
    let batch = parameter("batch", .batch)
    let objective = parameter.optional("objective", .objective)
    return { call in
      let batch = try call[batch]
      let statistics =
        try call[objective].map { try measure($0, batch, for: "drift").statistics } ?? Engine.drift(batch)
      return .object(Record(statistics.map { ($0.name, .number($0.value)) }))
    }
  }

  private static let compare = Builtin(
    .objectives, "compare", "several objectives on the same batch, a row each",
    details: """
      Columns: `value`; `grad_norm`, the norm of the gradient in `logp`; `cosine` of that gradient to the first objective's; and of the \
      statistics of `drift` `silenced`, `seq_silenced` and `ess`. A function of a batch is an objective too; penalties in it count as pull.
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
    _ = try batch.require(.advantage, for: "compare")
    var first: [Double] = []
    let rows = try objectives.enumerated().map { index, objective in
      guard let evaluate = try Kind<(Batch) throws -> ObjectiveOutput>.objective.read(objective, call) else {
        throw call.failure("item \(index) is no objective: \(Printing.brief(objective))")
      }
      let measured = try measure(evaluate, batch, for: "compare")
      if index == 0 { first = measured.slopes }
      func statistic(_ name: String) -> Value {
        measured.statistics.first { $0.name == name }.map { .number($0.value) } ?? .none
      }
      return Record([
        "objective": .text(name(objective)), "value": .tensor(measured.value),
        "grad_norm": .number(norm(measured.slopes)), "cosine": .number(cosine(measured.slopes, first)),
        "silenced": statistic("silenced"), "seq_silenced": statistic("seq_silenced"),
        "ess": statistic("ess"),
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
