@testable import Shell

/// A program that runs on a terminal of its own, and the hands of the user in front of it.
///
/// `send` types, `expect` waits for something to appear, `resize` drags the window's corner. Whatever was
/// waited for is consumed; failures carry what was on the screen instead.
final class PseudoTerminal {
  /// What went wrong, with the output that had not been consumed.
  struct Failure: Error, CustomStringConvertible {
    var reason: String
    var output: String
    var description: String { "\(reason); output so far:\n\(output)" }
  }

  /// How the program ended.
  enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  let process: pid_t
  private let terminal: Int32
  private var pending: [UInt8] = []
  private var ending: Ending?
  /// Everything that the program has written, consumed or not, escape sequences included.
  private(set) var transcript = ""
  /// What the terminal shows by now.
  private(set) var screen: Screen

  /// Starts `executable` with `arguments` in an environment that holds `environment` and little else.
  init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    columns: Int = 80, rows: Int = 24
  ) throws {
    // What posix_openpt, unlockpt and ptsname do on Linux; Glibc's module hides their declarations.
    let unlock: UInt = 0x4004_5431
    let getNumber: UInt = 0x8004_5430
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard terminal >= 0, ioctl(terminal, unlock, &locked) == 0, ioctl(terminal, getNumber, &number) == 0
    else {
      throw Failure(reason: "no pseudo-terminal: errno \(errno)", output: "")
    }
    let name = "/dev/pts/\(number)"
    self.terminal = terminal
    screen = Screen(columns: columns, height: rows)
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // A session leader that opens a terminal gets it as its controlling terminal.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var standard = sigset_t()
    sigfillset(&standard)
    posix_spawnattr_setsigdefault(&attributes, &standard)
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    posix_spawnattr_setsigmask(&attributes, &unblocked)
    // POSIX_SPAWN_SETSID is not imported by name on every version of Glibc's module.
    let newSession: Int16 = 0x80
    posix_spawnattr_setflags(
      &attributes, newSession | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

    let variables = PseudoTerminal.environment.merging(environment) { $1 }
    var argv = ([executable] + arguments).map { strdup($0) } + [nil]
    var envp = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for string in argv + envp { free(string) } }
    var process = pid_t()
    let code = posix_spawn(&process, executable, &actions, &attributes, &argv, &envp)
    self.process = process
    if code != 0 {
      close(terminal)
      throw Failure(reason: "cannot start \(executable): errno \(code)", output: "")
    }
  }

  deinit {
    if ending == nil {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    close(terminal)
  }

  /// A plain terminal without the user's settings: what is expected is then the same everywhere.
  static var environment: [String: String] {
    var variables = ["TERM": "dumb", "INPUTRC": "/dev/null", "LC_ALL": "C.UTF-8"]
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables
  }

  /// The path of a product that is built beside the running test bundle.
  static func product(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = max(readlink("/proc/self/exe", &buffer, buffer.count - 1), 0)
    var bundle = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if !bundle.contains(".xctest") {
      // Some drivers load the bundle into a helper process and name it as an argument.
      bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? bundle
    }
    let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    return folder + "/" + name
  }

  /// Types `text` as it is; `\n` or `\r` is Enter.
  func send(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let sent = bytes.withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
      if sent < 0 && errno == EINTR { continue }
      guard sent > 0 else { throw Failure(reason: "cannot type: errno \(errno)", output: unread) }
      bytes = bytes.dropFirst(sent)
    }
  }

  /// Types Ctrl and `key`: `control("c")`, `control("d")`, `control("z")`.
  func control(_ key: Character) throws {
    guard let code = key.asciiValue else { return }
    try send(String(UnicodeScalar(code & 0x1F)))
  }

  /// Waits until `text` appears and gives everything that came before it, carriage returns left out.
  @discardableResult
  func expect(_ text: String, within seconds: Double = 60) throws -> String {
    let deadline = PseudoTerminal.now() + seconds
    while true {
      let output = unread
      if let found = PseudoTerminal.range(of: text, in: output) {
        pending = Array(output[found.upperBound...].utf8)
        return String(output[..<found.lowerBound])
      }
      let left = deadline - PseudoTerminal.now()
      guard left > 0 else {
        throw Failure(reason: "did not see \(text.debugDescription) within \(seconds) s", output: output)
      }
      guard receive(within: left) else {
        throw Failure(reason: "ended before \(text.debugDescription)", output: unread)
      }
    }
  }

  /// What arrives until nothing has come for `quiet` seconds.
  func drain(quiet: Double = 0.2) -> String {
    while receive(within: quiet, onlyIfReady: true) {}
    let output = unread
    pending = []
    return output
  }

  /// Gives the terminal another size, as dragging its window would.
  func resize(columns: Int, rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    screen.resize(columns: columns, height: rows)
  }

  /// Waits until the screen shows what `isExpected` asks for; gives it, or fails with what it shows instead.
  @discardableResult
  func waitForScreen(within seconds: Double = 60, _ isExpected: (Screen) -> Bool) throws -> Screen {
    let deadline = PseudoTerminal.now() + seconds
    while !isExpected(screen) {
      guard PseudoTerminal.now() < deadline, receive(within: 0.1) else {
        throw Failure(
          reason: "did not see the expected screen; cursor \(screen.line), \(screen.column)",
          output: screen.lines.joined(separator: "\n"))
      }
    }
    return screen
  }

  /// Sends a signal to the program.
  func signal(_ number: Int32) { kill(process, number) }

  /// Waits for the program to end, while reading what it still writes.
  func waitForEnd(within seconds: Double = 60) throws -> Ending {
    if let ending { return ending }
    let deadline = PseudoTerminal.now() + seconds
    while PseudoTerminal.now() < deadline {
      _ = receive(within: 0.02, onlyIfReady: true)
      var status: Int32 = 0
      guard waitpid(process, &status, WNOHANG) == process else { continue }
      _ = receive(within: 0, onlyIfReady: true)
      let signal = status & 0x7F
      let ending = signal == 0 ? Ending.exit(status >> 8 & 0xFF) : .signal(signal)
      self.ending = ending
      return ending
    }
    throw Failure(reason: "did not end within \(seconds) s", output: unread)
  }

  /// `text` without escape sequences (CSI and OSC) and carriage returns.
  static func plain(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\r" { continue }
      guard scalar == "\u{1B}" else {
        result.append(scalar)
        continue
      }
      switch scalars.popFirst() {
      case "[": scalars = scalars.drop { !("@"..."~").contains($0) }.dropFirst()
      case "]": scalars = scalars.drop { $0 != "\u{07}" }.dropFirst()
      default: break
      }
    }
    return String(result)
  }

  // MARK: Reading

  private var unread: String {
    var text = String.UnicodeScalarView()
    for scalar in String(decoding: pending, as: UTF8.self).unicodeScalars where scalar != "\r" {
      text.append(scalar)
    }
    return String(text)
  }

  /// Reads what there is; false when the program has closed its end, or when nothing came and that matters.
  private func receive(within seconds: Double, onlyIfReady: Bool = false) -> Bool {
    var source = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    let ready = poll(&source, 1, Int32(min(seconds, 1) * 1000))
    if ready <= 0 { return !onlyIfReady }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = read(terminal, &chunk, chunk.count)
    guard count > 0 else { return false }
    pending += chunk.prefix(count)
    screen.feed(chunk.prefix(count))
    transcript += String(decoding: chunk.prefix(count), as: UTF8.self)
    return true
  }

  private static func range(of needle: String, in text: String) -> Range<String.Index>? {
    let wanted = Array(needle.unicodeScalars)
    let scalars = text.unicodeScalars
    guard !wanted.isEmpty else { return nil }
    var start = scalars.startIndex
    while start < scalars.endIndex {
      if scalars[start...].starts(with: wanted) {
        return start..<scalars.index(start, offsetBy: wanted.count)
      }
      start = scalars.index(after: start)
    }
    return nil
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
