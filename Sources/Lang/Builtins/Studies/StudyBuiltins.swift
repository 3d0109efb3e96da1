import Engine

/// What several runs say together: paired differences, intervals, corrections, power.
enum StudyBuiltins {
  static let all: [Builtin] =
    [paired, tTest, bootstrap, interquartile, iqm, wilson, adjust, tPower, smallestVisible, unitsNeeded]
    + SurvivalBuiltins.all + ClaimBuiltins.all

  private static let paired = Builtin(
    .studies, "paired",
    "the differences of a column between each arm and one of them, in rows that agree in other columns",
    details: """
      `by` is the column of arms, `than` the arm that the others are compared with, `on` the columns that make a pair, such as the cold start \
      and the seed. What a pair shares, such as its prompts, drops out of the difference. One row per arm and pair, with the columns of `by` \
      and `on` and `difference`; pairs of which one side is lacking or not finite are left out.
      """,
    examples: [
      "runs = table({name: [\"a\", \"b\", \"a\", \"b\"], seed: [1, 1, 2, 2], pass1: [0.25, 0.5, 0.5, 0.625]});\npaired(runs, \"pass1\", by: \"name\", than: \"a\", on: \"seed\")\n#=> name  seed  difference\n#=> b        1        0.25\n#=> b        2       0.125"
    ]
  ) { parameter in
    let table = parameter("table", .tabular)
    let column = parameter("column", .columnName)
    let by = parameter("by", .columnName)
    let than = parameter("than", .any)
    let on = parameter("on", .columnNames)
    return { call in
      let keys = try call[on]
      let arms = try PairedArms(call[table], column: call[column], by: call[by], on: keys, call)
      let base = Arm.label(call[than])
      let rows = try arms.names.filter { $0 != base }.flatMap { name in
        try arms.differences(name, base).map { pair in
          Record(
            [(try call[by], arms.value(name))] + zip(keys, pair.key).map { ($0, $1) } + [
              ("difference", .number(pair.difference))
            ])
        }
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let tTest = Builtin(
    .studies, "t_test",
    "the mean of differences with its interval and the p value of a mean of 0, as a record",
    details: "Student's t with n - 1 degrees of freedom, two-sided. The differences are to be independent.",
    examples: ["round(1000 * t_test([0.1, 0.3, 0.2, 0.4]).p)\n#=> 30"]
  ) { parameter in
    let differences = parameter("differences", .tensor)
    let confidence = parameter("confidence", .number, 0.95)
    return { call in
      let values = try call[differences].values
      guard let contrast = Contrast(differences: values) else {
        throw call.failure("needs at least two differences, got \(values.count)")
      }
      let (low, high) = try contrast.interval(share(call[confidence], "confidence", call))
      return .object(
        Record([
          "mean": .number(contrast.estimate), "ci_low": .number(low), "ci_high": .number(high),
          "p": .number(contrast.pValue), "n": .number(Double(contrast.units)),
        ]))
    }
  }

  private static let bootstrap = Builtin(
    .studies, "bootstrap",
    "the mean of a column with its bootstrap interval over units that share something, as a record",
    details: """
      `over` names columns whose values are units, the outermost first: `over: ["start", "seed"]` draws cold starts with replacement and, within \
      each one drawn, seeds. `crossed` names columns whose values are the same in all of those, such as the prompts that every run was asked; they \
      are drawn by themselves. Without either every row is a unit. 10000 resamples, drawn from `seed`; the interval has 95% confidence, and is too \
      narrow for fewer than about ten units of the outermost level.
      """,
    examples: [
      "d = table({start: [1, 1, 2, 2], seed: [1, 2, 1, 2], difference: [0.1, 0.2, 0.3, 0.4]})\nb = bootstrap(d, \"difference\", over: [\"start\", \"seed\"])\n[b.mean, b.ci_low < 0.2, b.ci_high > 0.3]\n#=> [0.25, true, true]"
    ]
  ) { parameter in
    let table = parameter("table", .tabular)
    let column = parameter("column", .columnName)
    let over = parameter.optional("over", .columnNames)
    let crossed = parameter.optional("crossed", .columnNames)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let table = try call[table]
      let numbers = try Summary.numbers(table, call[column], call)
      let kept = numbers.indices.filter { numbers[$0]?.isFinite ?? false }
      let values = kept.compactMap { numbers[$0] }
      guard !values.isEmpty else { throw call.failure("there are no numbers") }
      func units(_ names: [String]) throws -> [[Int]] {
        try names.map { name in
          let cells = try table.requiredColumn(name)
          var places: [GroupingKey: Int] = [:]
          return kept.map { row in
            let key = GroupingKey(cells[row])
            if let place = places[key] { return place }
            places[key] = places.count
            return places.count - 1
          }
        }
      }
      let across = try units(call[crossed] ?? [])
      var nested = try units(call[over] ?? [])
      if nested.isEmpty, across.isEmpty { nested = [Array(values.indices)] }
      let (low, high) = try Bootstrap.levels(
        values, nested: nested, crossed: across, Philox(seed: call[seed], .script, 101))
      return .object(
        Record([
          "mean": .number(Mean.of(values)), "ci_low": .number(low), "ci_high": .number(high),
          "n": .number(Double(values.count)),
        ]))
    }
  }

  private static let interquartile = Builtin(
    .studies, "interquartile",
    "the interquartile mean of a column with its stratified bootstrap interval, one row per group",
    details: """
      As in rliable (arXiv:2108.13264): the mean of the middle half of all scores, and percentiles of 10000 resamples in which the runs of each \
      stratum, such as a task, are drawn by themselves. The columns are those of `by`, then `iqm`, `ci_low`, `ci_high` and `n`.
      """,
    examples: [
      "runs = table({task: [\"x\", \"x\", \"y\", \"y\"], score: [0, 1, 2, 9]})\ninterquartile(runs, \"score\", strata: \"task\")[0].iqm\n#=> 1.5"
    ]
  ) { parameter in
    let table = parameter("table", .tabular)
    let column = parameter("column", .columnName)
    let by = parameter.optional("by", .columnNames)
    let strata = parameter.optional("strata", .columnNames)
    let seed = parameter("seed", .seed, 0)
    return { call in
      let table = try call[table]
      let by = try call[by] ?? []
      let numbers = try Summary.numbers(table, call[column], call)
      let cells = try (call[strata] ?? []).map { try table.requiredColumn($0) }
      let rows = try RowGroups.groups(table, by).enumerated().map { place, group in
        let rows = group.positions.filter { numbers[$0]?.isFinite ?? false }
        let parts = try GroupingKey.groups(rows.map { row in .list(cells.map { GroupingKey($0[row]) }) })
        let strata = parts.map { $0.compactMap { numbers[rows[$0]] } }
        let all = strata.flatMap { $0 }
        var fields =
          zip(by, group.key).map { ($0, $1) } + [("iqm", Value.none), ("ci_low", .none), ("ci_high", .none)]
        if !all.isEmpty {
          let (low, high) = try Bootstrap.interquartileMean(
            strata, Philox(seed: call[seed], .script, 102, UInt64(place)))
          fields.replaceSubrange(
            by.count...,
            with: [
              ("iqm", .number(try InterquartileMean.of(all))), ("ci_low", .number(low)),
              ("ci_high", .number(high)),
            ])
        }
        return Record(fields + [("n", .number(Double(all.count)))])
      }
      return .object(try Table(rows: rows))
    }
  }

  private static let iqm = Builtin(
    .studies, "iqm", "the interquartile mean: the mean without the lowest and the highest quarter",
    details: "Quarters are rounded down to whole values, as in scipy's trim_mean and in rliable.",
    examples: ["iqm([1, 2, 4, 8, 16, 32, 64, 128])\n#=> 15"]
  ) { parameter in
    let x = parameter("x", .tensor)
    return { call in .number(try InterquartileMean.of(call[x].trainable().values)) }
  }

  private static let wilson = Builtin(
    .studies, "wilson", "the interval of a share, as a list of its two ends",
    details: """
      Wilson's score interval (1927): within 0 to 1 also for few or for no successes. In `summarize` it is `interval: "wilson"`.
      """,
    examples: ["wilson(0, 8) | round\n#=> [0, 0]", "round(100 * tensor(wilson(5, 8)))\n#=> [31, 86]"]
  ) { parameter in
    let successes = parameter("successes", .number)
    let n = parameter("n", .number)
    let confidence = parameter("confidence", .number, 0.95)
    return { call in
      let (k, n) = (try call[successes], try call[n])
      guard k >= 0, k <= n,
        let bounds = Share.wilson(k, of: n, confidence: try share(call[confidence], "confidence", call))
      else {
        throw call.failure(
          "there have to be from 0 to n successes and n above 0, got \(Printing.number(k)) of \(Printing.number(n))"
        )
      }
      return .numbers([bounds.low, bounds.high])
    }
  }

  private static let adjust = Builtin(
    .studies, "adjust", "p values adjusted for being several",
    details: """
      "holm" bounds the chance of any false finding (Holm 1979), "bh" the share of false ones among the findings (Benjamini and Hochberg 1995).
      """,
    examples: ["adjust([0.01, 0.04, 0.03])\n#=> [0.03, 0.06, 0.06]"]
  ) { parameter in
    let pValues = parameter("p", .tensor)
    let method = parameter("method", .choice, MultipleComparisons.holm)
    return { call in
      let values = try call[pValues].values
      guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw call.failure("p values are from 0 to 1") }
      return .tensor(try Tensor(call[method].adjusted(values)))
    }
  }

  // MARK: Power

  private static let powerDetails = """
    Of a two-sided t test at `alpha` of the mean of n independent differences that vary with standard deviation `deviation`, by the noncentral \
    t distribution.
    """

  private static let tPower = Builtin(
    .studies, "t_power", "the probability that n differences show a difference, given how much they vary",
    details: powerDetails, examples: ["round(100 * t_power(8, 0.02, 0.02))\n#=> 68"]
  ) { parameter in
    let n = parameter("n", .integer(2...1 << 30))
    let difference = parameter("difference", .number)
    let deviation = parameter("deviation", .number)
    let alpha = parameter("alpha", .number, 0.05)
    return { call in
      .number(
        Power.test(
          try call[n], difference: try call[difference], deviation: try call[deviation],
          alpha: try share(call[alpha], "alpha", call)))
    }
  }

  private static let smallestVisible = Builtin(
    .studies, "smallest_visible", "the smallest difference that n differences show with probability `power`",
    details: powerDetails,
    examples: ["round(1000 * smallest_visible(8, 0.02))\n#=> 23"]
  ) { parameter in
    let n = parameter("n", .integer(2...1 << 30))
    let deviation = parameter("deviation", .number)
    let power = parameter("power", .number, 0.8)
    let alpha = parameter("alpha", .number, 0.05)
    return { call in
      .number(
        Power.smallestVisible(
          try call[n], deviation: try call[deviation], alpha: try share(call[alpha], "alpha", call),
          power: try share(call[power], "power", call)))
    }
  }

  private static let unitsNeeded = Builtin(
    .studies, "units_needed",
    "the least n whose differences show `difference` with probability `power`; none beyond a million",
    details: powerDetails, examples: ["units_needed(0.02, 0.02)\n#=> 10"]
  ) { parameter in
    let difference = parameter("difference", .number)
    let deviation = parameter("deviation", .number)
    let power = parameter("power", .number, 0.8)
    let alpha = parameter("alpha", .number, 0.05)
    return { call in
      let needed = Power.unitsNeeded(
        try call[difference], deviation: try call[deviation], alpha: try share(call[alpha], "alpha", call),
        power: try share(call[power], "power", call))
      return needed.map { .number(Double($0)) } ?? .none
    }
  }

  static func share(_ value: Double, _ name: String, _ call: Call) throws -> Double {
    guard value > 0, value < 1 else {
      throw call.failure("`\(name)` must be between 0 and 1, got \(Printing.number(value))")
    }
    return value
  }
}
