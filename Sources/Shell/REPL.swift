import CReadline
import Engine
import Lang

/// The prompt: reads, goes on reading while the input is incomplete, runs, shows.
final class REPL {
  let session: Session
  let host: TerminalHost
  private let reader: InputReader
  /// The states of the session, for `:undo`, `:fork` and `:script`.
  var changes = SessionHistory()
  /// What was entered in this session.
  private(set) var inputs: [(number: Int, text: String)] = []
  /// The last error, for `:debug`.
  private(set) var lastFailure: RuntimeError?
  private var source: any LineSource = PlainSource(interruptFlag: Interrupt.flag)
  private var status: ExitStatus?
  /// Whether a folder has what a signal stopped.
  private var isKept = false

  init(session: Session, host: TerminalHost) {
    self.session = session
    self.host = host
    self.reader = InputReader(session)
  }

  /// Runs until the end of input or `exit()`.
  ///
  /// With `readsSettings` the user's start file runs first.
  func run(greets: Bool, readsSettings: Bool) -> ExitStatus {
    source = makeSource()
    host.isAtPrompt = isTerminal
    session.onEcho = { [session, host] value in
      if value.isNone { return }
      session.set("ans", value)
      Echo.write(value, to: host)
    }
    if greets, isTerminal {
      host.write("rls 0.1. `help` lists what there is, `? name` explains, Ctrl-D leaves.\n")
    }
    if readsSettings { readSettings() }
    while status == nil, !isAskedToEnd {
      guard let text = read() else { break }
      if text.allSatisfy(\.isWhitespace) { continue }
      source.remember(text)
      host.logInput(text, prompt: prompt)
      enter(text)
    }
    return status ?? (isAskedToEnd ? .stopped(by: crl_ended_by(), isKept: isKept) : .success)
  }

  /// Whether SIGTERM, SIGHUP or SIGUSR1 has come.
  private var isAskedToEnd: Bool { crl_ended_by() != 0 }

  /// Gets ready for the next input; a request to end stands.
  private func clearInterrupt() {
    Interrupt.clear()
    if isAskedToEnd { Interrupt.request() }
  }

  /// Puts an input into the history that was not typed.
  func remember(_ text: String) { source.remember(text) }

  /// Runs the user's start file, if there is one; what is wrong with it is reported.
  private func readSettings() {
    let environment = { (name: String) in getenv(name).map { String(cString: $0) } }
    let configuration = environment("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let folder = configuration ?? environment("HOME").map({ $0 + "/.config" }) else { return }
    let path = folder + "/rls/init.rls"
    guard access(path, F_OK) == 0 else { return }
    do {
      try session.run(FileContents.text(path, for: "rls"), name: path, echoes: false)
    } catch {
      host.report(error)
    }
    host.endProgress()
  }

  private var prompt: String { session.settings.prompt.replacing("{n}", with: "\(reader.count + 1)") }

  private var isTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  private func makeSource() -> any LineSource {
    if isTerminal {
      let history = History(path: History.defaultPath { getenv($0).map { String(cString: $0) } })
      if let source = ReadlineSource(
        session: session, history: history, reader: reader, interruptFlag: Interrupt.flag,
        terminal: { [host] in host.terminal })
      {
        return source
      }
    }
    crl_catch_interrupts(Interrupt.flag, 0)
    return PlainSource(interruptFlag: Interrupt.flag)
  }

  /// A whole input, of one line or more; nil at the end of input.
  private func read() -> String? {
    var text = ""
    while true {
      switch source.readLine(prompt: text.isEmpty ? prompt : BlockLayout.continuation(of: prompt)) {
      case .line(let line):
        // A second empty line ends a block that will not become complete.
        if line.isEmpty, text.hasSuffix("\n") { return text }
        text += text.isEmpty ? line : "\n" + line
        if !reader.isIncomplete(text) { return text }
      case .input(let input): return input
      case .interrupted:
        clearInterrupt()
        if isAskedToEnd { return nil }
        text = ""
      case .endOfInput: return text.isEmpty ? nil : text
      }
    }
  }

  /// Runs one input, whatever happens in it.
  func enter(_ text: String) {
    clearInterrupt()
    host.beginInput()
    defer {
      host.endProgress()
      clearInterrupt()
      reader.advance()
    }
    inputs.append((reader.count + 1, text))
    do {
      if InputReader.isMeta(text) {
        try ShellCommands.run(text, self)
      } else {
        try evaluate(text)
      }
    } catch {
      let failure = error as? RuntimeError
      if failure?.kind == .exit {
        status = .exit(failure?.exitCode ?? 0)
      } else {
        report(error, in: text)
        isKept = failure?.folder != nil
        host.notePartial(of: error, sessionGoesOn: !isAskedToEnd)
      }
    }
  }

  /// Runs program text, and remembers it when it went well.
  func evaluate(_ text: String) throws {
    changes.begin(text, session)
    let clock = ContinuousClock()
    let start = clock.now
    try session.run(reader.reading(of: text), echoes: true)
    let seconds = (clock.now - start) / .seconds(1)
    if seconds > 2 { host.note("(\(Printing.number((seconds * 10).rounded() / 10)) s)") }
    changes.accept(text)
  }

  private func report(_ error: any Error, in text: String) {
    let failure = RuntimeError(error)
    if !failure.trace.isEmpty { lastFailure = failure }
    guard failure.kind == .interrupted, !(error is Rejection) else { return host.report(error) }
    host.endProgress()
    guard let span = failure.trace.last(where: { $0.span.source.name == reader.name })?.span else {
      return host.note("interrupted")
    }
    let place = text.contains("\n") ? " in line \(span.line)" : ""
    host.note("interrupted\(place): \(REPL.firstLine(span.text))")
  }

  /// The first line of `text`, with dots where something is left out.
  static func firstLine(_ text: some StringProtocol) -> String {
    let line = text.prefix { !$0.isNewline }
    let shown = line.prefix(60)
    return shown.count < text.count ? "\(shown)..." : String(shown)
  }
}
