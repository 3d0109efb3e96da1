import Engine

/// An objective that says what it did to a batch, and not its value alone.
protocol MeasuringObjective: Object {
  /// The value on `batch` and the measurements.
  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput
}

/// An objective: called on a batch it gives the number to be maximised.
public final class ObjectiveObject: Object, MeasuringObjective, @unchecked Sendable {
  /// What the card built from the arguments of the call.
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
    .tensor(try measure(arguments.object(0, BatchObject.self, "a batch").batch, arguments).value)
  }

  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput {
    try objective.evaluate(batch.objectiveInput())
  }

  public override var memberNames: [String] { ["name"] + (objective.gate == nil ? [] : ["gate", "weight"]) }

  public override func member(_ name: String) throws -> Value? {
    if name == "name" { return .text(card.name) }
    guard name == "gate" || name == "weight" else { return nil }
    guard let gate = objective.gate else {
      throw RuntimeError(
        "\(card.name) has no gate: it weighs whole completions against each other",
        help: "compare [\(card.name)()], batch and inspect show its gradient")
    }
    return .object(
      DerivedFunction(Signature("\(card.name).\(name)(r, A, p = 1)")) { call in
        let point = GatePoint(try call.tensor(0), try call.tensor(1), probability: try call.tensor(2))
        return .tensor(try name == "gate" ? gate.gate(at: point) : gate.weight(at: point))
      })
  }
}
