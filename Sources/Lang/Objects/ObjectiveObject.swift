import Engine

/// An objective that says what it did to a batch, and not its value alone.
protocol MeasuringObjective: Object {
  /// The value on `batch` and the measurements.
  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput
}

extension Batch {
  /// This batch as `objective` sees it: a function of the language finds the weights in the advantages.
  func seen(by objective: Value) throws -> Batch {
    if case .object(let object) = objective, object is any MeasuringObjective { return self }
    return try withWeightsInAdvantages()
  }
}

extension MeasuringObjective {
  /// How every objective is called.
  var parameters: [Signature.Parameter] { MeasuredBatch.parameters }

  /// The value on the batch that a call gives.
  func value(_ call: Call) throws -> Value { .tensor(try measure(call[MeasuredBatch.batch], call).value) }
}

/// The one parameter of an objective.
private enum MeasuredBatch {
  static let (parameters, batch) = {
    let parameter = Parameters()
    let batch = parameter("batch", .batch)
    return (parameter.list, batch)
  }()
}

extension Kind where T == (Batch) throws -> ObjectiveOutput {
  /// An objective, or a function of a batch.
  static var objective: Kind {
    Kind("an objective or a function of a batch") { value, call in
      guard case .object(let object) = value, object.signature != nil else { return nil }
      if let name = (object as? NativeFunction)?.builtin.name, ObjectiveCatalog.card(name) != nil {
        throw call.failure("`\(name)` makes an objective", help: "write `\(name)()`")
      }
      return { batch in
        if let objective = object as? any MeasuringObjective { return try objective.measure(batch, call) }
        let result = try call.apply(value, .object(BatchObject(batch.seen(by: value))))
        guard let tensor = try Conversion.tensor(result), tensor.count == 1 else {
          throw call.failure(
            "the objective must give one number, got \(Printing.brief(result))",
            help: "aggregate it, for example with seq_mean_token_mean")
        }
        return ObjectiveOutput(value: tensor)
      }
    }
  }
}

/// An objective or a function of a batch that is kept, to be called later.
struct KeptObjective {
  let value: Value
}

extension Kind where T == KeptObjective {
  /// An objective, or a function of a batch.
  static var keptObjective: Kind {
    let objective = Kind<(Batch) throws -> ObjectiveOutput>.objective
    return Kind("an objective or a function of a batch") { value, call in
      try objective.read(value, call).map { _ in KeptObjective(value: value) }
    }
  }
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
  override func identity(_ identity: Identity) -> JSON { .string(call) }
  public override var summary: String { call }
  public override func display(_ layout: Layout) -> String { "objective \(call): \(card.summary)" }
  /// An objective is the same as another of the same call, and as the text of the call, which a table shows.
  override func isSame(as other: Object, depth: Int) -> Bool {
    call == (other as? ObjectiveObject)?.call ?? (other as? Text)?.string
  }
  override var groupingKey: GroupingKey { .text(call) }
  public override var signature: Signature? { Signature(name: call, parameters: parameters) }
  public override func apply(_ arguments: Call) throws -> Value { try value(arguments) }

  func measure(_ batch: Batch, _ call: Call) throws -> ObjectiveOutput {
    try objective.evaluate(batch)
  }

  private static let meanings = [
    "name": "what it is called", "gate": "the gate as a function of ratio and advantage",
    "weight": "the gate's derivative: the share of the gradient that is left",
  ]
  override func meaning(ofMember name: String) -> String? { ObjectiveObject.meanings[name] }

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
      DerivedFunction("\(card.name).\(name)") { parameter in
        let point = GatePointArguments(parameter)
        return { call in
          .tensor(try name == "gate" ? gate.gate(at: point(call)) : gate.weight(at: point(call)))
        }
      })
  }
}

/// Where a gate is asked: at ratios, advantages, and the probabilities under the policy that sampled.
struct GatePointArguments: Sendable {
  private let ratio: Argument<Tensor>
  private let advantage: Argument<Tensor>
  private let probability: Argument<Tensor>

  init(_ parameter: Parameters) {
    ratio = parameter("r", .tensor)
    advantage = parameter("A", .tensor)
    probability = parameter("p", .tensor, Tensor(1))
  }

  func callAsFunction(_ call: Call) throws -> GatePoint {
    GatePoint(try call[ratio], try call[advantage], probability: try call[probability])
  }
}

extension Tensor: Literal {
  /// The tensor as a value.
  var literal: Value { .tensor(self) }
}
