import CReadline
import Engine
import Lang

/// The prompt: reads, goes on reading while the input is incomplete, runs, shows.
final class REPL {
  private let conversation: Conversation
  private let host: TerminalHost
  private var source: any LineSource = PlainSource(interruptFlag: Interrupt.flag)
  private var status: ExitStatus?
  /// Whether a folder has what a signal stopped.
  private var isKept = false

  init(session: Session, host: TerminalHost) {
    self.host = host
    conversation = Conversation(session, host)
  }

  /// Runs until the end of input or `exit()`.
  ///
  /// With `readsSettings` the user's start file runs first.
  func run(greets: Bool, readsSettings: Bool) -> ExitStatus {
    source = makeSource()
    conversation.remember = { [weak self] in self?.source.remember($0) }
    host.isAtPrompt = isTerminal
    if greets, isTerminal {
      host.write("rls 0.1. `help` lists what there is, `? name` explains, Ctrl-D leaves.\n")
    }
    if readsSettings {
      do { try conversation.readSettings() } catch { host.report(error) }
      host.endProgress()
    }
    while status == nil, !Conversation.isAskedToEnd {
      guard let text = read() else { break }
      if text.allSatisfy(\.isWhitespace) { continue }
      source.remember(text)
      host.logInput(text, prompt: prompt)
      enter(text)
    }
    return status
      ?? (Conversation.isAskedToEnd ? .stopped(by: crl_ended_by(), isKept: isKept) : .success)
  }

  private var prompt: String {
    conversation.session.settings.prompt.replacing("{n}", with: "\(conversation.reader.count + 1)")
  }

  private var isTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  private func makeSource() -> any LineSource {
    if isTerminal {
      let history = History(path: History.defaultPath(environment: System.variable))
      if let source = ReadlineSource(
        session: conversation.session, history: history, reader: conversation.reader,
        interruptFlag: Interrupt.flag, terminal: { [host] in host.terminal })
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
    var brackets = OpenBrackets()
    while true {
      switch source.readLine(prompt: text.isEmpty ? prompt : BlockLayout.continuation(of: prompt)) {
      case .line(let line):
        // A second empty line ends a block that will not become complete.
        if line.isEmpty, text.hasSuffix("\n") { return text }
        let isFirst = text.isEmpty
        text += isFirst ? line : "\n" + line
        brackets.read(line)
        if isFirst || isTerminal || !brackets.needMore, !conversation.reader.isIncomplete(text) {
          return text
        }
      case .input(let input): return input
      case .interrupted:
        Conversation.clearInterrupt()
        if Conversation.isAskedToEnd { return nil }
        (text, brackets) = ("", OpenBrackets())
      case .endOfInput: return text.isEmpty ? nil : text
      }
    }
  }

  /// Runs one input, whatever happens in it.
  private func enter(_ text: String) {
    Conversation.clearInterrupt()
    host.beginInput()
    defer {
      host.endProgress()
      Conversation.clearInterrupt()
    }
    let name = conversation.reader.name
    let clock = ContinuousClock()
    let start = clock.now
    do {
      try conversation.enter(text)
      let seconds = (clock.now - start) / .seconds(1)
      if seconds > 2, !InputReader.isMeta(text) {
        host.note("(\(Printing.number((seconds * 10).rounded() / 10)) s)")
      }
    } catch {
      let failure = RuntimeError(error)
      if failure.kind == .exit {
        status = .exit(failure.exitCode)
      } else {
        report(error, in: text, name)
        isKept = failure.folder != nil
        host.notePartial(of: error, sessionGoesOn: !Conversation.isAskedToEnd)
      }
    }
  }

  private func report(_ error: any Error, in text: String, _ name: String) {
    let failure = RuntimeError(error)
    guard failure.kind == .interrupted, !(error is Rejection) else { return host.report(error) }
    host.endProgress()
    guard let span = failure.trace.last(where: { $0.span.source.name == name })?.span else {
      return host.note("interrupted")
    }
    let place = text.contains("\n") ? " in line \(span.line)" : ""
    host.note("interrupted\(place): \(Conversation.firstLine(span.text))")
  }
}
