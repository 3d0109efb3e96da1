import Engine

/// An objective: called on a batch it gives the number to be maximised.
public final class ObjectiveObject: Object, @unchecked Sendable {
  public let objective: any Objective
  let card: ObjectiveCard
  /// The call that made it, such as `sapo(tau_neg: 1.1)`.
  let call: String

  init(_ objective: any Objective, _ card: ObjectiveCard, call: String) {
    self.objective = objective
    self.card = card
    self.call = call
    super.init()
  }

  public override var kind: String { "objective" }
  public override var summary: String { call }
  public override func display(_ layout: Layout) -> String { "objective \(call): \(card.summary)" }
  public override var signature: Signature? {
    Signature(name: call, parameters: [.init(name: "batch", defaultText: nil, kind: .required)])
  }

  public override func apply(_ arguments: Call) throws -> Value {
    let batch = try arguments.object(0, BatchObject.self, "a batch").batch
    return .tensor(try objective.evaluate(batch.objectiveInput()).value)
  }

  public override var memberNames: [String] { ["name"] + (objective.gate == nil ? [] : ["gate", "weight"]) }

  public override func member(_ name: String) throws -> Value? {
    if name == "name" { return .text(card.name) }
    guard name == "gate" || name == "weight" else { return nil }
    guard let gate = objective.gate else {
      throw RuntimeError("\(card.name) has no gate", help: "its gradient weight is the same everywhere")
    }
    return .object(
      DerivedFunction(Signature("\(card.name).\(name)(r, A)")) { call in
        let r = try call.tensor(0)
        let advantage = try call.tensor(1)
        return .tensor(try name == "gate" ? gate.gate(r, advantage) : gate.weight(r, advantage))
      })
  }
}
