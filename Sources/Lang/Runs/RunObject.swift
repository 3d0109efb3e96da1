// Runs: what a training leaves behind: its rows as they come (`Recorder`, `Journal`), its folder (`RunFolder`,
// `StoredRun`), and sweeps of runs, which several processes may share (`Sweep`, `SweepFolder`).

import Engine

/// A run: what was to be done, the learner that came of it, and what was written down on the way.
///
/// This folder has what makes runs and tables of them: a loop writes a journal through the recorder of its interpreter,
/// `Recorder.run` makes a run of the journal, and a sweep makes a table of many runs. A journal may live in a folder
/// (`RunFolder`), from which `StoredRun` reads it again.
public final class RunObject: Object, Summarized, @unchecked Sendable {
  /// What was to be done: for `train`, the arguments by their names.
  let specification: Record
  /// How many steps it has.
  let steps: Int
  /// The final numbers: means over the last ten rows, of `_max` and `_min` columns the extremes; of a column that has
  /// none there, its last number.
  let final: Record
  /// The folder it lives in, if it has one.
  let folder: String?
  /// One row for each step, with a column `step`.
  let curve: Lazily<Table>
  /// Whatever an update changes, as the last step left it, and what was kept on the way.
  let learners: Lazily<Learners>
  private let storedFingerprint: String?

  /// The learner that came of a run, and those that were kept.
  struct Learners: Sendable {
    /// A policy, or a record such as that of policy and critic.
    let learner: Value
    /// With columns `step`, `policy` and `learner`.
    let kept: Table

    init(_ learner: Value, _ kept: [Journal.Kept]) throws {
      self.learner = learner
      self.kept = try Table([
        ("step", kept.map(\.step)), ("policy", kept.map { RunObject.policy(of: $0.learner) }),
        ("learner", kept.map(\.learner)),
      ])
    }
  }

  /// The run of a journal.
  convenience init(_ specification: Record, _ journal: Journal) throws {
    let curve = try Table(rows: journal.rows)
    let learners = try Learners(journal.learner, journal.kept)
    self.init(
      specification, steps: journal.rows.count, final: RunObject.final(curve), fingerprint: nil,
      folder: journal.home?.path, Lazily(curve), Lazily(learners))
  }

  /// A run whose curve and learners are read from its folder when they are asked for.
  init(
    _ specification: Record, steps: Int, final: Record, fingerprint: String?, folder: String?,
    _ curve: Lazily<Table>, _ learners: Lazily<Learners>
  ) {
    self.specification = specification
    self.steps = steps
    self.final = final
    self.folder = folder
    self.curve = curve
    self.learners = learners
    storedFingerprint = fingerprint
    let parts = learners.present.map { [$0.learner, .object($0.kept)] } ?? []
    let rows = curve.present.map { [Value.object($0)] } ?? []
    super.init(
      nesting: max(
        ([.object(specification)] + rows + parts).nestingAround, folder == nil ? 0 : RunObject.deepestStored))
  }

  /// What is read from a folder is not nested deeper.
  private static let deepestStored = 300

  /// The final numbers of a curve.
  static func final(_ curve: Table) -> Record {
    Record(
      zip(curve.names, curve.columns).compactMap { name, values in
        name == "step" ? nil : RunObject.final(name, values).map { (name, .number($0)) }
      })
  }

  private static func final(_ name: String, _ column: [Value]) -> Double? {
    let numbers = column.suffix(10).compactMap(\.asNumber)
    if numbers.isEmpty { return column.last { $0.asNumber != nil }?.asNumber }
    if name.hasSuffix("_max") || name.hasSuffix("_max_after") { return numbers.max() }
    if name.hasSuffix("_min") || name.hasSuffix("_min_after") { return numbers.min() }
    // The mean of equal numbers is that number, which a sum may miss by a bit.
    if numbers.allSatisfy({ $0 == numbers[0] }) { return numbers[0] }
    return numbers.reduce(0, +) / Double(numbers.count)
  }

  /// The same run, as the result of another specification that asks for the same.
  func with(_ specification: Record) -> RunObject {
    RunObject(
      specification, steps: steps, final: final, fingerprint: storedFingerprint, folder: folder, curve,
      learners)
  }

  /// Whatever an update changes, as the last step left it: a policy, or a record such as that of policy and critic.
  public func learner() throws -> Value { try learners().learner }

  /// The policy of a learner: the field `policy` of a record, else the learner itself.
  private static func policy(of learner: Value) -> Value {
    guard case .object(let object) = learner, let record = object as? Record else { return learner }
    return record["policy"] ?? learner
  }

  /// The policy that was trained, whatever else the learner has.
  public func policy() throws -> Value { RunObject.policy(of: try learner()) }

  public override var kind: String { "run" }
  public override var summary: String {
    let usual = ["reward", "kl", "gate", "entropy", "grad_norm"].filter { final[$0] != nil }
    let telling = (usual.isEmpty ? Array(final.keys.names.prefix(5)) : usual).compactMap { name in
      final[name]?.asNumber.map { "\(name) \(Printing.number($0, digits: 3))" }
    }
    return
      "run of \(steps) step\(steps == 1 ? "" : "s")\(telling.isEmpty ? "" : ": ")\(telling.joined(separator: ", "))"
  }
  public override func display(_ layout: Layout) -> String {
    let reward = (try? curve())?.column("reward")?.compactMap(\.asNumber) ?? []
    let spark = reward.isEmpty ? "" : "\n  reward \(Sparkline.text(reward, width: min(40, layout.width - 9)))"
    let fingerprint = (try? fingerprint()) ?? nil
    return "\(summary)\(spark)" + (fingerprint.map { "\n  fingerprint \($0)" } ?? "")
      + (folder.map { "\n  in \($0)" } ?? "")
  }

  /// The fingerprint of its policy.
  func fingerprint() throws -> String? {
    if let storedFingerprint { return storedFingerprint }
    return try policy().as(PolicyObject.self)?.policy.fingerprintDigits
  }

  /// The final numbers, and the run itself as `run`.
  var summaryFields: [(name: String, value: Value)] { final.fields + [("run", .object(self))] }

  override func identity(_ identity: Identity) throws -> JSON { try identity.of(learner()) }

  public override var byteCount: Int {
    64 + (learners.present.map { $0.learner.byteCount + $0.kept.byteCount } ?? 0)
      + (curve.present?.byteCount ?? 0)
  }
  private static let meanings = [
    "policy": "the policy at the end", "learner": "whatever an update changes",
    "curve": "a table with one row per step", "kept": "learners that were kept on the way",
    "spec": "what was asked for; apply(train, [], run.spec) repeats it",
    "fingerprint": "a hash of the policy: equal where every bit is",
    "folder": "where it is kept, if it is",
  ]
  override func meaning(ofMember name: String) -> String? { RunObject.meanings[name] }

  public override var memberNames: [String] {
    ["policy", "learner", "curve", "kept", "spec", "fingerprint", "folder"] + final.keys.names
  }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "policy": try policy()
    case "learner": try learner()
    case "curve": .object(try curve())
    case "kept": .object(try learners().kept)
    case "spec": .object(specification)
    case "fingerprint": try fingerprint().map { .text($0) }
    case "folder": folder.map { .text($0) } ?? Value.none
    default: final[name]
    }
  }
}

extension RunObject: PlainFields {
  func plainFields() throws -> [(name: String, value: Value)] {
    [
      ("steps", .number(Double(steps))), ("fingerprint", try fingerprint().map { .text($0) } ?? .none),
      ("folder", folder.map { .text($0) } ?? .none),
    ]
  }
}
