import CReadline
import Engine
import Lang

/// Whoever shows a conversation: a terminal or a notebook.
protocol ConversationHost: Host {
  /// Shows the value of a statement.
  func answer(_ value: Value)
  /// Runs `body`, during which values are shown with all their rows and columns.
  func showingEverything(_ body: () throws -> Void) rethrows
  /// Writes inputs and output to the end of a file as well, from now on; nil ends that.
  func log(to path: String?) throws
  /// Runs a line of the system's shell; its exit code, 128 and more for a signal.
  func run(_ line: String) throws -> Int32
  /// The text that the user makes of `text` in an editor; nil where the editor fails.
  func edited(_ text: String) throws -> String?
}

/// What the prompt and a notebook share: numbered inputs and commands, the states between them, the last error.
final class Conversation {
  let session: Session
  let host: any ConversationHost
  let reader: InputReader
  /// The states of the session, for `:undo`, `:fork` and `:script`.
  var changes = SessionHistory()
  /// What was entered in this session.
  private(set) var inputs: [(number: Int, text: String)] = []
  /// The last error, for `:debug`.
  private(set) var lastFailure: RuntimeError?
  /// Puts an input into the history that was not typed.
  var remember: (String) -> Void = { _ in }

  init(_ session: Session, _ host: any ConversationHost) {
    self.session = session
    self.host = host
    reader = InputReader(session)
    session.onEcho = { value in
      if value.isNone { return }
      session.set("ans", value)
      if !session.drawsPlot(value) { host.answer(value) }
    }
  }

  /// Runs the user's start file, if there is one.
  func readSettings() throws {
    let configuration = System.variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let folder = configuration ?? System.variable("HOME").map({ $0 + "/.config" }) else { return }
    let path = folder + "/rls/init.rls"
    guard access(path, F_OK) == 0 else { return }
    try session.run(FileContents.text(path, for: "rls"), name: path, echoes: false)
  }

  /// Runs one input: program text, or a command.
  ///
  /// One that is not kept has no number of its own.
  func enter(_ text: String, isKept: Bool = true) throws {
    defer { if isKept { reader.advance() } }
    if isKept { inputs.append((reader.count + 1, text)) }
    do {
      if InputReader.isMeta(text) {
        try ShellCommands.run(text, self)
      } else {
        try evaluate(text)
      }
    } catch {
      let failure = RuntimeError(error)
      if failure.kind != .exit, !failure.trace.isEmpty { lastFailure = failure }
      throw error
    }
  }

  /// Runs program text, and remembers it when it went well.
  func evaluate(_ text: String) throws {
    changes.begin(text, session)
    try session.run(reader.reading(of: text), echoes: true)
    changes.accept(text)
  }

  /// The value of the last statement of program text that is no input of its own.
  func value(of text: String) throws -> Value {
    let shown = session.onEcho
    defer { session.onEcho = shown }
    var last = Value.none
    session.onEcho = { last = $0 }
    try session.run(text, name: "expression", echoes: true)
    return last
  }

  /// Whether SIGTERM, SIGHUP or SIGUSR1 has come.
  static var isAskedToEnd: Bool { crl_ended_by() != 0 }

  /// Gets ready for the next input; a request to end stands.
  static func clearInterrupt() {
    Interrupt.clear()
    if isAskedToEnd { Interrupt.request() }
  }

  /// The first line of `text`, with dots where something is left out.
  static func firstLine(_ text: some StringProtocol) -> String {
    let line = text.prefix { !$0.isNewline }
    let shown = line.prefix(60)
    return shown.count < text.count ? "\(shown)..." : String(shown)
  }
}
