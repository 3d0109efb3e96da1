/// What an interpreter records, and where it reports progress.
final class Recorder: @unchecked Sendable {
  /// What `track` and `keep` write: the journal of the innermost `run`, else that of the session or the cell.
  var journal = Journal()
  /// The cell of a sweep it belongs to, as `tau 0.5, seed 2`; nil for the session itself.
  let cell: String?
  /// Whether it belongs to one of several cells that run at the same time.
  let isWorker: Bool
  /// The folder that the cell is kept in, and the number of runs it has begun there.
  private let home: String?
  private var runs = 0
  private let reportsProgress: Bool
  private let host: any Host

  init(
    host: any Host, cell: String? = nil, home: String? = nil, reportsProgress: Bool = true,
    isWorker: Bool = false
  ) {
    self.home = home
    self.host = host
    self.cell = cell
    self.reportsProgress = reportsProgress
    self.isWorker = isWorker
  }

  /// Gives `body` a journal of its own and makes a run of what it writes there.
  ///
  /// `body` gives the learner as it is in the end, or `none` for the one that was tracked last. An error or an
  /// interrupt in it leaves with the run so far, once that has a row. With a folder the journal is written there too:
  /// `body` is given the run so far, or `none`, and a run that is there to its end is not computed again.
  func run(
    _ specification: Record, in request: RunFolder.Request? = nil, _ body: (_ soFar: Value) throws -> Value
  ) throws -> RunObject {
    let outer = journal
    journal = Journal()
    defer { journal = outer }
    if let request {
      switch try RunFolder.open(request) {
      case .finished(let run): return run.with(specification)
      case .open(let begun): journal = begun
      }
    }
    do {
      journal.note(try body(journal.learner.isNone ? .none : .object(RunObject(specification, journal))))
      let run = try RunObject(specification, journal)
      try journal.home?.finish(journal, run)
      return run
    } catch {
      var failure = RuntimeError(error)
      if !journal.rows.isEmpty, let run = try? RunObject(specification, journal) {
        failure.partial = .object(run)
      }
      if let home = journal.home {
        home.stop(journal, failure)
        failure.folder = failure.folder ?? home.path
      }
      throw failure
    }
  }

  /// The folder for the next run where none is named: inside that of the cell, if the cell has one.
  func nextHome() -> String? {
    guard let home, journal.home == nil else { return nil }
    runs += 1
    return runs == 1 ? "\(home)/run" : "\(home)/run-\(runs)"
  }

  /// Shows how far long work has come; nil when it is done.
  func progress(_ progress: Progress?) {
    if reportsProgress { host.progress(progress) }
  }

  /// Leaves a line for whoever reads the log of a program that nobody watches.
  func log(_ text: String) { host.log(cell.map { "\($0): \(text)" } ?? text) }
}
