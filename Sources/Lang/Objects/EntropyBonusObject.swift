import Engine

/// An objective, or a function of a batch, with a bonus on the policy's entropy.
final class EntropyBonusObject: Object, MeasuringObjective, @unchecked Sendable {
  private let base: Value
  private let bonus: EntropyBonus

  init(_ base: Value, _ bonus: EntropyBonus) {
    self.base = base
    self.bonus = bonus
    super.init(nesting: [base].nestingAround)
  }

  override var kind: String { "objective" }
  override func identity(_ identity: Identity) throws -> JSON {
    try identity.of([("base", base), ("entropy_bonus", .number(bonus.coefficient))])
  }
  override var summary: String {
    "entropy_bonus(\(Comparison.name(base)), \(Printing.number(bonus.coefficient)))"
  }
  override func display(_ layout: Layout) -> String { "objective \(summary): with a bonus on entropy" }
  override var signature: Signature? { Signature(name: summary, parameters: parameters) }
  override func apply(_ arguments: Call) throws -> Value { try value(arguments) }

  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput {
    guard let objective = try Kind<(Batch) throws -> ObjectiveOutput>.objective.read(base, call) else {
      throw call.failure("\(summary) has no objective to add to")
    }
    return try bonus.added(to: objective(batch), on: batch)
  }

  private var inner: Object? { if case .object(let object) = base { object } else { nil } }
  override func meaning(ofMember name: String) -> String? { inner?.meaning(ofMember: name) }
  override var memberNames: [String] { inner?.memberNames ?? [] }
  override func member(_ name: String) throws -> Value? { try inner?.member(name) }
}
