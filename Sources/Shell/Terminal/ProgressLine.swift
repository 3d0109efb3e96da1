import Glibc
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
    var lastDrawn = -Double.infinity
    var isShown = false
  }

  private let width: Int?
  private let usesUnicode: Bool
  private let clock: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// A line on standard error, or one that stays silent where that is no terminal.
  convenience init(on terminal: Terminal = .current(STDERR_FILENO)) {
    self.init(
      width: terminal.movesCursor ? terminal.width : nil, usesUnicode: terminal.showsUnicode,
      clock: ProgressLine.monotonicSeconds, write: ProgressLine.writeToStandardError)
  }

  /// A line of at most `width` columns (nil: silent) with a clock in seconds and a place to write to.
  init(
    width: Int?, usesUnicode: Bool, clock: @escaping @Sendable () -> Double,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.width = width
    self.usesUnicode = usesUnicode
    self.clock = clock
    self.write = write
    self.state = Mutex(State(started: clock()))
  }

  deinit { hide() }

  /// Reports that a share `fraction` of the work named `text` is done; nil is unknown.
  func update(_ text: String, fraction: Double?) {
    guard let width else { return }
    let now = clock()
    state.withLock { state in
      guard now - state.started >= ProgressLine.delay, now - state.lastDrawn >= ProgressLine.interval else {
        return
      }
      state.lastDrawn = now
      state.isShown = true
      let line = ProgressLine.line(
        text, fraction: fraction, elapsed: now - state.started, width: width, usesUnicode: usesUnicode)
      write("\r" + line + "\u{1B}[K")
    }
  }

  /// Takes the line away, so that something else can be written; the next report brings it back.
  func hide() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      state.lastDrawn = -.infinity
      write("\r\u{1B}[K")
    }
  }

  /// Takes the line away and counts time anew, for the next piece of work.
  func finish() {
    hide()
    state.withLock { $0.started = clock() }
  }

  // MARK: The text

  /// `sweep  [#####     ]  50%  0:31 left`, in less than `width` columns.
  static func line(
    _ text: String, fraction: Double?, elapsed: Double, width: Int, usesUnicode: Bool
  ) -> String {
    let name = String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
    guard let fraction else { return String("\(name)  \(duration(elapsed))".prefix(max(width - 1, 0))) }
    let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    var tail = "  \(Int(share * 100))%"
    if share > 0, share < 1 { tail += "  \(duration(elapsed * (1 - share) / share)) left" }
    let room = width - 1 - name.count - tail.count - 2
    if room < 8 { return String((name + tail).prefix(max(width - 1, 0))) }
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

  @Sendable private static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  @Sendable private static func writeToStandardError(_ text: String) {
    // What was printed before has to be on the screen before the line is drawn over it.
    fflush(nil)
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
