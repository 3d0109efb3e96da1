import Engine

/// The runs in a folder and in those inside it.
enum StoredRuns {
  /// The deepest folder that is looked into.
  private static let deepest = 6

  /// One row for each run: where it is, how far it has come, its last numbers.
  static func table(_ path: String) throws -> Table {
    var rows: [Record] = []
    var seen: Set<String> = []
    try visit(path, depth: 0, &seen) { rows.append(row($0)) }
    return rows.isEmpty ? try Table([("path", []), ("state", []), ("steps", [])]) : try Table(rows: rows)
  }

  /// Calls `body` with the path of every run, in order; a folder to which several links lead is visited once.
  private static func visit(
    _ path: String, depth: Int, _ seen: inout Set<String>, _ body: (String) -> Void
  ) throws {
    try Interrupt.check("runs")
    guard Folder.isFolder(path), let real = realpath(path, nil) else { return }
    defer { free(real) }
    guard seen.insert(String(cString: real)).inserted else { return }
    if StoredRun.exists(path) { return body(path) }
    guard depth < deepest else { return }
    for name in try Folder.names(path, for: "runs") where !name.hasPrefix(".") && !Folder.isAside(name) {
      try visit("\(path)/\(name)", depth: depth + 1, &seen, body)
    }
  }

  private static func row(_ path: String) -> Record {
    do {
      let run = try StoredRun(path)
      let rows = try run.rows()
      let fields: [(String, Value)] = [
        ("path", .text(path)), ("state", .text(run.state)), ("steps", .number(Double(rows.count))),
        ("message", run["message"]?.string.map { .text($0) } ?? .none),
        ("updated", run["updated"]?.string.map { .text($0) } ?? .none),
        ("fingerprint", run["fingerprint"]?.string.map { .text($0) } ?? .none),
      ]
      let last = rows.last?.fields.filter { field in
        !fields.contains { $0.0 == field.name } && field.name != "step"
      }
      return Record(fields + (last ?? []).map { ($0.name, $0.value) })
    } catch {
      return Record([
        ("path", .text(path)), ("state", .text("damaged")), ("message", .text(RuntimeError(error).message)),
      ])
    }
  }
}

/// Where a run was made, for those who read its folder later; nothing depends on it.
enum Provenance {
  static func fields(_ session: Session) -> [JSON.Field] {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let machine: JSON = [
      "host": .string(System.text(host)),
      "threads": JSON(session.runtime.threads),
      "memory": .string(MemoryBudget.readable(session.runtime.memory.limit)),
    ]
    return [
      .init(name: "started", value: .string(Clock.text(Clock.wallTime))),
      .init(name: "machine", value: machine),
      .init(name: "script", value: session.program.map { .string($0.name) } ?? .null),
      .init(name: "arguments", value: .array(session.arguments.map { .string($0) })),
      .init(
        name: "text",
        value: session.program.map { .string(String(decoding: $0.bytes, as: UTF8.self)) } ?? .null),
    ]
  }
}
