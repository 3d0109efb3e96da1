import Engine

/// What is in the folder of a run, as a reader finds it; the run may be going on.
struct StoredRun {
  static let file = "run.json"
  static let metrics = "metrics.jsonl"
  static let events = "events.out.tfevents.rls"
  static let checkpoint = "checkpoint.json"

  let path: String
  private let json: JSON

  /// Reads `run.json`; throws where the folder holds no run, or one of a later format.
  init(_ path: String) throws {
    self.path = path
    json = try StoredRun.read("\(path)/\(StoredRun.file)")
    guard let format = json["format"]?.wholeNumber, format <= RunFolder.format, json["specification"] != nil
    else {
      throw RuntimeError(
        "\(path)/\(StoredRun.file) has format \(json["format"]?.line ?? "none"), this rls reads up to \(RunFolder.format)"
      )
    }
  }

  /// Whether a folder has a run in it.
  static func exists(_ path: String) -> Bool { access("\(path)/\(file)", F_OK) == 0 }

  /// The JSON in a file.
  static func read(_ path: String) throws -> JSON {
    let bytes = try FileContents.bytes(path, for: RunFolder.operation, isStored: true)
    do throws(JSON.SyntaxError) {
      return try JSON.parse(bytes)
    } catch {
      throw RuntimeError("\(path) is no JSON at byte \(error.offset): \(error.message)")
    }
  }

  /// What was to be done.
  var specification: JSON { json["specification"] ?? .null }
  /// The fields that stay as they are from the beginning of the run.
  var head: [JSON.Field] {
    guard case .object(let fields) = json else { return [] }
    return Array(fields.prefix { $0.name != "state" })
  }

  subscript(name: String) -> JSON? { json[name] }

  /// `running`, `finished`, `stopped` or `failed`; a run that nobody computes any more has stopped.
  var state: String {
    let written = json["state"]?.string ?? "stopped"
    return written == "running" && !FileLock.isHeld("\(path)/lock") ? "stopped" : written
  }

  /// Where the run was to do something else, and what stands on both sides.
  func difference(_ wanted: JSON) -> (path: String, String, String)? {
    let version = json["rls"]?.string ?? ""
    return version == Session.version
      ? Identity.difference(specification, wanted) : ("the version of rls", version, Session.version)
  }

  /// Throws where the run was to do something else.
  func require(_ wanted: JSON) throws {
    guard let (name, there, here) = difference(wanted) else { return }
    throw RuntimeError(
      "\(path) holds another run: \(name) is \(there) there, and \(here) here",
      help: "choose another folder, or move that one away")
  }

  // MARK: Rows

  /// The first `count` rows, or all that are whole.
  func rows(_ count: Int? = nil) throws -> [Record] {
    let name = "\(path)/\(StoredRun.metrics)"
    guard access(name, F_OK) == 0 else { return [] }
    let bytes = try FileContents.bytes(name, for: RunFolder.operation, isStored: true)
    var rows: [Record] = []
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last newline is nothing, or a row that was torn.
    lines.removeLast()
    for line in lines.prefix(count ?? .max) {
      do throws(JSON.SyntaxError) {
        let json = try JSON.parse(line)
        guard let row = (try? StoredValue.read(json, in: path))?.asRecord else { break }
        rows.append(row)
      } catch {
        throw RuntimeError(
          "\(name), line \(rows.count + 1): \(error.message)", help: "the file has been changed")
      }
    }
    if let count, rows.count < count {
      throw RuntimeError(
        "\(name) has \(rows.count) rows, the checkpoint was written after \(count)",
        help: "the file has been changed")
    }
    return rows
  }

  /// How many bytes the logs have up to a row.
  static func position(_ path: String, after rows: Int) throws -> (metrics: Int, events: Int) {
    func end(_ name: String, _ next: ([UInt8], Int) -> Int?) throws -> Int {
      let bytes = try FileContents.bytes("\(path)/\(name)", for: RunFolder.operation)
      var at = 0
      for _ in 0..<(name == events ? rows + 1 : rows) {
        guard let after = next(bytes, at), after <= bytes.count else { break }
        at = after
      }
      return at
    }
    return (
      try end(metrics) { bytes, at in bytes[at...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } },
      try end(events) { bytes, at in
        guard at + 8 <= bytes.count else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        return at + 16 + length
      }
    )
  }

  // MARK: Learners

  /// A checkpoint that has been read, and those beside it.
  struct Checkpoint {
    let rows: Int
    let metricsBytes: Int
    let eventBytes: Int
    let learner: Value
    let others: [RunFolder.Checkpoint]
  }

  /// The last checkpoint that is whole and unchanged; nil where there is none.
  func lastCheckpoint() -> Checkpoint? {
    let folder = "\(path)/checkpoints"
    let numbers = ((try? Folder.names(folder, for: RunFolder.operation)) ?? []).compactMap { Int($0) }
      .sorted()
    for (position, number) in numbers.enumerated().reversed() {
      let name = "\(folder)/\(number)"
      guard let json = try? StoredRun.read("\(name)/\(StoredRun.checkpoint)"),
        json["rows"]?.wholeNumber == number, let metrics = json["metrics_bytes"]?.wholeNumber,
        let events = json["events_bytes"]?.wholeNumber, let stored = json["learner"],
        let learner = try? StoredValue.read(stored, in: name)
      else { continue }
      let others = numbers[...position].map { rows in
        let score = (try? StoredRun.read("\(folder)/\(rows)/\(StoredRun.checkpoint)"))?["score"]
        return RunFolder.Checkpoint(
          rows: rows, score: score.flatMap { try? StoredValue.read($0, in: folder).asNumber })
      }
      return Checkpoint(
        rows: number, metricsBytes: metrics, eventBytes: events, learner: learner, others: others)
    }
    return nil
  }

  /// After how many rows a learner was kept.
  static func keptRows(_ folder: String) throws -> Int? {
    try read("\(folder)/kept.json")["rows"]?.wholeNumber
  }

  /// The learners that were kept in the first `rows` rows.
  func kept(_ rows: Int) throws -> [Journal.Kept] {
    let folder = "\(path)/kept"
    let numbers = try Folder.names(folder, for: RunFolder.operation).compactMap { Int($0) }.sorted()
    return try numbers.compactMap { number in
      let name = "\(folder)/\(number)"
      let json = try StoredRun.read("\(name)/kept.json")
      guard let count = json["rows"]?.wholeNumber, count <= rows else { return nil }
      return Journal.Kept(
        step: try StoredValue.read(json["step"] ?? .null, in: name),
        learner: try StoredValue.read(json["learner"] ?? .null, in: name), rows: count)
    }
  }

  /// The run as it is now; rows and weights are read when they are asked for.
  func run() throws -> RunObject {
    let stored = try StoredRun.finished(json, in: path)
    let specification =
      (try? StoredValue.read(specification, in: path))?.asRecord
      ?? Record([("what", .text(specification.line))])
    return try (stored ?? StoredRun.unfinished(path)).with(specification)
  }

  /// A finished run of which `json` has `rows`, `final` and `fingerprint`; nil where it lacks them.
  static func finished(_ json: JSON, in path: String) throws -> RunObject? {
    guard let count = json["rows"]?.wholeNumber, let numbers = json["final"],
      let final = try StoredValue.read(numbers, in: path).asRecord
    else { return nil }
    return RunObject(
      .empty, steps: count, final: final, fingerprint: json["fingerprint"]?.string, folder: path,
      Lazily { try Table(rows: StoredRun(path).rows(count)) }, learners(path, count))
  }

  private static func unfinished(_ path: String) throws -> RunObject {
    let rows = try StoredRun(path).rows()
    let curve = try Table(rows: rows)
    return RunObject(
      .empty, steps: rows.count, final: RunObject.final(curve), fingerprint: nil, folder: path, Lazily(curve),
      learners(path, rows.count))
  }

  private static func learners(_ path: String, _ rows: Int) -> Lazily<RunObject.Learners> {
    Lazily {
      let stored = try StoredRun(path)
      return try RunObject.Learners(stored.lastCheckpoint()?.learner ?? .none, stored.kept(rows))
    }
  }
}

extension RunFolder {
  /// The run in a folder, finished or not.
  static func load(_ path: String) throws -> RunObject {
    guard StoredRun.exists(path) else {
      throw RuntimeError("\(path) holds no run: there is no \(StoredRun.file)")
    }
    // Rows and weights are read later, when the working folder may be another one.
    return try StoredRun(FileContents.resolved(path)).run()
  }
}

extension RunObject {
  /// What `StoredRun.finished` reads: how many rows, the final numbers and the fingerprint.
  func results() throws -> [JSON.Field] {
    [
      .init(name: "rows", value: JSON(steps)),
      .init(
        name: "final",
        value: .object(
          final.fields.map { .init(name: $0.name, value: StoredValue.json($0.value.asNumber ?? .nan)) })),
      .init(name: "fingerprint", value: try fingerprint().map { .string($0) } ?? .null),
    ]
  }
}
