import Engine

/// Updates, train loops, recording, sweeps.
enum TrainingBuiltins {
  static let all: [Builtin] = [
    step, train, Library.trainPPO, average, run, keep, track, tracked, progress, sweep,
  ]

  private static let step = Builtin(
    .training, "step",
    "one optimiser update that ascends the objective; the new policy and statistics, as a list of two",
    details: """
      The objective is an objective or a function of a batch. The statistics are a record: `reward`, `objective`, `kl`, \
      `ratio_mean`, `ratio_min`, `ratio_max`, `ratio_std`, `entropy`, what the objective measures itself (`gate`, `clip`), \
      `grad_norm` before clipping, and `lr`. On-policy every ratio is exactly 1, and the value of a group-centred objective is near 0 \
      or a constant: look at `grad_norm` and the reward instead.
      """
  ) { parameter in
    let policy = parameter("policy", .policy)
    let batch = parameter("batch", .batch)
    let objective = parameter("objective", .objective)
    return { call in
      let result = try Engine.step(call[policy], call[batch], objective: call[objective])
      return updated(result.policy, result.statistics)
    }
  }

  /// What an update gives: the policy and a record of statistics.
  static func updated(_ policy: Policy, _ statistics: StepStatistics) -> Value {
    let fields = statistics.map { ($0.name, Value.number($0.value)) }
    return .list([.object(PolicyObject(policy)), .object(Record(fields))])
  }

  private static let train = Library.builtin(
    "train", .training, "the train loop: rollouts, advantages, minibatches, updates; a run",
    details: """
      A run has the trained `policy`, its `fingerprint`, its `curve` (a table, one row a step), and its final numbers as fields: the means over the last ten steps. \
      `advantage` is a function of a rollout, or `pairs`. `collect` is a function of policy and seed that gives a rollout, `update` one of policy, batch and objective that gives what step \
      gives, and `after` one of policy and rollout that gives what the next step begins with; where all three are given, a record of several models may stand in the place of the policy, as in `?? train_ppo`. Rollout i uses the seed [seed, i], and i counts from `first`: a run of 100 steps is one of 40 \
      and then, from its policy, one of 60 with `first: 41`, bit for bit. Interrupted, it leaves the run so far in `partial`.
      """)

  private static let average = Library.builtin(
    "average", .training, "the mean of every field over a list of records",
    examples: ["average([{a: 1}, {a: 3}])\n#=> {a: 2}"])

  private static let run = Builtin(
    .training, "run", "a run from a policy and a table with one row a step",
    details: "Its final numbers are the means of the columns over the last ten rows.",
    examples: ["run(none, table([{step: 1, reward: 0.5}])).reward\n#=> 0.5"]
  ) { parameter in
    let policy = parameter("policy", .any)
    let curve = parameter("curve", .table)
    return { call in .object(RunObject(policy: call[policy], curve: try call[curve])) }
  }

  private static let keep = Builtin(
    .training, "keep",
    "what an interrupt would leave in `partial`: a policy and the rows of its curve so far"
  ) { parameter in
    let policy = parameter("policy", .any)
    let rows = parameter("rows", .any)
    return { call in
      call.interpreter.recorder.partial = .list([call[policy], call[rows]])
      return .none
    }
  }

  private static let track = Builtin(
    .training, "track", "records numbers of a step; `tracked()` gives them as a table",
    details: "In a sweep the record belongs to the cell and goes into its row.",
    examples: ["track 1, reward: 0.5\ntrack 2, reward: 0.75\ntracked().reward\n#=> [0.5, 0.75]"],
    isCommand: true
  ) { parameter in
    let step = parameter("step", .any)
    let metrics = parameter.named("metrics")
    return { call in
      let fields = try call[metrics].fields
      call.interpreter.recorder.rows.append(
        Record([("step", call[step])] + fields.map { ($0.name, $0.value) }))
      let detail = fields.prefix(6).map {
        "\($0.name) \($0.value.asNumber.map { Printing.number($0, digits: 4) } ?? $0.value.summary)"
      }
      call.interpreter.recorder.progress(
        Progress("step \(call[step].summary)", detail: detail.joined(separator: "  ")))
      return .none
    }
  }

  private static let tracked = Builtin(
    .training, "tracked", "what `track` has recorded, as a table"
  ) { _ in { call in .object(try Table(rows: call.interpreter.recorder.rows)) } }

  private static let progress = Builtin(
    .training, "progress",
    "shows how far long work has come, on a terminal"
  ) { parameter in
    let title = parameter("title", .text)
    let fraction = parameter.optional("fraction", .number)
    let detail = parameter("detail", .text, "")
    return { call in
      call.interpreter.recorder.progress(
        Progress(try call[title], fraction: try call[fraction], detail: try call[detail]))
      return .none
    }
  }

  /// What the `sweep` statement calls, whatever the name stands for in a program.
  static let sweepFunction = NativeFunction(sweep)

  private static let sweep = Builtin(
    .training, "sweep",
    "what the `sweep` statement calls: the body for every combination, as a table",
    details: """
      Write `sweep a in xs, seed in 1..8 { ... }`. The value is a table with one row a cell: the axes, then the fields of the record or the \
      final numbers of the run that the body gives. Cells run in parallel on the machine's cores and share nothing; the table does not depend on their number. \
      A cell that fails has its message in the column `error`. Ctrl-C gives the cells that are done.
      """,
    examples: [
      "sweep a in [1, 2], b in [10, 20] { {sum: a + b} }\n#=> a   b  sum\n#=> 1  10   11\n#=> 1  20   21\n#=> 2  10   12\n#=> 2  20   22"
    ]
  ) { parameter in
    let body = parameter("body", .function)
    let axes = parameter("axes", .texts)
    let values = parameter("values", .items)
    return { call in
      let names = try call[axes]
      let lists = try call[values]
      guard names.count == lists.count else {
        throw call.failure("\(names.count) axes and \(lists.count) lists of values do not go together")
      }
      let axes = try zip(names, lists).map { name, values in
        guard let items = try Iteration.items(values) else {
          throw call.failure("the axis `\(name)` must be a list, got \(Printing.brief(values))")
        }
        return (name: name, values: items)
      }
      return .object(try Sweep(body: call[body].function, axes: axes).run(call))
    }

  }
}

extension RunObject {
  /// A run whose final numbers are the means over the last ten rows of its curve.
  convenience init(policy: Value, curve: Table) {
    let count = min(10, curve.elementCount ?? 0)
    let final = zip(curve.names, curve.columns).compactMap { name, values -> (String, Value)? in
      guard name != "step" else { return nil }
      let numbers = values.suffix(count).compactMap(\.asNumber)
      guard !numbers.isEmpty else { return nil }
      return (name, .number(numbers.reduce(0, +) / Double(numbers.count)))
    }
    self.init(policy: policy, final: Record(final), curve: curve)
  }
}
