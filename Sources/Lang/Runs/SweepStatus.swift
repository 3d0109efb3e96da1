import Engine

/// How far the sweep in a folder has come, whoever computes it.
public struct SweepStatus {
  /// How many cells there are.
  public let total: Int
  /// Those with a result.
  public private(set) var done = 0
  /// Those that a process computes now.
  public private(set) var running = 0
  /// Those that ended with an error.
  public private(set) var failed = 0
  /// Seconds until the rest is done at the pace of the cells that are done, or that run; nil where nothing tells.
  public private(set) var secondsLeft: Double?
  private var curves: [(name: String, rewards: [Double], steps: String)] = []
  private var errors: [(name: String, message: String)] = []

  /// Looks at the folder of a sweep; throws where it has none.
  public init(_ path: String) throws {
    guard access("\(path)/\(SweepFolder.list)", F_OK) == 0 else {
      throw RuntimeError(
        "\(path) holds no sweep: there is no \(SweepFolder.list)",
        help: "it is there once a sweep with `store: \(Text.quoted(path))` has begun")
    }
    let list = try StoredRun.read("\(path)/\(SweepFolder.list)")
    guard case .array(let cells)? = list["cells"] else {
      throw RuntimeError("\(path): the list of cells is damaged")
    }
    total = cells.count
    var seconds = 0.0
    // Of the cells that run, as parts of a whole one.
    var (parts, paces): ([Double], [Double]) = ([], [])
    for cell in cells {
      try Interrupt.check("watch")
      guard let name = cell["name"]?.string, let folder = cell["folder"]?.string else { continue }
      let inner = "\(path)/cells/\(folder)"
      if let result = try? StoredRun.read("\(inner)/\(SweepFolder.result)") {
        if let message = result["error"]?.string {
          failed += 1
          errors.append((name, message))
        } else {
          done += 1
          if case .number(let time)? = result["seconds"] { seconds += time }
        }
      } else if FileLock.isHeld("\(inner)/lock") {
        running += 1
        let run = try? StoredRun("\(inner)/run")
        let rows = (try? run?.rows()) ?? []
        var steps = "step \(rows.count)"
        if case .number(let planned)? = run?.specification["steps"], planned > 0 {
          steps += " of \(Printing.number(planned))"
          let part = min(1, Double(rows.count) / planned)
          parts.append(part)
          if let begun = FileLock.time("\(inner)/lock"), part > 0 {
            paces.append((Clock.wallTime - begun) / part)
          }
        }
        curves.append(
          (name, rows.compactMap { $0["reward"]?.asNumber }, rows.isEmpty ? "no step yet" : steps))
      }
    }
    let pace = done > 0 ? seconds / Double(done) : Summary.mean(paces)
    if let pace, running > 0 {
      let left = Double(total - done - failed) - parts.reduce(0, +)
      secondsLeft = max(0, pace * left / Double(running))
    }
  }

  /// `40 s`, `12 min`, `3 h 20 min`.
  static func duration(_ seconds: Double) -> String {
    let minutes = Int(min(seconds, 1e9) / 60)
    if minutes < 2 { return "\(Int(seconds.rounded())) s" }
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// Whether nothing is left to do.
  public var isDone: Bool { done + failed == total }

  /// What a terminal of this size shows; the curves are those of the rewards.
  public func text(_ layout: Layout) -> String {
    let waiting = total - done - running - failed
    var head = "\(done) of \(total) cells done, \(running) running, \(waiting) waiting"
    if failed > 0 { head += ", \(failed) failed" }
    if let secondsLeft { head += ", about \(SweepStatus.duration(secondsLeft)) left" }
    let room = max(2, layout.height - 3)
    let width = min(40, curves.map(\.name.count).max() ?? 0)
    let shown = curves.prefix(room).map { name, rewards, steps in
      let last = rewards.last.map { "  \(Printing.number($0, digits: 3))" } ?? ""
      return "  \(Printing.clipped(name, width).padded(to: width))  "
        + "\(Sparkline.text(rewards, width: max(8, min(40, layout.width - width - 40))))\(last)  \(steps)"
    }
    let failures = errors.prefix(max(0, room - shown.count)).map { "  \($0.name): \($0.message)" }
    if curves.count > room { head += "; \(room) of \(running) shown" }
    return ([head] + shown + failures).map { Printing.clipped($0, layout.width) }.joined(separator: "\n")
  }
}
