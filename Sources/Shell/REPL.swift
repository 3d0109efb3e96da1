import CReadline
import Engine
import Lang

/// The prompt: reads, goes on reading while the input is incomplete, runs, shows.
final class REPL {
  let session: Session
  let host: TerminalHost
  private let reader: InputReader
  /// Inputs that ran without an error, for `:script`.
  var accepted: [String] = []
  /// The latest inputs and the variables before each of them, for `:undo`.
  var snapshots: [(input: String, before: Session.Snapshot)] = []
  private var status: ExitStatus?

  private static let keptSnapshots = 20

  init(session: Session, host: TerminalHost) {
    self.session = session
    self.host = host
    self.reader = InputReader(session)
  }

  /// Runs until the end of input or `exit()`.
  func run(greets: Bool) -> ExitStatus {
    var source = makeSource()
    session.onEcho = { [session, host] value in
      if value.isNone { return }
      session.set("ans", value)
      Echo.write(value, to: host)
    }
    if greets, isTerminal {
      host.write("rls 0.1. `help` lists what there is, `? name` explains, Ctrl-D leaves.\n")
    }
    while status == nil {
      guard let text = read(&source) else { break }
      if text.allSatisfy(\.isWhitespace) { continue }
      source.remember(text)
      enter(text)
    }
    return status ?? .success
  }

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
  private func read(_ source: inout any LineSource) -> String? {
    var text = ""
    while true {
      switch source.readLine(prompt: text.isEmpty ? "rls> " : "...> ") {
      case .line(let line):
        // A second empty line ends a block that will not become complete.
        if line.isEmpty, text.hasSuffix("\n") { return text }
        text += text.isEmpty ? line : "\n" + line
        if !reader.isIncomplete(text) { return text }
      case .input(let input): return input
      case .interrupted:
        Interrupt.clear()
        text = ""
      case .endOfInput: return text.isEmpty ? nil : text
      }
    }
  }

  /// Runs one input, whatever happens in it.
  func enter(_ text: String) {
    Interrupt.clear()
    host.beginInput()
    defer {
      host.endProgress()
      Interrupt.clear()
      reader.advance()
    }
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
        host.notePartial(of: error, sessionGoesOn: true)
      }
    }
  }

  /// Runs program text, and remembers it when it went well.
  func evaluate(_ text: String) throws {
    remember(text)
    let clock = ContinuousClock()
    let start = clock.now
    try session.run(reader.reading(of: text), echoes: true)
    let seconds = (clock.now - start) / .seconds(1)
    if seconds > 2 { host.note("(\(Printing.number((seconds * 10).rounded() / 10)) s)") }
    accepted.append(text)
  }

  /// Keeps the variables as they are before `input`, so that `:undo` can bring them back.
  func remember(_ input: String) {
    snapshots.append((input, session.snapshot()))
    if snapshots.count > REPL.keptSnapshots { snapshots.removeFirst() }
  }

  private func report(_ error: any Error, in text: String) {
    let failure = RuntimeError(error)
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
