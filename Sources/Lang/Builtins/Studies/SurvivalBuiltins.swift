import Engine

/// How long runs last.
enum SurvivalBuiltins {
  static let all: [Builtin] = [movingAverage, collapse, survival, logRank]

  private static let movingAverage = Builtin(
    .studies, "moving_average", "the mean of each number and the up to `window` - 1 before it",
    examples: ["moving_average([1, 3, 5, 7], 2)\n#=> [1, 2, 4, 6]"]
  ) { parameter in
    let x = parameter("x", .tensor)
    let window = parameter("window", .integer(1...Int.max), 10)
    return { call in .tensor(try Tensor(Survival.movingAverage(call[x].values, window: call[window]))) }
  }

  private static let collapse = Builtin(
    .studies, "collapse", "the step at which a curve has collapsed, counted from 1; none where it does not",
    details: """
      Collapsed means that the mean of the last `window` numbers is below `share` of the highest such mean before. `collapse(r.curve.reward)` is \
      the step of a run; with `survival` and `log_rank` or a claim's test of that name, "collapses earlier" is a statement with a test.
      """,
    examples: [
      "collapse([1, 2, 4, 4, 1, 1], window: 2)\n#=> 6", "collapse([1, 2, 3], window: 2) == none\n#=> true",
    ]
  ) { parameter in
    let x = parameter("x", .tensor)
    let share = parameter("share", .number, 0.5)
    let window = parameter("window", .integer(1...Int.max), 10)
    return { call in
      let place = try Survival.collapse(call[x].values, share: call[share], window: call[window])
      return place.map { .number(Double($0 + 1)) } ?? .none
    }
  }

  private static let survival = Builtin(
    .studies, "survival", "the share of runs that last beyond each time, by the estimate of Kaplan and Meier",
    details: """
      `column` has the time at which each run ended, or none for one that was still going at `until`. One row per group and time with an end: \
      `time`, `at_risk`, `ended`, `share`, and its 95% interval `ci_low` and `ci_high` (Greenwood's variance on the log-log scale; none where \
      nobody is left). `plot survival(...), x: "time", y: "share", by: "name"` draws it.
      """,
    examples: [
      "runs = table({name: [\"a\", \"a\", \"a\"], collapse: [10, 30, none]});\nselect(survival(runs, \"collapse\", until: 50, by: \"name\"), \"time\", \"at_risk\", \"share\")\n#=> time  at_risk     share\n#=>   10        3  0.666667\n#=>   30        2  0.333333"
    ]
  ) { parameter in
    let table = parameter("table", .tabular)
    let column = parameter("column", .columnName)
    let until = parameter("until", .number)
    let by = parameter.optional("by", .columnNames)
    return { call in
      let table = try call[table]
      let by = try call[by] ?? []
      let lives = try Lifetimes(table, call[column], until: call[until], call)
      let rows = try RowGroups.groups(table, by).flatMap { group in
        let (times, ended) = lives.at(group.positions)
        return try Survival.curve(times, ended: ended).mapInterruptibly("survival") { step in
          Record(
            zip(by, group.key).map { ($0, $1) } + [
              ("time", .number(step.time)), ("at_risk", .number(Double(step.atRisk))),
              ("ended", .number(Double(step.events))), ("share", .number(step.share)),
              ("ci_low", step.share > 0 ? .number(step.low) : .none),
              ("ci_high", step.share > 0 ? .number(step.high) : .none),
            ])
        }
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let logRank = Builtin(
    .studies, "log_rank", "whether runs of two arms last equally long, by the log-rank test, as a record",
    details: """
      `hazard_ratio` is the first arm's rate of ends over the second's, by Peto's estimate exp((O - E) / V), with its interval; `p` is two-sided. \
      The arms are the two values of `by`. `column` and `until` as in `survival`. Without an end in either arm `p` is 1 and there is no ratio.
      """,
    examples: [
      "runs = table({name: [\"a\", \"a\", \"a\", \"b\", \"b\", \"b\"], collapse: [10, 20, 30, none, none, none]})\nround(1000 * log_rank(runs, \"collapse\", until: 50, by: \"name\").p)\n#=> 25"
    ]
  ) { parameter in
    let table = parameter("table", .tabular)
    let column = parameter("column", .columnName)
    let until = parameter("until", .number)
    let by = parameter("by", .columnName)
    return { call in
      let table = try call[table]
      let lives = try Lifetimes(table, call[column], until: call[until], call)
      let groups = try RowGroups.groups(table, [call[by]])
      guard groups.count == 2 else {
        throw call.failure(
          "`\(try call[by])` must have two values, it has \(groups.count)", help: "filter the table first")
      }
      let contrast = try Survival.logRank(lives.at(groups[0].positions), lives.at(groups[1].positions))
      let bounds = contrast?.interval()
      return .object(
        Record([
          "first": groups[0].key[0], "second": groups[1].key[0],
          "hazard_ratio": contrast.map { .number(exp($0.estimate)) } ?? .none,
          "ci_low": bounds.map { .number(exp($0.low)) } ?? .none,
          "ci_high": bounds.map { .number(exp($0.high)) } ?? .none, "p": .number(contrast?.pValue ?? 1),
        ]))
    }
  }
}

/// When runs ended, or that they were still going.
struct Lifetimes {
  private let times: [Double]
  private let ended: [Bool]

  /// Reads a column of times; none is a run that was still going at `until`, and so is a later time.
  init(_ table: any Tabular, _ column: String, until: Double, _ call: Call) throws {
    let numbers = try Summary.numbers(table, column, call)
    times = numbers.map { min($0 ?? until, until) }
    ended = numbers.map { $0.map { $0 <= until } ?? false }
  }

  func at(_ rows: [Int]) -> (times: [Double], ended: [Bool]) {
    (rows.map { times[$0] }, rows.map { ended[$0] })
  }
}
