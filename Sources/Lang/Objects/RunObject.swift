/// What a training run gives: the policy, its final numbers, and its curve over steps.
public final class RunObject: Object, Saveable, @unchecked Sendable {
  /// What was trained, as the last step left it.
  public let policy: Value
  /// The final numbers.
  let final: Record
  /// One row a step, with a column `step`.
  let curve: Table

  init(policy: Value, final: Record, curve: Table) {
    self.policy = policy
    self.final = final
    self.curve = curve
    super.init(nesting: [policy].nestingAround)
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    throw call.failure("a run cannot be saved", help: "save its `.policy` or its `.curve`")
  }

  public override var kind: String { "run" }
  public override var summary: String {
    let telling = ["reward", "kl", "gate", "entropy", "grad_norm"].compactMap { name in
      final[name]?.asNumber.map { "\(name) \(Printing.number($0, digits: 3))" }
    }
    return "run of \(curve.elementCount ?? 0) steps: \(telling.joined(separator: ", "))"
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

  public override var byteCount: Int { 64 + policy.byteCount + curve.byteCount }
  public override var memberNames: [String] { ["policy", "curve", "fingerprint"] + final.keys.names }
  public override func member(_ name: String) throws -> Value? {
    switch name {
    case "policy": policy
    case "curve": .object(curve)
    case "fingerprint": fingerprint.map { .text($0) }
    default: final[name]
    }
  }
}
