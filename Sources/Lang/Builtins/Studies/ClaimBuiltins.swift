import Engine

/// Claims: what a study is to show, stated before it is run, and judged after.
enum ClaimBuiltins {
  static let all: [Builtin] = [claim, judge]

  private static let claim = Builtin(
    .studies, "claim",
    "a claim of what a sweep will show, stated before it is run; called on the sweep's table it is judged",
    details: """
      That arm `better` has a larger `metric` than arm `than`, where the column `by` names the arms (an objective is named as it is printed). `matters` is \
      the smallest difference that matters, in units of the metric. With `lower: true` smaller is better.

      `test: "t"`: the mean of paired differences, with Student's t. `paired` names the columns that make a pair. Of several, pairs that share the value \
      of the one with the fewest values, such as the cold start, are averaged first, since they are not independent; that column's values are what is \
      counted. Many cold starts with a seed each see more than one cold start with many seeds.

      `test: "log_rank"`: which arm lasts longer, where `metric` is the time of an end and none for a run that was still going at `until` (see `collapse`). \
      The effect is the ratio of the hazards, `than` over `better`; `matters` is a ratio of 1 or more. Nothing is paired.

      `claim(...)(runs)` and `judge([...], runs)` give the verdict by the interval at the claim's level: "contradicted" where even its upper end is less \
      than what matters, else "supported" where its lower end is above 0 (a ratio of 1), else "not visible", with the difference that the study would \
      have seen.
      """,
    examples: [
      "c = claim(\"b beats a\", metric: \"pass1\", better: \"b\", than: \"a\", by: \"name\", paired: \"seed\", matters: 0.02)\nruns = table({name: [\"a\", \"b\", \"a\", \"b\", \"a\", \"b\"], seed: [1, 1, 2, 2, 3, 3], pass1: [0.2, 0.31, 0.25, 0.34, 0.22, 0.32]})\nc(runs).verdict\n#=> \"supported\""
    ]
  ) { parameter in
    let text = parameter("text", .text)
    let metric = parameter("metric", .text)
    let better = parameter("better", .any)
    let than = parameter("than", .any)
    let by = parameter("by", .text)
    let paired = parameter.optional("paired", .texts)
    let matters = parameter.optional("matters", .number)
    let lower = parameter("lower", .flag, false)
    let test = parameter("test", .choice, Claim.Test.t)
    let until = parameter.optional("until", .number)
    return { call in
      let test = try call[test]
      let matters = try call[matters] ?? (test == .t ? 0 : 1)
      switch test {
      case .t:
        guard let pairs = try call[paired], !pairs.isEmpty else {
          throw call.failure(
            "a t test needs `paired`, the columns that make a pair", help: "paired: \"seed\"")
        }
        guard matters >= 0, matters.isFinite else {
          throw call.failure("`matters` must be a number from 0, got \(Printing.number(matters))")
        }
      case .logRank:
        guard call.has(until) else {
          throw call.failure("a log-rank test needs `until`, how long runs were watched", help: "until: 200")
        }
        guard matters >= 1, matters.isFinite else {
          throw call.failure(
            "`matters` must be a ratio of hazards of at least 1, got \(Printing.number(matters))")
        }
      }
      return .object(
        ClaimObject(
          Claim(
            text: try call[text], metric: try call[metric], better: Arm.label(call[better]),
            than: Arm.label(call[than]), by: try call[by], paired: try call[paired] ?? [], matters: matters,
            isLowerBetter: try call[lower], test: test, until: try call[until] ?? .infinity)))
    }
  }

  private static let judge = Builtin(
    .studies, "judge", "the verdicts on several claims about the same runs, one row per claim",
    details: """
      Corrected for being several by Holm's procedure: the chance of any wrong finding is `alpha`. Columns: `claim`; `verdict`: "supported", \
      "contradicted" or "not visible"; `effect`, the mean difference in the claim's favour, or the ratio of hazards; its interval `ci_low` and `ci_high`, \
      at the claim's corrected level; `p`, adjusted; `n`, what was counted; `visible`, the smallest effect that would have shown with probability 0.8; \
      and `says`, all of it as a sentence.
      """,
    examples: [
      "c = claim(\"b beats a\", metric: \"x\", better: \"b\", than: \"a\", by: \"name\", paired: \"seed\", matters: 1)\nruns = table({name: [\"a\", \"b\", \"a\", \"b\"], seed: [1, 1, 2, 2], x: [1, 2, 5, 3]})\njudge([c, c], runs).verdict\n#=> [\"not visible\", \"not visible\"]"
    ]
  ) { parameter in
    let claims = parameter("claims", .claims)
    let table = parameter("runs", .tabular)
    let alpha = parameter("alpha", .number, 0.05)
    return { call in
      .object(
        try ClaimObject.verdicts(
          call[claims], call[table], alpha: StudyBuiltins.share(call[alpha], "alpha", call), call))
    }
  }
}

extension Kind where T == [Claim] {
  /// A list of claims, or a single one.
  static var claims: Kind {
    Kind("claims, as `claim` makes them") { value, _ in
      if let one = value.as(ClaimObject.self) { return [one.claim] }
      guard let items = try Iteration.items(value), !items.isEmpty else { return nil }
      let claims = items.compactMap { $0.as(ClaimObject.self)?.claim }
      return claims.count == items.count ? claims : nil
    }
  }
}
