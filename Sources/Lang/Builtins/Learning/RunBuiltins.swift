import Engine

/// Train loops, what they write down, sweeps.
enum RunBuiltins {
  static let all: [Builtin] = [train, trainPPO, run, track, keep, tracked, runs, loadRun, progress, sweep]

  private static let train = Library.builtin(
    "train", .training, "the train loop: rollouts, advantages, minibatches, updates; gives a run",
    details: """
      What to do: `learner` is a policy, a run to go on from, or a record of several models with a field `policy`. `steps` is a number of steps, or a range \
      such as `41..100`: a run of 40 steps and then, from its learner, one of `41..100` are one of 100, bit for bit. Step i samples with the seed \
      [seed, i].

      Sampling: `prompts`, `group` and whatever else `rollout` takes by name, such as `temperature`, `reward` and `ref`; or `collect`, a function of learner and \
      seed that gives a rollout.

      Learning: `advantage` is a function of a rollout, or `pairs`. `epochs` times `minibatches` updates follow, each by `update`, a function of learner, batch and \
      objective that gives what `step` gives. For a mixture of experts `replay` and `balance` are those of `step`. `adapt`, a function of learner and rollout, gives the learner that the next step begins with. A learner that is \
      a record needs its own `update`, as in `?? train_ppo`.

      The curve's statistics are those of `step`: means over a step's updates, each taken before its own update, of `_max` and `_min` columns the \
      extremes. With `_after` behind the name they are those of `drift` on the whole rollout after its last update, every `drift_every` steps; \
      1 costs a fifth of a step, `none` nothing. Before the updates, ratios are 1 unless the sampler was another: `sampler_kl` and its \
      relatives say how far it was.

      Watching: every `evaluate_every` steps `pass1` of `evaluate`, by the task's own check, joins the row, every `keep_every` steps the learner joins `kept`, and every `log_every` steps \
      a line goes to standard error where no terminal shows the progress. `after` is a function of learner, step and row; a record that it gives \
      joins the row. `stop` is a function of the row; the run ends where it gives `true`.

      The run has its `policy`, `learner`, `curve` (a table with one row for each step), `kept` (a table of `step`, `policy` and `learner`), `spec` (the arguments), \
      `fingerprint`, and its final numbers as fields: the means over the last ten steps. After an error or Ctrl-C the run so far is in `partial`.
      """,
    examples: [
      "task = addition()\nr = train(policy(task), task, sapo(), steps: 4, prompts: 2, keep_every: 2, evaluate_every: 4)\nr.kept.step\n#=> [2, 4]",
      "task = addition()\nr = train(policy(task), task, grpo(), steps: 2, prompts: 2)\nagain = apply(train, [], r.spec)\nagain.fingerprint == r.fingerprint\n#=> true",
    ])

  private static let trainPPO = Library.builtin(
    "train_ppo", .training, "the train loop of PPO with a critic; gives a run",
    details: """
      As `train`, whose other parameters it takes too, with values from the critic, advantages by `gae`, whitened, and an update of the critic beside each of the \
      policy's. The run's `learner` is the record {policy, critic, beta}. `beta` is the strength of the KL penalty at each token in the reward, against `ref`; with \
      `target_kl` it adapts by `kl_controller`. The curve also has `value_loss`, `explained`, and `beta` at each step.
      """)

  private static let run = Builtin(
    .training, "run", "the run of what a function writes with `track` and `keep`, in memory or in a folder",
    details: """
      The function gives the learner as it is in the end, or `none` for the one that was tracked last. `spec` is a record that says what was to be done. After an error or Ctrl-C \
      the run so far is in `partial`. `train` makes its runs with it.

      With `store`, the name of a folder, the run is written there as it goes on (`docs/runs.md` describes the files). The same call goes on where it was stopped, \
      and reads a run that is done; another `spec`, or without one another function, is refused. A function with a parameter is given the run so far, with the \
      `learner` and the `curve` up to a checkpoint, or `none` at the beginning; one without begins anew. What it needs to go on has to be in the learner that it \
      tracks. Checkpoints come every `checkpoint_every` rows, or so often that they take less than a hundredth of the time.
      """,
    examples: [
      "r = run(() => { for i in 1..3 { track i, loss: 1 / i } })\nr.curve.step\n#=> [1, 2, 3]"
    ]
  ) { parameter in
    let body = parameter("body", .function)
    let specification = parameter.optional("spec", .record)
    let store = parameter.optional("store", .path)
    let interval = parameter.optional("checkpoint_every", .integer(1...Int.max))
    return { call in
      let body = try call[body]
      let recorder = call.interpreter.recorder
      let request = try (call[store] ?? recorder.nextHome()).map { path in
        let identity = Identity(call.session)
        return RunFolder.Request(
          path: path,
          specification: try call[specification].map { try identity.of($0.fields) }
            ?? identity.of(body.function),
          interval: try call[interval], continues: body.parameterCount > 0,
          program: Provenance.fields(call.session),
          meetsOthers: call.session.share != nil, replaces: !call.has(store))
      }
      return .object(
        try recorder.run(call[specification] ?? .empty, in: request) { soFar in
          try body.parameterCount > 0 ? body(soFar) : body([])
        })
    }
  }

  private static let runs = Builtin(
    .training, "runs", "the runs in a folder and in the folders inside it, as a table",
    details: """
      One row for each run: `path`, `state` ("running", "finished", "stopped" or "failed"), `steps`, `message` of an error, the time of the last change, the fingerprint, and \
      the last values of its numbers. `load_run(path)` gives a run itself.
      """,
    examples: ["len(runs(\"no_such_folder\"))\n#=> 0"]
  ) { parameter in
    let path = parameter("path", .path)
    return { call in .object(try StoredRuns.table(call[path])) }
  }

  private static let loadRun = Builtin(
    .training, "load_run", "the run in a folder, as `train` with `store` has written it, finished or not",
    details: "Its `spec` has what was to be done as texts. Weights are read when they are asked for."
  ) { parameter in
    let path = parameter("path", .path)
    return { call in .object(try RunFolder.load(call[path])) }
  }

  private static let track = Builtin(
    .training, "track", "records numbers of a step, and what is trained as it is now",
    details: """
      They belong to the innermost `run`; in a sweep to the cell, whose row gets them as `curve`; else to the session, whose `tracked()` is a run of them.
      """,
    examples: ["track 1, reward: 0.5\ntrack 2, reward: 0.75\ntracked().curve.reward\n#=> [0.5, 0.75]"],
    isCommand: true
  ) { parameter in
    let step = parameter("step", .any)
    let learner = parameter("learner", .any, words: "none")
    let metrics = parameter.named("metrics")
    return { call in
      let fields = try call[metrics].fields
      let recorder = call.interpreter.recorder
      try recorder.journal.append(
        Record([("step", call[step])] + fields.map { ($0.name, $0.value) }), learner: call[learner])
      let detail = fields.prefix(6).map {
        "\($0.name) \($0.value.asNumber.map { Printing.number($0, digits: 4) } ?? $0.value.summary)"
      }
      recorder.progress(Progress("step \(call[step].summary)", detail: detail.joined(separator: "  ")))
      return .none
    }
  }

  private static let keep = Builtin(
    .training, "keep",
    "keeps what is trained as it is now, for `kept` of the run; the step is that of the last `track`",
    examples: ["track 1, reward: 0.5\nkeep policy(8, width: 16)\ntracked().kept.step\n#=> [1]"],
    isCommand: true
  ) { parameter in
    let learner = parameter("learner", .any)
    let step = parameter("step", .any, words: "none")
    return { call in
      try call.interpreter.recorder.journal.keep(call[learner], step: call[step])
      return .none
    }
  }

  private static let tracked = Builtin(
    .training, "tracked", "what `track` and `keep` have recorded here so far, as a run",
    details: "With `clear` recording begins anew.",
    examples: ["track 1, reward: 0.5\ntracked(clear: true).reward\n#=> 0.5"]
  ) { parameter in
    let clear = parameter("clear", .flag, false)
    return { call in
      let recorder = call.interpreter.recorder
      let run = try RunObject(.empty, recorder.journal)
      if try call[clear] { recorder.journal = Journal() }
      return .object(run)
    }
  }

  private static let progress = Builtin(
    .training, "progress", "shows how far long work has come, on a terminal",
    details: "With `log` it is a line on standard error where no terminal shows it."
  ) { parameter in
    let title = parameter("title", .text)
    let fraction = parameter.optional("fraction", .number)
    let detail = parameter("detail", .text, "")
    let log = parameter("log", .flag, false)
    return { call in
      let progress = Progress(try call[title], fraction: try call[fraction], detail: try call[detail])
      let recorder = call.interpreter.recorder
      recorder.progress(progress)
      if try call[log] { recorder.log("\(progress.title)  \(progress.detail)") }
      return .none
    }
  }

  /// What the `sweep` statement calls, whatever the name stands for in a program.
  static let sweepFunction = NativeFunction(sweep)

  private static let sweep = Builtin(
    .training, "sweep",
    "what the `sweep` statement calls: the body for every combination, as a table",
    details: """
      Write `sweep a in xs, seed in 1..8 { ... }`. The value is a table with one row for each cell: the axes, then the fields of the record or the \
      final numbers of the run that the body gives. Cells run in parallel on the machine's cores and share nothing; the table does not depend on their number. \
      A cell that fails has its message in the column `error`, and in `partial` what its run had done. After Ctrl-C the table of the cells that are done is in `partial`.

      Axes in brackets change together: `sweep [a, b] in [[1, 10], [2, 20]] { ... }` has two cells, and the columns `a` and `b`. `zip(xs, ys)` puts lists of values \
      together.

      `sweep a in xs, seed in 1..8, store: "runs/a" { ... }` keeps every cell in the folder, under a name made of the body, of what that uses from around it, of the values of \
      the axes and of the version. A cell that is there is read and not computed; several processes with the same folder share the work (`docs/runs.md`).
      """,
    examples: [
      "sweep a in [1, 2], b in [10, 20] { {sum: a + b} }\n#=> a   b  sum\n#=> 1  10   11\n#=> 1  20   21\n#=> 2  10   12\n#=> 2  20   22"
    ]
  ) { parameter in
    let body = parameter("body", .function)
    let axes = parameter("axes", .items)
    let values = parameter("values", .items)
    let store = parameter.optional("store", .path)
    return { call in
      let names = try call[axes]
      let lists = try call[values]
      guard names.count == lists.count else {
        throw call.failure("\(names.count) axes and \(lists.count) lists of values do not go together")
      }
      let axes = try zip(names, lists).map { names, values in
        try axis((Iteration.items(names) ?? [names]).map(Printing.text), values, call)
      }
      if let name = axes.flatMap(\.names).first(where: Sweep.reservedNames.contains) {
        throw call.failure("an axis cannot be named `\(name)`, as a column with what went wrong is")
      }
      let sweep = Sweep(body: try call[body].function, axes: axes)
      let folder = try call[store].map { try SweepFolder($0, sweep, call.session) }
      return .object(try sweep.run(call, in: folder))
    }
  }

  /// The names of an axis, and what each gets in turn: an item, or where there are several names, the parts of an item.
  private static func axis(_ names: [String], _ values: Value, _ call: Call) throws -> (
    names: [String], values: [[Value]]
  ) {
    let written = names.count == 1 ? names[0] : "[\(names.joined(separator: ", "))]"
    guard let items = try Iteration.items(values) else {
      throw call.failure("the axis `\(written)` must be a list, got \(Printing.brief(values))")
    }
    if names.count == 1 { return (names, items.map { [$0] }) }
    return (
      names,
      try items.map { item in
        guard let parts = item.asRecord == nil ? try Iteration.items(item) : nil, parts.count == names.count
        else {
          throw call.failure(
            "each item of `\(written)` must be a list of \(names.count), got \(Printing.brief(item))")
        }
        return parts
      }
    )
  }
}
