import CReadline
import Engine
import Glibc
import Lang

/// The prompt: reads, goes on reading while the input is incomplete, runs, shows.
final class REPL {
  let session: Session
  let host: TerminalHost
  /// Inputs that ran without an error, for `:script`.
  var accepted: [String] = []
  /// The variables before each of the latest inputs, for `:undo`.
  var snapshots: [Session.Snapshot] = []
  private var count = 0
  private var status: ExitStatus?

  private static let keptSnapshots = 20

  init(session: Session, host: TerminalHost) {
    self.session = session
    self.host = host
  }

  /// Runs until the end of input or `exit()`.
  func run(greets: Bool) -> ExitStatus {
    var source = makeSource()
    session.onEcho = { [session, host] value in
      if value.isNone { return }
      session.set("ans", value)
      Echo.write(value, to: host)
    }
    if greets, isTerminal { host.write("rls 0.1. `help` lists what there is, `? name` explains, Ctrl-D leaves.\n") }
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
      let completion = SessionCompletion(session)
      if let source = ReadlineSource(history: history, completion: completion, interruptFlag: Interrupt.flag) { return source }
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
        if isMeta(text) || !session.isIncomplete(text) { return text }
      case .interrupted:
        Interrupt.clear()
        text = ""
      case .endOfInput: return text.isEmpty ? nil : text
      }
    }
  }

  private func isMeta(_ text: String) -> Bool {
    let trimmed = text.drop { $0 == " " || $0 == "\t" }
    return trimmed.hasPrefix(":") || trimmed.hasPrefix("?")
  }

  /// Runs one input, whatever happens in it.
  func enter(_ text: String) {
    Interrupt.clear()
    defer {
      host.endProgress()
      Interrupt.clear()
    }
    do {
      if isMeta(text) {
        try ShellCommands.run(text, self)
      } else {
        try evaluate(text)
      }
    } catch {
      let failure = error as? RuntimeError
      if failure?.kind == .exit { status = .exit(failure?.exitCode ?? 0) } else { report(error) }
    }
  }

  /// Runs program text, and remembers it when it went well.
  func evaluate(_ text: String) throws {
    snapshots.append(session.snapshot())
    if snapshots.count > REPL.keptSnapshots { snapshots.removeFirst() }
    count += 1
    let clock = ContinuousClock()
    let start = clock.now
    try session.run(text, name: "prompt", echoes: true)
    let seconds = (clock.now - start) / .seconds(1)
    if seconds > 2 { host.note("(\(Printing.number((seconds * 10).rounded() / 10)) s)") }
    accepted.append(text)
  }

  private func report(_ error: any Error) {
    if let failure = error as? RuntimeError, failure.kind == .interrupted {
      host.endProgress()
      // The terminal has echoed ^C without ending the line.
      if isTerminal { host.write("\n") }
      let place = failure.trace.last { $0.span.source.name == "prompt" }
      host.note(place.map { "interrupted in line \($0.span.line): \($0.span.text.prefix { $0 != "\n" }.prefix(60))" } ?? "interrupted")
    } else {
      host.report(error)
    }
  }
}
