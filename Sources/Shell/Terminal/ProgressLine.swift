import Engine
import Synchronization

/// One line that tells how far a long piece of work has come, and leaves no trace.
///
/// It appears once the work has taken a moment, is drawn at most ten times a second, and erases itself. Where
/// nobody watches it does nothing. Any thread may report to it.
final class ProgressLine: Sendable {
  /// How long work takes before the line appears, in seconds.
  static let delay = 0.3
  /// The least time between two drawings, in seconds.
  static let interval = 0.1

  private struct State {
    var started: Double
    /// The first report of this piece of work, from which the time left is estimated.
    var first: (text: String, fraction: Double, time: Double)?
    var lastDrawn = -Double.infinity
    var isShown = false
  }

  private let terminal: @Sendable () -> (width: Int, usesUnicode: Bool)?
  private let clock: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// A line on standard error, as wide as the window is now, or one that stays silent where that is no
  /// terminal.
  convenience init() {
    let draws = Terminal.current(STDERR_FILENO).movesCursor
    self.init(write: ProgressLine.writeToStandardError) {
      guard draws else { return nil }
      let terminal = Terminal.current(STDERR_FILENO)
      // Two columns stay free for the ^C that the terminal echoes: a line that wraps cannot be erased.
      return (terminal.width - 2, terminal.showsUnicode)
    }
  }

  /// A line of at most `width` columns (nil: silent) with a clock in seconds; `write` puts a text in the place of the
  /// last one, an empty one to take it away.
  convenience init(
    width: Int?, usesUnicode: Bool, clock: @escaping @Sendable () -> Double = { Clock.uptime },
    write: @escaping @Sendable (String) -> Void
  ) {
    self.init(clock: clock, write: write) { width.map { ($0, usesUnicode) } }
  }

  private init(
    clock: @escaping @Sendable () -> Double = { Clock.uptime },
    write: @escaping @Sendable (String) -> Void,
    terminal: @escaping @Sendable () -> (width: Int, usesUnicode: Bool)?
  ) {
    self.terminal = terminal
    self.clock = clock
    self.write = write
    self.state = Mutex(State(started: clock()))
  }

  /// Whether somebody watches.
  var isVisible: Bool { terminal() != nil }

  deinit { hide() }

  /// Reports that a share `fraction` of the work named `title` is done; nil is unknown.
  ///
  /// The time left is estimated from the first report of a title on: what came before is not its time.
  func update(_ title: String, detail: String = "", fraction: Double?) {
    let now = clock()
    state.withLock { state in
      if let fraction, state.first?.text != title || fraction < state.first?.fraction ?? 0 {
        state.first = (title, fraction, now)
      }
      guard now - state.started >= ProgressLine.delay, now - state.lastDrawn >= ProgressLine.interval else {
        return
      }
      guard let (width, usesUnicode) = terminal() else { return }
      state.lastDrawn = now
      state.isShown = true
      var left: Double?
      if let fraction, let first = state.first, fraction > first.fraction {
        left = (now - first.time) * (1 - fraction) / (fraction - first.fraction)
      }
      let line = ProgressLine.line(
        detail.isEmpty ? title : "\(title)  \(detail)", fraction: fraction, elapsed: now - state.started,
        left: left, width: width, usesUnicode: usesUnicode)
      write(line)
    }
  }

  /// Takes the line away, so that something else can be written; the next report brings it back.
  func hide() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      state.lastDrawn = -.infinity
      write("")
    }
  }

  /// Takes the line away and counts time anew, for the next piece of work.
  func finish() {
    hide()
    state.withLock { state in
      state.started = clock()
      state.first = nil
    }
  }

  // MARK: The text

  /// `sweep  [#####     ]  50%  0:31 left`, in less than `width` columns.
  static func line(
    _ text: String, fraction: Double?, elapsed: Double, left: Double? = nil, width: Int, usesUnicode: Bool
  ) -> String {
    let name = String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
    guard let fraction else { return String("\(name)  \(duration(elapsed))".prefix(max(width - 1, 0))) }
    let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    var tail = "  \(Int(share * 100))%"
    if let left, share < 1 { tail += "  \(duration(left)) left" }
    let room = width - 1 - name.count - tail.count - 2
    if room < 8 {
      // The share and the time left count for more than the last of the details.
      let shortened = name.prefix(max(width - 1 - tail.count, 0))
      return String((shortened + tail).prefix(max(width - 1, 0)))
    }
    return name + "  " + bar(share, columns: min(room, 30), usesUnicode) + tail
  }

  private static func bar(_ fraction: Double, columns: Int, _ usesUnicode: Bool) -> String {
    if !usesUnicode {
      let full = Int(fraction * Double(columns - 2))
      return "[" + String(repeating: "#", count: full) + String(repeating: " ", count: columns - 2 - full)
        + "]"
    }
    let full = Int(fraction * Double(columns))
    return String(repeating: "━", count: full) + String(repeating: "╌", count: columns - full)
  }

  /// `0:07`, `12:30`, `2:05:00`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 360_000 else { return "long" }
    let whole = Int(max(seconds, 0).rounded())
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
  }

  @Sendable private static func writeToStandardError(_ text: String) {
    // What was printed before has to be on the screen before the line is drawn over it.
    fflush(nil)
    let bytes = Array("\r\(text)\u{1B}[K".utf8)
    _ = bytes.withUnsafeBytes { writeBytes(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
