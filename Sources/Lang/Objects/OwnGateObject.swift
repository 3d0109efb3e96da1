import Engine

/// An objective whose gate is a function of the language.
final class OwnGateObject: Object, MeasuringObjective, @unchecked Sendable {
  private let value: Value
  private let slope: Value?
  private let level: ImportanceRatio.Level
  private let form: GatedObjective.Form
  private let aggregation: Aggregation
  private let penalty: KLPenalty

  init(
    value: Value, slope: Value?, level: ImportanceRatio.Level, form: GatedObjective.Form,
    aggregation: Aggregation,
    penalty: KLPenalty
  ) {
    self.value = value
    self.slope = slope
    self.level = level
    self.form = form
    self.aggregation = aggregation
    self.penalty = penalty
    super.init(nesting: [value, slope ?? .none].nestingAround)
  }

  override var kind: String { "objective" }
  override func identity(_ identity: Identity) throws -> JSON {
    try identity.of([
      ("gate", value), ("slope", slope ?? .none), ("level", .text("\(level)")),
      ("form", .text(form.rawValue)), ("aggregation", .text("\(aggregation)")),
      ("penalty", .text("\(penalty)")),
    ])
  }
  override var summary: String { "gated(\(Comparison.name(value)))" }
  override func display(_ layout: Layout) -> String { "objective \(summary): a gate of one's own" }
  override var signature: Signature? { Signature(name: summary, parameters: parameters) }
  override func apply(_ arguments: Call) throws -> Value { try value(arguments) }

  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput {
    try GatedObjective(
      "gated", level: level, gate(call), form: form, aggregation: aggregation, penalty: penalty
    ).evaluate(batch)
  }

  private static let meanings = [
    "name": "what it is called", "gate": "the gate as a function of ratio and advantage",
    "weight": "the gate's derivative: the share of the gradient that is left",
  ]
  override func meaning(ofMember name: String) -> String? { OwnGateObject.meanings[name] }

  override var memberNames: [String] { ["name", "gate", "weight"] }

  override func member(_ name: String) throws -> Value? {
    switch name {
    case "name": .text("gated")
    case "gate", "weight":
      .object(
        DerivedFunction("gated.\(name)") { parameter in
          let point = GatePointArguments(parameter)
          return { [self] call in
            .tensor(
              try name == "gate" ? gate(call).gate(at: point(call)) : gate(call).weight(at: point(call)))
          }
        })
    default: nil
    }
  }

  /// The gate, for the time of a call.
  private func gate(_ call: Call) -> FunctionGate {
    func evaluate(_ function: Value, _ what: String) -> FunctionGate.Curve {
      { r, advantage in
        let result = try call.interpreter.call(function, [.tensor(r), .tensor(advantage)])
        guard let tensor = try Conversion.tensor(result) else {
          throw call.failure("\(what) must give numbers, got \(Printing.brief(result))")
        }
        return tensor
      }
    }
    return FunctionGate(
      value: evaluate(value, "the gate"), slope: slope.map { evaluate($0, "the slope") },
      isCoefficient: form == .likelihood)
  }

  /// Throws when the slope, given or differentiated, is not that of the gate.
  func checkSlope(_ call: Call) throws {
    guard form == .gated else { return }
    let gate = gate(call)
    // Off the round numbers at which gates have their kinks.
    let r = try Tensor.linspace(0.0513, 3.9871, 97)
    let step = 1e-6
    for sign in [1.0, -1] {
      let advantage = try Tensor.full(r.shape, sign)
      let rise = try gate.gate(r + step, advantage) - gate.gate(r - step, advantage)
      let slopes = try gate.weight(r, advantage)
      guard slopes.count == r.count, rise.count == r.count else {
        throw call.failure("the gate must work element by element", help: "write it as a function of (r, A)")
      }
      for (i, pair) in zip(slopes.values, rise.values).enumerated() {
        let expected = pair.1 / (2 * step)
        guard abs(pair.0 - expected) <= 1e-6 * max(1, abs(expected)) else {
          let place = "r = \(Printing.number(r.values[i], digits: 4)), A \(sign > 0 ? ">" : "<") 0"
          throw call.failure(
            "at \(place) the slope is \(Printing.number(pair.0, digits: 6)), but the gate rises by \(Printing.number(expected, digits: 6))",
            help: "correct the slope; `check: false` takes it as it is")
        }
      }
    }
  }
}

/// A gate given by functions, used only within the call that made it.
private struct FunctionGate: Gate, @unchecked Sendable {
  typealias Curve = (_ ratio: Tensor, _ advantage: Tensor) throws -> Tensor
  let value: Curve
  let slope: Curve?
  /// Whether the value is the coefficient `weight r` itself.
  let isCoefficient: Bool

  func gate(at point: GatePoint) throws -> Tensor { try value(point.ratio, point.advantage) }

  func weight(at point: GatePoint) throws -> Tensor {
    if isCoefficient { return try gate(at: point) / point.ratio }
    if let slope { return try slope(point.ratio, point.advantage) }
    return try Tape.slope(at: point.ratio) { try value($0, point.advantage) }
  }
}
