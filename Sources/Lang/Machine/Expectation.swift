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

  /// The error as a record: `message`, `help`, `kind`, `place`, `line`, `file`, `trace`, `partial`.
  ///
  /// `place` is a file, line and column as errors show them; `trace` has a record for each call, innermost first.
  static func record(of error: RuntimeError) -> Record {
    let span = error.place?.span
    return Record([
      "message": .text(error.message), "help": error.help.map { .text($0) } ?? .none,
      "kind": .text(error.kind.rawValue),
      "place": error.place.map { .text($0.place) } ?? .none,
      "line": span.map { .number(Double($0.line)) } ?? .none,
      "file": span.map { .text($0.source.name) } ?? .none,
      "trace": .list(
        error.trace.map { frame in
          .object(
            Record([
              ("function", frame.function.map { .text($0) } ?? .none), ("place", .text(frame.place)),
            ]))
        }),
      "partial": error.partial,
    ])
  }
}
