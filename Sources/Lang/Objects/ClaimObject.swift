import Engine

/// What a study is to show.
struct Claim: Sendable {
  /// How it is judged.
  enum Test: String, CaseIterable {
    /// Student's t on paired differences.
    case t
    /// The log-rank test on how long runs last.
    case logRank = "log_rank"
  }

  let text: String
  let metric: String
  let better: String
  let than: String
  let by: String
  let paired: [String]
  /// The smallest difference, or ratio of hazards, that matters.
  let matters: Double
  let isLowerBetter: Bool
  let test: Test
  let until: Double

  /// How it is tested, in a line.
  var procedure: String {
    switch test {
    case .t:
      "\(metric) is \(isLowerBetter ? "lower" : "higher") with \(better) than with \(than), paired by "
        + "\(paired.joined(separator: " and ")); t test; \(Printing.number(matters)) matters"
    case .logRank:
      "\(metric) comes later with \(better) than with \(than) until "
        + "\(Printing.number(until)); log-rank test; a ratio of \(Printing.number(matters)) matters"
    }
  }

  /// What is counted, and the estimate in the claim's favour; of a ratio of hazards its logarithm.
  func contrast(_ table: any Tabular, _ call: Call) throws -> (contrast: Contrast, unit: String) {
    switch test {
    case .t:
      let arms = try PairedArms(table, column: metric, by: by, on: paired, call)
      for name in [better, than] { try arms.require(name, call) }
      let pairs = try arms.differences(better, than)
      let counts = paired.indices.map { column in Set(pairs.map { GroupingKey($0.key[column]) }).count }
      // Of the columns that vary at all, the one with the fewest values.
      let unit = paired.indices.filter { counts[$0] > 1 }.min { counts[$0] < counts[$1] } ?? 0
      let groups = try GroupingKey.groups(pairs.map { GroupingKey($0.key[unit]) })
      let sign = isLowerBetter ? -1.0 : 1
      let differences = groups.map { sign * Mean.of($0.map { pairs[$0].difference }) }
      guard let contrast = Contrast(differences: differences) else {
        throw call.failure(
          "\(Text.quoted(text)) needs two `\(paired[unit])`s or more with both arms, found \(differences.count)"
        )
      }
      return (contrast, paired[unit])
    case .logRank:
      let lives = try Lifetimes(table, metric, until: until, call)
      let arms = try table.requiredColumn(by).map(Arm.label)
      func rows(_ name: String) throws -> [Int] {
        let rows = arms.indices.filter { arms[$0] == name }
        if rows.isEmpty { throw call.failure("there is no arm \(Text.quoted(name))") }
        return rows
      }
      let (own, other) = (lives.at(try rows(better)), lives.at(try rows(than)))
      let found = try Survival.logRank(other, own)
      // Without an end in either arm nothing can be told.
      return (
        found
          ?? Contrast(
            estimate: 0, error: .infinity, degrees: .infinity, units: own.times.count + other.times.count),
        "run"
      )
    }
  }
}

/// A claim as a value: printed it says what will be tested, called on a table of runs it gives the verdict.
final class ClaimObject: Object, @unchecked Sendable {
  let claim: Claim

  init(_ claim: Claim) {
    self.claim = claim
    super.init()
  }

  override var kind: String { "claim" }
  override var summary: String { "claim \(Text.quoted(claim.text))" }
  override func display(_ layout: Layout) -> String { "\(summary)\n  \(claim.procedure)" }

  override var memberNames: [String] {
    ["text", "metric", "better", "than", "by", "paired", "matters", "test"]
  }
  override func member(_ name: String) -> Value? {
    switch name {
    case "text": .text(claim.text)
    case "metric": .text(claim.metric)
    case "better": .text(claim.better)
    case "than": .text(claim.than)
    case "by": .text(claim.by)
    case "paired": .list(claim.paired.map { .text($0) })
    case "matters": .number(claim.matters)
    case "test": .text(claim.test.rawValue)
    default: nil
    }
  }

  // MARK: Verdicts

  private static let (parameters, runs) = {
    let parameter = Parameters()
    let runs = parameter("runs", .tabular)
    return (parameter.list, runs)
  }()

  override var signature: Signature? { Signature(name: claim.text, parameters: ClaimObject.parameters) }
  override func apply(_ arguments: Call) throws -> Value {
    .object(
      try ClaimObject.verdicts([claim], arguments[ClaimObject.runs], alpha: 0.05, arguments).row(0))
  }

  /// One row per claim.
  static func verdicts(_ claims: [Claim], _ table: any Tabular, alpha: Double, _ call: Call) throws -> Table {
    let contrasts = try claims.map { try $0.contrast(table, call) }
    let judged = try Judgement.judge(
      zip(claims, contrasts).map { claim, found in
        (found.contrast, claim.test == .t ? claim.matters : log(claim.matters))
      }, alpha: alpha)
    return try Table(
      rows: claims.indices.map { place in row(claims[place], judged[place], contrasts[place].unit) })
  }

  private static func row(_ claim: Claim, _ judged: Judgement, _ unit: String) -> Record {
    func shown(_ x: Double) -> Double { claim.test == .t ? x : exp(x) }
    let (low, high) = judged.interval
    let visible = shown(judged.smallestVisible)
    func text(_ x: Double) -> String { Printing.number(x, digits: 3) }
    let units = judged.contrast.units
    let counted = "\(units) \(unit)\(units == 1 ? "" : "s")"
    guard judged.contrast.error.isFinite else {
      return Record([
        "claim": .text(claim.text), "verdict": .text(Verdict.notVisible.rawValue), "effect": .none,
        "ci_low": .none, "ci_high": .none, "p": .number(1), "n": .number(Double(units)), "visible": .none,
        "says": .text(
          "\(claim.text): \(Verdict.notVisible.rawValue). None of \(counted) ended before \(text(claim.until))."
        ),
      ])
    }
    var says = "\(claim.text): \(judged.verdict.rawValue). "
    says +=
      claim.test == .t
      ? "The difference in \(claim.metric) in its favour is \(text(judged.contrast.estimate))"
      : "\(claim.than) ends \(text(shown(judged.contrast.estimate))) times as often as \(claim.better)"
    says +=
      ", \(text(100 * (1 - judged.level)))% interval [\(text(shown(low))), \(text(shown(high)))] over \(counted), "
      + "p = \(text(judged.adjusted))"
    switch judged.verdict {
    case .supported: break
    case .contradicted:
      if claim.matters > 0 { says += "; \(text(claim.matters)) or more is excluded" }
    case .notVisible:
      says += "; with \(counted), less than \(text(visible)) cannot be seen (power 0.8)"
      if judged.matters > 0, let needed = judged.unitsNeeded, needed > units {
        says += ", and \(text(claim.matters)) takes \(needed) \(unit)s"
      }
    }
    says += "."
    return Record([
      "claim": .text(claim.text), "verdict": .text(judged.verdict.rawValue),
      "effect": .number(shown(judged.contrast.estimate)), "ci_low": .number(shown(low)),
      "ci_high": .number(shown(high)), "p": .number(judged.adjusted), "n": .number(Double(units)),
      "visible": .number(visible), "says": .text(says),
    ])
  }
}
