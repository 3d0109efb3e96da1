import Engine

/// The folder that the cells of sweeps are kept in, each under the hash of what it computes.
///
/// A cell is computed once, by whoever comes first: its lock is held by the process that computes it, and is free again
/// when that process ends, however it ends. `cell.json` appears when the cell is done. Results are always read from
/// there, so that they do not depend on who computed them.
struct SweepFolder {
  let path: String
  private let body: JSON
  private let axes: [(names: [String], values: [[JSON]])]
  private let session: Session
  /// Failures that are older than the sweep are tried again.
  private let started = Clock.wallTime

  /// What became of a cell.
  enum Outcome {
    case value(Value, rows: [Record])
    case failure(RuntimeError)
  }

  static let operation = "sweep"
  static let list = "sweep.json"
  static let result = "cell.json"

  init(_ path: String, _ sweep: Sweep, _ session: Session) throws {
    self.path = path
    self.session = session
    let identity = Identity(session)
    body = try identity.of(sweep.body)
    axes = try sweep.axes.map { ($0.names, try $0.values.map { try $0.map(identity.of) }) }
    if StoredRun.exists(path) {
      throw RuntimeError("sweep: \(path) is the folder of a run", help: "choose another folder for the cells")
    }
    try Folder.make("\(path)/cells", for: SweepFolder.operation)
  }

  /// What a cell computes: the body with what it uses, and its place on the axes.
  private func specification(_ places: [Int]) -> JSON {
    [
      "rls": .string(Session.version), "body": body,
      "axes": .object(
        zip(axes, places).flatMap { axis, place in
          zip(axis.names, axis.values[place]).map { .init(name: $0, value: $1) }
        }),
    ]
  }

  /// The folder of a cell, from the places of its values on the axes.
  func folder(_ places: [Int]) -> String { "\(path)/cells/\(Identity.hash(specification(places).line))" }

  /// Writes the list of the sweep's cells, for those who watch.
  func announce(_ cells: [(name: String, places: [Int])]) throws {
    let list: JSON = .object(
      [
        .init(name: "axes", value: .array(axes.flatMap(\.names).map { .string($0) })),
        .init(
          name: "cells",
          value: .array(
            cells.map {
              [
                "name": .string($0.name),
                "folder": .string(Folder.name(folder($0.places), in: "\(path)/cells") ?? ""),
              ]
            })),
      ] + Provenance.fields(session))
    let text = list.line + "\n"
    let name = "\(path)/\(SweepFolder.list)"
    try FileContents.write(text, to: name, for: SweepFolder.operation)
  }

  /// What is there of a cell that is done; nil for one that is not, and for a failure from before `moment`, else
  /// from before this sweep.
  func outcome(_ places: [Int], since moment: Double? = nil) throws -> Outcome? {
    let folder = folder(places)
    guard access("\(folder)/\(SweepFolder.result)", F_OK) == 0 else { return nil }
    let json = try StoredRun.read("\(folder)/\(SweepFolder.result)")
    guard json["specification"] == specification(places) else {
      throw RuntimeError("sweep: \(folder) holds another cell", help: "choose another folder")
    }
    if let message = json["error"]?.string {
      guard let time = json["time"].flatMap({ try? StoredValue.read($0, in: folder).asNumber }),
        time >= moment ?? started
      else {
        return nil
      }
      var failure = RuntimeError(message)
      failure.partial = try StoredValue.read(json["partial"] ?? .null, in: folder)
      return .failure(failure)
    }
    guard case .array(let rows)? = json["curve"] else { return nil }
    return .value(
      try StoredValue.read(json["value"] ?? .null, in: folder),
      rows: try rows.compactMap { try StoredValue.read($0, in: folder).asRecord })
  }

  /// Computes a cell, unless it is done by now; nil while somebody else is at it.
  ///
  /// `body` gets the folder of the cell. An interrupt is thrown, and leaves the cell to whoever comes next.
  func compute(_ places: [Int], _ body: (String) throws -> Outcome) throws -> Outcome? {
    let folder = folder(places)
    try Folder.make(folder, for: SweepFolder.operation)
    guard let lock = try FileLock.take("\(folder)/lock", for: SweepFolder.operation) else { return nil }
    defer { withExtendedLifetime(lock) {} }
    if let outcome = try outcome(places) { return outcome }
    let begun = Clock.uptime
    let outcome = try body(folder)
    let values = StoredValue(folder, leavesOut: true)
    var fields: [JSON.Field] = [.init(name: "specification", value: specification(places))]
    switch outcome {
    case .value(let value, let rows):
      fields.append(.init(name: "value", value: try values.json(value)))
      fields.append(
        .init(
          name: "curve",
          value: .array(
            try rows.map { row in
              .object(try row.fields.map { .init(name: $0.name, value: try StoredValue.row($0.value)) })
            })))
      for part in values.leftOut ?? [] {
        session.host.note("sweep: `\(part)` cannot be kept in a folder and is left out")
      }
    case .failure(let failure):
      fields.append(.init(name: "error", value: .string(failure.message)))
      fields.append(.init(name: "partial", value: try values.json(failure.partial)))
    }
    fields.append(.init(name: "seconds", value: .number(Clock.uptime - begun)))
    fields.append(.init(name: "time", value: .number(Clock.wallTime)))
    try FileContents.write(
      JSON.object(fields).line + "\n", to: "\(folder)/\(SweepFolder.result)", for: SweepFolder.operation,
      isInterruptible: false)
    // Whatever the clock has done meanwhile, this is of now.
    return try self.outcome(places, since: -.infinity)
  }
}
