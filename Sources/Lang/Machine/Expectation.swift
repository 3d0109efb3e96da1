/// What an `expect` that fails says, and what `catch` hands over.
enum Expectation {
  static func failure(_ condition: String, left: Value, right: Value, holds: Value, isComparison: Bool)
    -> RuntimeError
  {
    let written = condition.count > 200 ? String(condition.prefix(200)) + "..." : condition
    guard isComparison else { return RuntimeError(written, kind: .expectation) }
    return RuntimeError(
      "\(written)", help: "left is \(Printing.brief(left)), right is \(Printing.brief(right))",
      kind: .expectation)
  }

  /// The error as a record: `message`, `help`, `kind`, `line`, `file`, `partial`.
  static func record(of error: RuntimeError) -> Record {
    let span = error.trace.first?.span
    return Record([
      "message": .text(error.message), "help": error.help.map { .text($0) } ?? .none,
      "kind": .text(error.kind.rawValue),
      "line": span.map { .number(Double($0.line)) } ?? .none,
      "file": span.map { .text($0.source.name) } ?? .none, "partial": error.partial,
    ])
  }
}
