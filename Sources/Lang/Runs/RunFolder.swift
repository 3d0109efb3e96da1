import Engine
import Synchronization

/// The folder that a run lives in, held by the process that computes it.
///
/// `run.json` says what the run is and how far it has come; `metrics.jsonl` has a row for each step, and TensorBoard's
/// event file the same numbers; `checkpoints/N` has the learner after N rows, and `kept/N` the learners that were kept.
/// A row that is there is whole, but for the last one, which may be torn; everything else takes its name when it is
/// whole. So what is in the folder after a crash is valid, and enough to go on from the last checkpoint with the same
/// bits.
final class RunFolder: Sendable {
  let path: String
  private let lock: FileLock
  private let metrics: LogFile
  private let events: LogFile
  /// Checkpoints come every so many rows; nil where their cost decides.
  private let interval: Int?
  private let state: Mutex<State>

  private struct State {
    /// `run.json` without what changes.
    var head: [JSON.Field]
    /// What the last checkpoint holds.
    var rows = 0
    var learner = Value.none
    /// When it was written, and how long that took, in seconds.
    var written: Double
    var cost = 0.0
    var previous: [Checkpoint] = []
  }

  /// A checkpoint by the rows it has, and how good its learner was: `pass1` where it was evaluated, else the reward.
  struct Checkpoint {
    let rows: Int
    let score: Double?
  }

  /// How many checkpoints stay, beside the best one.
  private static let keptCheckpoints = 2
  /// Without an interval a checkpoint is written when the work since the last one took this many times as long.
  private static let patience = 200.0
  static let format = 1

  /// What a program asks of a folder.
  struct Request {
    let path: String
    /// What is to be done; a folder that holds a run of another one is refused.
    let specification: JSON
    /// Checkpoints come every so many rows; nil where their cost decides.
    let interval: Int?
    /// Whether the program can go on from a checkpoint; else it begins anew.
    let continues: Bool
    /// What the program is, for readers: fields of `run.json`.
    let program: [JSON.Field]
    /// Whether other processes run the same program: then they are waited for.
    var meetsOthers = false
    /// Whether a run of another specification makes way, as in a folder that nobody named.
    var replaces = false
  }

  /// What a folder has for a program.
  enum Answer {
    /// The run is there to its end.
    case finished(RunObject)
    /// What it has so far, with the folder as its home.
    case open(Journal)
  }

  /// Opens the folder of a run, or makes it.
  ///
  /// Throws where another process has it, where it holds a run of another specification or anything that is no run, and
  /// where it cannot be written.
  static func open(_ request: Request) throws -> Answer {
    let path = request.path
    try Folder.make(path, for: operation)
    var taken = try FileLock.take("\(path)/lock", for: operation)
    while taken == nil, request.meetsOthers {
      try Interrupt.check(operation)
      WorkerThread.pause(milliseconds: 50)
      taken = try FileLock.take("\(path)/lock", for: operation)
    }
    guard let lock = taken else {
      throw RuntimeError(
        "the run in \(path) is being computed by another process or thread",
        help: "wait for it, or choose another folder")
    }
    var head: [JSON.Field] = [
      .init(name: "format", value: JSON(format)), .init(name: "rls", value: .string(Session.version)),
      .init(name: "specification", value: request.specification),
    ]
    guard access("\(path)/\(StoredRun.file)", F_OK) == 0 else {
      let strange = try Folder.names(path, for: operation).first { $0 != "lock" && !Folder.isAside($0) }
      if let strange {
        throw RuntimeError(
          "\(path) is not the folder of a run: it holds \(strange)", help: "choose another folder")
      }
      head += request.program
      // Before anything else, so that a crash in the next moment leaves what is known to be a run.
      try write(path, head, state: "running")
      return .open(Journal(home: try RunFolder(request, lock, head, from: nil)))
    }
    let stored = try StoredRun(path)
    if request.replaces, stored.difference(request.specification) != nil {
      Folder.remove(path)
      return try open(request)
    }
    try stored.require(request.specification)
    if stored.state == "finished" { return .finished(try stored.run()) }
    head = stored.head
    let checkpoint = request.continues ? stored.lastCheckpoint() : nil
    let home = try RunFolder(request, lock, head, from: checkpoint)
    guard let checkpoint else { return .open(Journal(home: home)) }
    return .open(
      Journal(
        rows: try stored.rows(checkpoint.rows), learner: checkpoint.learner,
        kept: try stored.kept(checkpoint.rows), home: home))
  }

  static let operation = "store"

  private init(_ request: Request, _ lock: FileLock, _ head: [JSON.Field], from: StoredRun.Checkpoint?) throws
  {
    path = request.path
    self.lock = lock
    interval = request.interval
    for name in ["checkpoints", "kept"] {
      try Folder.make("\(path)/\(name)", for: RunFolder.operation)
      // What was not finished, and what is after the row to go on from.
      for inner in try Folder.names("\(path)/\(name)", for: RunFolder.operation) {
        let rows = name == "kept" ? try? StoredRun.keptRows("\(path)/kept/\(inner)") : Int(inner)
        if Folder.isAside(inner) || rows.map({ $0 > from?.rows ?? 0 || from == nil }) ?? false {
          Folder.remove("\(path)/\(name)/\(inner)")
        }
      }
    }
    metrics = try LogFile(
      "\(path)/\(StoredRun.metrics)", keeping: from?.metricsBytes ?? 0, for: RunFolder.operation)
    events = try LogFile(
      "\(path)/\(StoredRun.events)", keeping: from?.eventBytes ?? 0, for: RunFolder.operation)
    let now = Clock.uptime
    state = Mutex(
      State(
        head: head, rows: from?.rows ?? 0, learner: from?.learner ?? .none, written: now,
        previous: from?.others ?? []))
    if try events.size() == 0 { try events.append(EventFile.header(wallTime: Clock.wallTime)) }
    try write(state: "running")
  }

  // MARK: Rows

  /// Writes a row behind `count` others.
  func append(_ row: Record, after count: Int) throws {
    let line: JSON
    do {
      line = .object(
        try row.fields.map { JSON.Field(name: $0.name, value: try StoredValue.row($0.value)) })
    }
    try metrics.append(Array((line.line + "\n").utf8))
    let numbers = row.fields.dropFirst().compactMap { field in
      field.value.asNumber.map { (name: field.name, value: $0) }
    }
    let step = row["step"]?.asNumber.flatMap { Int(exactly: $0) } ?? count + 1
    try events.append(EventFile.record(step: step, wallTime: Clock.wallTime, numbers))
  }

  /// Writes a learner that is kept.
  func keep(_ kept: Journal.Kept, number: Int) throws {
    try Folder.write("\(path)/kept/\(number)", for: RunFolder.operation) { folder in
      let json: JSON = [
        "step": try StoredValue.write(kept.step, in: folder), "rows": JSON(kept.rows),
        "learner": try StoredValue.write(kept.learner, in: folder),
      ]
      try FileContents.write(
        json.text, to: "\(folder)/kept.json", for: RunFolder.operation, isInterruptible: false)
    }
  }

  // MARK: Checkpoints

  /// Writes a checkpoint where the interval is over, or where work of some length would be lost.
  func checkpointIfDue(_ journal: Journal) throws {
    let isDue = state.withLock { state in
      guard journal.rowsOfLearner > state.rows else { return false }
      if let interval { return journal.rowsOfLearner >= state.rows + interval }
      return Clock.uptime - state.written >= max(1, RunFolder.patience * state.cost)
    }
    if isDue { try checkpoint(journal) }
  }

  /// Writes the learner as the row it belongs to left it, unless the last checkpoint has it.
  private func checkpoint(_ journal: Journal) throws {
    let (known, learner) = state.withLock { ($0.rows, $0.learner) }
    let rows = journal.rowsOfLearner
    guard !journal.learner.isNone, rows != known || !Value.same(learner, journal.learner) else { return }
    let started = Clock.uptime
    try metrics.synchronize()
    try events.synchronize()
    let name = "\(path)/checkpoints/\(rows)"
    if access(name, F_OK) == 0 { Folder.remove(name) }
    let score = rows > 0 ? RunFolder.score(journal.rows[rows - 1]) : nil
    let (metricsBytes, eventBytes) = try position(after: rows, of: journal.rows.count)
    try Folder.write(name, for: RunFolder.operation) { folder in
      let json: JSON = [
        "rows": JSON(rows), "metrics_bytes": JSON(metricsBytes), "events_bytes": JSON(eventBytes),
        "score": score.map(StoredValue.json) ?? .null,
        "learner": try StoredValue.write(journal.learner, in: folder),
      ]
      try FileContents.write(
        json.text, to: "\(folder)/\(StoredRun.checkpoint)", for: RunFolder.operation, isInterruptible: false)
    }
    let superfluous = state.withLock { state in
      state.rows = rows
      state.learner = journal.learner
      state.written = Clock.uptime
      state.cost = state.written - started
      let all = state.previous.filter { $0.rows != rows } + [Checkpoint(rows: rows, score: score)]
      let best = all.max { ($0.score ?? -.infinity, $0.rows) < ($1.score ?? -.infinity, $1.rows) }
      state.previous = all.enumerated().filter {
        $0.offset >= all.count - RunFolder.keptCheckpoints || $0.element.rows == best?.rows
      }.map(\.element)
      return Set(all.map(\.rows)).subtracting(state.previous.map(\.rows))
    }
    for rows in superfluous { Folder.remove("\(path)/checkpoints/\(rows)") }
  }

  /// How many bytes the logs have up to a row.
  private func position(after rows: Int, of count: Int) throws -> (Int, Int) {
    if rows == count { return (try metrics.size(), try events.size()) }
    return try StoredRun.position("\(path)", after: rows)
  }

  private static func score(_ row: Record) -> Double? { row["pass1"]?.asNumber ?? row["reward"]?.asNumber }

  // MARK: The end

  /// Writes the last learner and marks the run as done.
  func finish(_ journal: Journal, _ run: RunObject) throws {
    try metrics.synchronize()
    try events.synchronize()
    try checkpoint(journal)
    try write(state: "finished", run.results())
  }

  /// Writes a run that was made elsewhere to a new folder.
  static func write(_ run: RunObject, to path: String) throws {
    let specification: JSON = ["copied": .string(run.folder ?? "from memory")]
    let request = Request(
      path: path, specification: specification, interval: .max, continues: false, program: [])
    guard case .open(var journal) = try open(request) else { return }
    let curve = try run.curve()
    for row in 0..<run.steps { try journal.append(curve.row(row), learner: .none) }
    let learners = try run.learners()
    for row in 0..<(learners.kept.elementCount ?? 0) {
      let kept = learners.kept.row(row)
      try journal.keep(kept["learner"] ?? .none, step: kept["step"] ?? .none)
    }
    journal.note(learners.learner)
    try journal.home?.finish(journal, run)
  }

  /// Writes down what there is when an error or an interrupt ends the run; what cannot be written any more is lost, and
  /// the last checkpoint stays.
  func stop(_ journal: Journal, _ failure: RuntimeError) {
    try? checkpoint(journal)
    let isInterrupted = failure.kind == .interrupted
    try? write(
      state: isInterrupted ? "stopped" : "failed",
      [
        .init(name: "rows", value: JSON(journal.rows.count)),
        .init(name: "message", value: isInterrupted ? .null : .string(failure.message)),
      ])
  }

  private func write(state now: String, _ more: [JSON.Field] = []) throws {
    try RunFolder.write(path, state.withLock { $0.head }, state: now, more)
  }

  private static func write(
    _ path: String, _ head: [JSON.Field], state now: String, _ more: [JSON.Field] = []
  ) throws {
    let changing: [JSON.Field] = [
      .init(name: "state", value: .string(now)),
      .init(name: "updated", value: .string(Clock.text(Clock.wallTime))),
    ]
    try FileContents.write(
      JSON.object(head + changing + more).text, to: "\(path)/\(StoredRun.file)", for: operation,
      isInterruptible: false)
  }
}
