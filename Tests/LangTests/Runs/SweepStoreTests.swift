import Engine
import Synchronization
import Testing

@testable import Lang

/// Sweeps in folders: a cell is computed once, whoever computes it.
@Suite struct SweepStoreTests {
  private func run(_ folder: StoreFolder, _ program: String, share: WorkShare? = nil) throws -> [String] {
    let (session, host) = Session.collecting()
    session.share = share
    session.set("folder", .text("\(folder.path)/sweep"))
    session.set("failing", .text("\(folder.path)/failing"))
    try session.run(program, name: "test", echoes: false)
    return host.output.map { $0.trimmingNewlines() }
  }

  /// Every cell leaves a letter in a file, so that computations are counted.
  private static let sweep = """
    task = addition(digits: 1)
    pi = policy(task, layers: 1, width: 16, heads: 2, seed: 3)
    t = sweep tau in [0.5, 2], seed in 1..2, store: folder {
        train(pi, task, sapo(tau_neg: tau), steps: 3, prompts: 4, group: 2, minibatches: 2, seed: seed, keep_every: 2, reward: text => len(text))
    }
    print csv(table({tau: t.tau, seed: t.seed, reward: t.reward}))
    print map(t.run, r => r.fingerprint), map(t.run, r => fingerprint(r)), map(t.run, r => r.kept.step)
    print map(t.run, r => json(r.curve))
    """

  @Test func `a sweep in a folder is the sweep without one, and is read the second time`() throws {
    let folder = try StoreFolder()
    let plain = try run(folder, SweepStoreTests.sweep.replacing(", store: folder", by: ""))
    #expect(try run(folder, SweepStoreTests.sweep) == plain)
    let cells = try folder.names("sweep/cells")
    #expect(cells.count == 4)
    let before = try cells.map { try folder.text("sweep/cells/\($0)/cell.json") }
    #expect(try run(folder, SweepStoreTests.sweep) == plain)
    #expect(try cells.map { try folder.text("sweep/cells/\($0)/cell.json") } == before)
    // Two more seeds are two more cells for each value of tau; those that are there stay.
    let more = try run(
      folder, SweepStoreTests.sweep.replacing("seed in 1..2", by: "seed in 1..3"))
    #expect(more != plain)
    #expect(try folder.names("sweep/cells").count == 6)
    #expect(try cells.map { try folder.text("sweep/cells/\($0)/cell.json") } == before)
  }

  @Test func `axes that change together name the same cells as axes of their own`() throws {
    let folder = try StoreFolder()
    let paired =
      "t = sweep [a, b] in [[1, 10], [2, 20]], seed in 1..2, store: folder { a * b + seed }\nprint t.value"
    #expect(try run(folder, paired) == ["[11, 12, 41, 42]"])
    let cells = try Set(folder.names("sweep/cells"))
    #expect(cells.count == 4)
    let all =
      "t = sweep a in 1..2, b in [10, 20], seed in 1..2, store: folder { a * b + seed }\nprint t.value"
    #expect(try run(folder, all) == ["[11, 12, 21, 22, 21, 22, 41, 42]"])
    #expect(try folder.names("sweep/cells").count == 8)
    #expect(try cells.isSubset(of: folder.names("sweep/cells")))
    #expect(try run(folder, paired) == ["[11, 12, 41, 42]"])
  }

  @Test func `another body, or other values that it uses, are other cells`() throws {
    let folder = try StoreFolder()
    let program = "k = 2\nt = sweep a in 1..2, store: folder { k * a }\nprint t.value"
    #expect(try run(folder, program) == ["[2, 4]"])
    #expect(try run(folder, program.replacing("k = 2", by: "k = 3")) == ["[3, 6]"])
    #expect(try run(folder, program.replacing("k * a", by: "k * a + 1")) == ["[3, 5]"])
    #expect(try folder.names("sweep/cells").count == 6)
  }

  @Test func `values of every kind are read as they were`() throws {
    let folder = try StoreFolder()
    let program = """
      t = sweep a in 1..3, store: folder {
          track 1, x: a, y: nan
          if a == 3 { none } else { {n: [nan, inf, -inf, -0.0, 0.1], text: "NaN", list: [1, [true, none]], tensor: zeros(2, 2) + a,
              rows: batch(logp: [[-1, -2], [-3]], old: [[-1, -2], [-3]], advantage: [1, 2]), range: 2..4, record: {b: {c: 1}}, table: table([{x: 1}, {x: "y"}])} }
      }
      r = t[1]
      print r.n, r.text, r.list, r.tensor, len(r.rows), r.rows.advantage, r.range, r.record, csv(r.table)
      print t[2].curve, kind(r.range), kind(r.rows), kind(r.table)
      """
    let first = try run(folder, program)
    #expect(try run(folder, program) == first)
    #expect(try run(folder, program.replacing(", store: folder", by: "")) == first)
  }

  @Test func `a failure is seen in the table, and tried again the next time`() throws {
    let folder = try StoreFolder()
    let program = """
      t = sweep a in 1..3, store: folder { if read_text(failing) == "{a}" { error("far") }
        {double: 2 * a} }
      print map(t, row => row.double)
      """.replacing("{a}", by: "\\(a)")
    try folder.write("2", to: "failing")
    #expect(try run(folder, program) == ["[2, none, 6]"])
    try folder.write("3", to: "failing")
    #expect(try run(folder, program) == ["[2, 4, 6]"])
  }

  @Test func `each of several processes begins elsewhere, and goes on with what nobody computes`() throws {
    #expect(
      (0..<3).map { WorkShare($0, of: 3).order(7) }.map { $0.prefix(2) } == [[0, 3], [1, 4], [2, 5]])
    #expect(WorkShare(1, of: 3).order(7) == [1, 4, 2, 5, 0, 3, 6])
    #expect(WorkShare(4, of: 5).order(2) == [0, 1])
    let folder = try StoreFolder()
    let plain = try run(folder, SweepStoreTests.sweep.replacing(", store: folder", by: ""))
    #expect(try run(folder, SweepStoreTests.sweep, share: WorkShare(1, of: 3)) == plain)
  }

  /// Each cell waits until the other one has begun, which takes two who compute.
  @Test func `a sweep that needs the table of another one is shared too`() throws {
    let folder = try StoreFolder()
    let program = """
      fn meet(name, own) {
          save "", "\(folder.path)/\\(name)-\\(own).txt"
          for i in 1..6000 { try { return read_text("\(folder.path)/\\(name)-\\(3 - own).txt") } catch { sleep(0.01) } }
          error("nobody else came")
      }
      t = sweep a in 1..2, store: folder + "/first" { meet("first", a)
          10 * a }
      best = max(t.value)
      u = sweep b in 1..2, store: folder + "/second" { meet("second", b)
          best + b }
      print u.value
      """
    let printed = Mutex<[String]>([])
    let threads = (0..<2).map { index in
      WorkerThread(stackBytes: 64 << 20) {
        let (session, host) = Session.collecting(runtime: Runtime(threads: 1))
        session.share = WorkShare(index, of: 2)
        session.set("folder", .text(folder.path))
        do {
          try session.run(program, name: "test", echoes: false)
        } catch {
          printed.withLock { $0.append(RuntimeError(error).message) }
        }
        printed.withLock { $0 += host.output.map { $0.trimmingNewlines() } }
      }
    }
    for thread in threads { thread.join() }
    #expect(printed.withLock { $0 } == ["[21, 22]", "[21, 22]"])
  }

  @Test func `a run inside a cell goes on where it was stopped`() throws {
    let folder = try StoreFolder()
    let program = """
      t = sweep a in 1..2, store: folder {
          r = run(so_far => {
              from = if so_far == none { 1 } else { so_far.curve[-1].step + 1 }
              for i in from..4 {
                  if i == 3 and a == 2 and read_text(failing) == "yes" { exit(3) }
                  track i, a * i, from: from
              }
          }, checkpoint_every: 1)
          {learner: r.learner, from: r.curve.from}
      }
      print t.learner, t.from
      """
    try folder.write("yes", to: "failing")
    let error = #expect(throws: RuntimeError.self) { _ = try run(folder, program) }
    #expect(error?.kind == .exit && error?.exitCode == 3)
    try folder.write("no", to: "failing")
    #expect(try run(folder, program) == ["[4, 8] [[1, 1, 1, 1], [1, 1, 3, 3]]"])
  }

  @Test func `the end of the program ends a sweep, and names that say what went wrong are refused as axes`()
    throws
  {
    let (session, _) = Session.collecting()
    let error = #expect(throws: RuntimeError.self) {
      try session.run("sweep a in 1..2 { exit 4 }", name: "test", echoes: false)
    }
    #expect(error?.kind == .exit && error?.exitCode == 4)
    for name in ["error", "partial"] {
      #expect(
        Session.message("sweep \(name) in [1, 2] { error(\"lost\") }")?.contains("an axis cannot be named")
          ?? false)
    }
    let (other, host) = Session.collecting()
    try other.run("t = sweep a in [1, 2] { {error: a} }", name: "test", echoes: false)
    #expect(host.notes.isEmpty)
  }

  @Test func `how far a sweep has come is seen from its folder`() throws {
    let folder = try StoreFolder()
    try folder.write("2", to: "failing")
    _ = try run(
      folder,
      "t = sweep a in 1..4, store: folder { if a == 2 { error(\"far\") }\n  a }")
    let status = try SweepStatus("\(folder.path)/sweep")
    #expect(status.isDone && status.done == 3 && status.failed == 1)
    #expect(
      status.text(Layout()) == "3 of 4 cells done, 0 running, 0 waiting, 1 failed\n  a 2: far")
    #expect(throws: RuntimeError.self) { _ = try SweepStatus(folder.path) }
  }
}
