import Engine

/// A place for a value that functions share and can change: what `shared(x)` gives.
///
/// It is the one value that changes. So that cells of a sweep share nothing, only the interpreter that made it may
/// change it.
final class Shared: Object, @unchecked Sendable {
  private var value: Value
  private let maker: ObjectIdentifier

  init(_ value: Value, _ maker: Interpreter) {
    self.value = value
    self.maker = ObjectIdentifier(maker)
    super.init()
  }

  // Values in it may hold it in turn, so how deep they are nested is not known.
  deinit {
    let held = value
    value = .none
    ReleaseQueue.release(held)
  }

  override var kind: String { "shared" }
  override var summary: String {
    if case .object(let object) = value { return "shared \(object.kind)" }
    return "shared(\(Printing.text(value)))"
  }
  override var memberNames: [String] { ["value", "set", "update"] }
  override func meaning(ofMember name: String) -> String? {
    [
      "value": "the value now", "set": "puts another value there: `x.set(5)`",
      "update": "puts what a function of the value gives there, and gives it: `x.update(n => n + 1)`",
    ][name]
  }
  override func jsonForm() -> JSONForm { .text(summary) }
  override func identity(_ identity: Identity) throws -> JSON {
    try identity.inside(self) { ["shared": try identity.of(value)] }
  }

  override func member(_ name: String) -> Value? {
    switch name {
    case "value": return value
    case "set":
      return .object(
        DerivedFunction("set") { [self] parameter in
          let x = parameter("value", .any)
          return { [self] call in try put(call[x], call) }
        })
    case "update":
      return .object(
        DerivedFunction("update") { [self] parameter in
          let f = parameter("f", .function)
          return { [self] call in try put(call[f](value), call) }
        })
    default: return nil
    }
  }

  private func put(_ new: Value, _ call: Call) throws -> Value {
    guard ObjectIdentifier(call.interpreter) == maker else {
      throw RuntimeError(
        "a cell of a sweep cannot change what is shared outside it", help: "make it in the body of the sweep")
    }
    let old = value
    value = new
    ReleaseQueue.release(old)
    return new
  }
}
