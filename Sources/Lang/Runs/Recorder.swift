/// What an interpreter records, and where it reports progress.
final class Recorder: @unchecked Sendable {
  /// What `track` and `keep` write: the journal of the innermost `run`, else that of the session or the cell.
  var journal = Journal()
  /// The cell of a sweep it belongs to, as `tau 0.5, seed 2`; nil for the session itself.
  let cell: String?
  /// Whether it belongs to one of several cells that run at the same time.
  let isWorker: Bool
  private let reportsProgress: Bool
  private let host: any Host

  init(host: any Host, cell: String? = nil, reportsProgress: Bool = true, isWorker: Bool = false) {
    self.host = host
    self.cell = cell
    self.reportsProgress = reportsProgress
    self.isWorker = isWorker
  }

  /// Gives `body` a journal of its own and makes a run of what it writes there.
  ///
  /// `body` gives the learner as it is in the end, or `none` for the one that was tracked last. An error or an interrupt
  /// in it leaves with the run so far, once that has a row.
  func run(_ specification: Record, _ body: () throws -> Value) throws -> RunObject {
    let outer = journal
    journal = Journal()
    defer { journal = outer }
    do {
      journal.note(try body())
      return try RunObject(specification, journal)
    } catch {
      var failure = RuntimeError(error)
      if !journal.rows.isEmpty, let run = try? RunObject(specification, journal) {
        failure.partial = .object(run)
      }
      throw failure
    }
  }

  /// Shows how far long work has come; nil when it is done.
  func progress(_ progress: Progress?) {
    if reportsProgress { host.progress(progress) }
  }

  /// Leaves a line for whoever reads the log of a program that nobody watches.
  func log(_ text: String) { host.log(cell.map { "\($0): \(text)" } ?? text) }
}
