/// A run: what was to be done, the learner that came of it, and what was written down on the way.
///
/// This folder has what makes runs and tables of them: a loop writes a journal through the recorder of its interpreter,
/// `Recorder.run` makes a run of the journal, and a sweep makes a table of many runs.
public final class RunObject: Object, Summarized, @unchecked Sendable {
  /// What was to be done: for `train`, the arguments by their names.
  let specification: Record
  /// Whatever an update changes, as the last step left it: a policy, or a record such as that of policy and critic.
  public let learner: Value
  /// One row for each step, with a column `step`.
  let curve: Table
  /// The learners that were kept, with columns `step`, `policy` and `learner`.
  let kept: Table
  /// The final numbers: means over the last ten rows, of `_max` and `_min` columns the extremes; of a column that has none there, its last number.
  let final: Record

  /// The run of a journal.
  init(_ specification: Record, _ journal: Journal) throws {
    self.specification = specification
    learner = journal.learner
    curve = try Table(rows: journal.rows)
    kept = try Table([
      ("step", journal.kept.map(\.step)), ("policy", journal.kept.map { RunObject.policy(of: $0.learner) }),
      ("learner", journal.kept.map(\.learner)),
    ])
    final = Record(
      zip(curve.names, curve.columns).compactMap { name, values in
        name == "step" ? nil : RunObject.final(name, values).map { (name, .number($0)) }
      })
    super.init(nesting: [.object(specification), learner, .object(curve), .object(kept)].nestingAround)
  }

  private static func final(_ name: String, _ column: [Value]) -> Double? {
    let numbers = column.suffix(10).compactMap(\.asNumber)
    if numbers.isEmpty { return column.last { $0.asNumber != nil }?.asNumber }
    if name.hasSuffix("_max") || name.hasSuffix("_max_after") { return numbers.max() }
    if name.hasSuffix("_min") || name.hasSuffix("_min_after") { return numbers.min() }
    return numbers.reduce(0, +) / Double(numbers.count)
  }

  /// The policy of a learner: the field `policy` of a record, else the learner itself.
  private static func policy(of learner: Value) -> Value {
    guard case .object(let object) = learner, let record = object as? Record else { return learner }
    return record["policy"] ?? learner
  }

  /// The policy that was trained, whatever else the learner has.
  public var policy: Value { RunObject.policy(of: learner) }

  public override var kind: String { "run" }
  public override var summary: String {
    let usual = ["reward", "kl", "gate", "entropy", "grad_norm"].filter { final[$0] != nil }
    let telling = (usual.isEmpty ? Array(final.keys.names.prefix(5)) : usual).compactMap { name in
      final[name]?.asNumber.map { "\(name) \(Printing.number($0, digits: 3))" }
    }
    let count = curve.elementCount ?? 0
    return
      "run of \(count) step\(count == 1 ? "" : "s")\(telling.isEmpty ? "" : ": ")\(telling.joined(separator: ", "))"
  }
  public override func display(_ layout: Layout) -> String {
    let reward = curve.column("reward")?.compactMap(\.asNumber) ?? []
    let spark = reward.isEmpty ? "" : "\n  reward \(Sparkline.text(reward, width: 40))"
    return "\(summary)\(spark)" + (fingerprint.map { "\n  fingerprint \($0)" } ?? "")
  }

  /// The fingerprint of its policy.
  private var fingerprint: String? {
    guard case .object(let object) = policy else { return nil }
    return (object as? PolicyObject)?.policy.fingerprintDigits
  }

  /// The final numbers, and the run itself as `run`.
  var summaryFields: [(name: String, value: Value)] { final.fields + [("run", .object(self))] }

  public override var byteCount: Int { 64 + learner.byteCount + curve.byteCount + kept.byteCount }
  private static let meanings = [
    "policy": "the policy at the end", "learner": "whatever an update changes",
    "curve": "a table with one row per step", "kept": "learners that were kept on the way",
    "spec": "what was asked for; apply(train, [], run.spec) repeats it",
    "fingerprint": "a hash of the policy: equal where every bit is",
  ]
  override func meaning(ofMember name: String) -> String? { RunObject.meanings[name] }

  public override var memberNames: [String] {
    ["policy", "learner", "curve", "kept", "spec", "fingerprint"] + final.keys.names
  }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "policy": policy
    case "learner": learner
    case "curve": .object(curve)
    case "kept": .object(kept)
    case "spec": .object(specification)
    case "fingerprint": fingerprint.map { .text($0) }
    default: final[name]
    }
  }
}
