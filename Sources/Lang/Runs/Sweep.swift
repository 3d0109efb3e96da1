import Engine
import Synchronization

/// A value whose parts are the columns of its row in a table of results.
protocol Summarized {
  /// The columns, in order.
  var summaryFields: [(name: String, value: Value)] { get }
}

/// A function called for every combination of values, in parallel, with a table as the result.
struct Sweep {
  let body: Value
  /// The names that change together, and what they get: one value for each name.
  let axes: [(names: [String], values: [[Value]])]

  /// The names of all axes, in order.
  var names: [String] { axes.flatMap(\.names) }

  /// The most cells of one sweep.
  static let maximumCells = 1 << 20
  /// Columns of the table that say what went wrong.
  static let reservedNames = ["error", "partial"]

  private typealias Outcome = SweepFolder.Outcome

  /// Which cells are left, and what became of the others.
  private struct Progressed {
    /// Cells that nobody here has looked at, the first one last.
    var waiting: [Int]
    /// Cells that another process computes.
    var elsewhere: [Int] = []
    var running = 0
    var outcomes: [Int: Outcome] = [:]
    var failed = 0
    /// What ends the sweep before it is done: `exit`, or a folder that cannot be written.
    var end: RuntimeError?

    /// The next cell to look at; nil when all are done.
    mutating func take() -> Int? {
      guard end == nil,
        let cell = waiting.popLast() ?? (elsewhere.isEmpty ? nil : elsewhere.removeFirst())
      else { return nil }
      running += 1
      return cell
    }
  }

  /// Runs the cells; an interrupt leaves with the table of those that were done.
  func run(_ call: Call, in folder: SweepFolder? = nil) throws -> Table {
    let total = try count(call)
    let session = call.session
    let host = session.host
    let order = session.share?.order(total) ?? Array(0..<total)
    let state = Mutex(Progressed(waiting: order.reversed()))
    let workers = call.interpreter.recorder.isWorker ? 1 : min(session.runtime.threads, max(1, total))
    // A sweep inside a sweep has an interpreter of its own: a few levels are plenty.
    let depth = call.interpreter.depth + Interpreter.maximumDepth / 8
    guard depth < Interpreter.maximumDepth else {
      throw call.failure("sweeps are nested too deep", help: "is there a case that ends the recursion?")
    }
    try folder?.announce((0..<total).map { (name(of: $0), places(of: $0)) })

    @Sendable func compute(_ cell: Int, home: String?, _ interpreter: (Recorder) -> Interpreter) throws
      -> Outcome
    {
      let recorder = Recorder(
        host: host, cell: name(of: cell), home: home, reportsProgress: total == 1, isWorker: workers > 1)
      do {
        return .value(try interpreter(recorder).call(body, arguments(of: cell)), rows: recorder.journal.rows)
      } catch {
        let failure = RuntimeError(error)
        if failure.kind == .interrupted || failure.kind == .exit { throw failure }
        return .failure(failure)
      }
    }

    @Sendable func work(_ interpreter: (Recorder) -> Interpreter) {
      while !Interrupt.isRequested, let cell = state.withLock({ $0.take() }) {
        let outcome: Outcome?
        do {
          if let folder {
            outcome =
              try folder.outcome(places(of: cell))
              ?? folder.compute(places(of: cell)) { try compute(cell, home: $0, interpreter) }
          } else {
            outcome = try compute(cell, home: nil, interpreter)
          }
        } catch {
          let failure = RuntimeError(error)
          state.withLock { state in
            state.running -= 1
            if failure.kind != .interrupted { state.end = state.end ?? failure }
          }
          return
        }
        let waits = state.withLock { state in
          state.running -= 1
          guard let outcome else {
            state.elsewhere.append(cell)
            return state.waiting.isEmpty
          }
          state.outcomes[cell] = outcome
          if case .failure = outcome { state.failed += 1 }
          return false
        }
        if waits { WorkerThread.pause(milliseconds: 50) }
      }
    }

    func report() {
      guard total > 1 else { return }
      let (done, running, failed) = state.withLock { ($0.outcomes.count, $0.running, $0.failed) }
      call.interpreter.recorder.progress(
        Progress(
          "sweep", fraction: Double(done) / Double(total),
          detail: "\(done) of \(total) cells, \(running) running\(failed > 0 ? ", \(failed) failed" : "")"))
    }

    if workers <= 1 {
      work { Interpreter(session, recorder: $0, depth: depth) }
    } else {
      let threads = (0..<workers).map { _ in
        WorkerThread {
          session.runtime.runSequentially { work { Interpreter(session, recorder: $0, depth: depth) } }
        }
      }
      while !threads.allSatisfy(\.isDone) {
        report()
        WorkerThread.pause(milliseconds: 20)
      }
      for thread in threads { thread.join() }
    }
    call.interpreter.recorder.progress(nil)
    let progressed = state.withLock { $0 }
    if let end = progressed.end { throw end }
    let table = try table(progressed.outcomes)
    if progressed.failed > 0 {
      host.note("sweep: \(progressed.failed) of \(total) cells failed; the column `error` says why")
    }
    if Interrupt.isRequested {
      host.note("sweep: stopped with \(progressed.outcomes.count) of \(total) cells done")
      var stop = Interpreter.interrupted
      stop.partial = .object(table)
      stop.folder = folder?.path
      throw stop
    }
    return table
  }

  private func count(_ call: Call) throws -> Int {
    try axes.reduce(1) { count, axis in
      let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
      guard !overflow, product <= Sweep.maximumCells else {
        throw call.failure("more than \(Sweep.maximumCells) cells")
      }
      return product
    }
  }

  /// The places on the axes of a cell's values; the last axis goes fastest.
  private func places(of cell: Int) -> [Int] {
    var rest = cell
    return axes.reversed().map { axis in
      defer { rest /= axis.values.count }
      return rest % axis.values.count
    }.reversed()
  }

  /// The arguments of a cell.
  private func arguments(of cell: Int) -> [Value] { zip(axes, places(of: cell)).flatMap { $0.values[$1] } }

  /// A cell as a log names it: `tau 0.5, seed 2`.
  private func name(of cell: Int) -> String {
    zip(names, arguments(of: cell)).map { "\($0) \($1.summary)" }.joined(separator: ", ")
  }

  private func table(_ outcomes: [Int: Outcome]) throws -> Table {
    let cells = outcomes.keys.sorted()
    var rows: [Record] = []
    for cell in cells {
      var fields = zip(names, arguments(of: cell)).map { ($0, $1) }
      let names = Set(fields.map(\.0))
      func add(_ name: String, _ value: Value) { if !names.contains(name) { fields.append((name, value)) } }
      switch outcomes[cell] {
      case .failure(let error)?:
        add("error", .text(error.message))
        if !error.partial.isNone { add("partial", error.partial) }
      case .value(let value, let tracked)?:
        if case .object(let object) = value, let result = object as? any Summarized {
          for field in result.summaryFields { add(field.name, field.value) }
        } else if !value.isNone {
          add("value", value)
        }
        if !tracked.isEmpty { add("curve", .object(try Table(rows: tracked))) }
      case nil: break
      }
      rows.append(Record(fields))
    }
    guard rows.isEmpty else { return try Table(rows: rows) }
    return try Table(names.map { ($0, []) })
  }
}
