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
  let axes: [(name: String, values: [Value])]

  /// The most cells of one sweep.
  static let maximumCells = 1 << 20

  /// What became of a cell.
  private enum Outcome {
    case value(Value, rows: [Record])
    case failure(RuntimeError)
  }

  /// Runs the cells; an interrupt leaves with the table of those that were done.
  func run(_ call: Call) throws -> Table {
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
      guard !overflow, product <= Sweep.maximumCells else {
        throw call.failure("more than \(Sweep.maximumCells) cells")
      }
      count = product
    }
    let outcomes = Mutex<[Int: Outcome]>([:])
    let session = call.session
    let host = session.host
    let workers = call.interpreter.recorder.isWorker ? 1 : min(session.runtime.threads, max(1, count))
    let next = Atomic<Int>(0)
    let started = Atomic<Int>(0)
    let total = count
    // A sweep inside a sweep has an interpreter of its own: a few levels are plenty.
    let depth = call.interpreter.depth + Interpreter.maximumDepth / 8
    guard depth < Interpreter.maximumDepth else {
      throw call.failure("sweeps are nested too deep", help: "is there a case that ends the recursion?")
    }

    @Sendable func work(_ interpreter: (Recorder) -> Interpreter) {
      while Interrupt.flag.pointee == 0 {
        let cell = next.add(1, ordering: .relaxed).oldValue
        guard cell < total else { return }
        started.add(1, ordering: .relaxed)
        let recorder = Recorder(
          host: host, cell: name(of: cell), reportsProgress: total == 1, isWorker: workers > 1)
        let outcome: Outcome
        do {
          outcome = .value(
            try interpreter(recorder).call(body, arguments(of: cell)), rows: recorder.journal.rows)
        } catch {
          let failure = RuntimeError(error)
          if failure.kind == .interrupted { return }
          outcome = .failure(failure)
        }
        outcomes.withLock { $0[cell] = outcome }
      }
    }

    func report() {
      guard total > 1 else { return }
      let done = outcomes.withLock {
        ($0.count, $0.values.filter { if case .failure = $0 { true } else { false } }.count)
      }
      let running = min(started.load(ordering: .relaxed), total) - done.0
      let failed = done.1 > 0 ? ", \(done.1) failed" : ""
      call.interpreter.recorder.progress(
        Progress(
          "sweep", fraction: Double(done.0) / Double(total),
          detail: "\(done.0) of \(total) cells, \(running) running\(failed)"))
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
    let table = try table(outcomes.withLock { $0 })
    let failed = table.column("error").map { $0.filter { !$0.isNone }.count } ?? 0
    if failed > 0 { host.note("sweep: \(failed) of \(total) cells failed; the column `error` says why") }
    if let done = table.elementCount, done < total {
      host.note("sweep: stopped with \(done) of \(total) cells done")
      var stop = Interpreter.interrupted
      stop.partial = .object(table)
      throw stop
    }
    return table
  }

  /// The arguments of a cell; the last axis goes fastest.
  private func arguments(of cell: Int) -> [Value] {
    var rest = cell
    return axes.reversed().map { axis in
      defer { rest /= axis.values.count }
      return axis.values[rest % axis.values.count]
    }.reversed()
  }

  /// A cell as a log names it: `tau 0.5, seed 2`.
  private func name(of cell: Int) -> String {
    zip(axes.map(\.name), arguments(of: cell)).map { "\($0) \($1.summary)" }.joined(separator: ", ")
  }

  private func table(_ outcomes: [Int: Outcome]) throws -> Table {
    let cells = outcomes.keys.sorted()
    var rows: [Record] = []
    for cell in cells {
      var fields = zip(axes.map(\.name), arguments(of: cell)).map { ($0, $1) }
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
    return try Table(axes.map { ($0.name, []) })
  }
}
