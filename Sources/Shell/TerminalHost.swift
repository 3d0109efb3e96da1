import Engine
import Lang
import Synchronization

/// A session's output: results on standard output, everything else on standard error.
final class TerminalHost: ConversationHost, @unchecked Sendable {
  private let colour: ColourChoice
  private let progressLine = ProgressLine()
  private let hasLeftEcho = Mutex(false)
  private let settings = Mutex(Settings())
  private let logFile = Mutex<Int32?>(nil)
  private let showsEverything = Mutex(false)
  /// Whether somebody reads at a prompt, who may page through a long text.
  var isAtPrompt = false
  /// Whether errors may be coloured, and how wide they may be.
  private var errorStyle: DiagnosticRendering.Style {
    let terminal = Terminal.current(STDERR_FILENO, colour: colour)
    let usesColour = terminal.usesColour && settings.withLock { $0.colors }
    var style = usesColour ? DiagnosticRendering.Style.ansi : .plain
    if terminal.isTerminal { style.columns = terminal.width }
    return style
  }

  init(colour: ColourChoice) {
    self.colour = colour
  }

  /// What standard output can show now.
  var terminal: Terminal {
    var terminal = Terminal.current(STDOUT_FILENO, colour: colour)
    let settings = settings.withLock { $0 }
    terminal.usesColour = terminal.usesColour && settings.colors
    terminal.showsUnicode = terminal.showsUnicode && settings.plots != .ascii
    return terminal
  }

  func apply(_ settings: Settings) { self.settings.withLock { $0 = settings } }

  var layout: Layout {
    let terminal = terminal
    let digits = settings.withLock { $0.digits }
    // A file gets everything, and so does who asks for it.
    if showsEverything.withLock({ $0 }) || !terminal.isTerminal {
      return Layout(width: TerminalHost.everything, height: TerminalHost.everything, digits: digits)
    }
    return Layout(width: terminal.width, height: terminal.height, digits: digits)
  }

  /// Rows and columns enough for any value.
  private static let everything = 1 << 20

  /// Runs `body`, during which values are shown with all their rows and columns.
  func showingEverything(_ body: () throws -> Void) rethrows {
    showsEverything.withLock { $0 = true }
    defer { showsEverything.withLock { $0 = false } }
    try body()
  }

  var usesColor: Bool { terminal.usesColour }
  var usesUnicode: Bool { terminal.showsUnicode }

  func write(_ text: String) { draw(terminal.isTerminal ? Text.visible(text) : text) }

  func draw(_ text: String) {
    progressLine.hide()
    leaveEcho()
    logOutput(text)
    if showsEverything.withLock({ $0 }), isLong(text), ForeignProgram.page(text) { return }
    StandardStream.output.write(text)
  }

  func draw(_ picture: Picture) {
    let text = text(of: picture)
    guard let form = terminal.picture(settings.withLock { $0.plots }) else { return draw(text) }
    do {
      let sequence = try form.sequence(of: picture.svg)
      progressLine.hide()
      leaveEcho()
      logOutput(text)
      StandardStream.output.write(sequence)
    } catch {
      draw(text)
      note(error.message + (error.hint.map { "; \($0)" } ?? ""))
    }
  }

  func show(_ text: String) {
    if isLong(text), ForeignProgram.page(Text.visible(text)) { return logOutput(text) }
    write(text)
  }

  /// Whether a text is better read page by page.
  private func isLong(_ text: String) -> Bool {
    let terminal = terminal
    guard isAtPrompt, terminal.movesCursor else { return false }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count > terminal.height || lines.contains { $0.utf8.count > 4 * terminal.width }
      || (showsEverything.withLock { $0 } && lines.contains { $0.count > terminal.width })
  }

  // MARK: The log

  /// Writes inputs and output to the end of a file as well, from now on; nil ends that.
  func log(to path: String?) throws {
    let file = try path.map { path in
      let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else {
        throw RuntimeError("cannot write \(path): \(System.message())")
      }
      return file
    }
    logFile.withLock { log in
      if let log { close(log) }
      log = file
    }
  }

  /// Writes an input to the log.
  func logInput(_ text: String, prompt: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    logOutput(prompt + lines.joined(separator: "\n" + BlockLayout.continuation(of: prompt)) + "\n")
  }

  private func logOutput(_ text: String) {
    logFile.withLock { log in
      guard let log else { return }
      let bytes = Array(text.utf8)
      _ = bytes.withUnsafeBytes { writeBytes(log, $0.baseAddress, $0.count) }
    }
  }

  func answer(_ value: Value) { display(value) }

  func run(_ line: String) throws -> Int32 { try ForeignProgram.run(line) }

  func edited(_ text: String) throws -> String? { try ForeignProgram.edited(text) }

  func note(_ text: String) { say(Text.visible(text)) }

  /// A remark of the shell's own making, with its colours.
  private func say(_ text: String) {
    progressLine.hide()
    leaveEcho()
    logOutput(text + "\n")
    StandardStream.error.write("\(text)\n")
  }

  /// Takes away the `^C` that a terminal shows in the middle of a line, before the next thing is written.
  private func leaveEcho() {
    let isFirst = hasLeftEcho.withLock { left in
      defer { left = Interrupt.isRequested }
      return !left && Interrupt.isRequested
    }
    let terminal = Terminal.current(STDERR_FILENO)
    guard isFirst, terminal.isTerminal else { return }
    StandardStream.error.write(terminal.movesCursor ? "\r\u{1B}[K" : "\n")
  }

  func progress(_ progress: Progress?) {
    guard let progress else { return progressLine.finish() }
    progressLine.update(progress.title, detail: progress.detail, fraction: progress.fraction)
  }

  func log(_ text: String) {
    if !progressLine.isVisible { note(text) }
  }

  /// Gets ready for the next input, which may be interrupted anew.
  func beginInput() {
    endProgress()
    hasLeftEcho.withLock { $0 = false }
  }

  /// Takes the progress line away; the next piece of work starts its own.
  func endProgress() { progressLine.finish() }

  /// Reports an error of any kind.
  func report(_ error: any Error) {
    endProgress()
    say(RuntimeError.text(of: error, style: errorStyle))
  }
}

extension Host {
  /// Says what became of a run or a sweep that an error ended: `partial` has it as long as the session lasts.
  func notePartial(of error: any Error, sessionGoesOn: Bool) {
    let failure = RuntimeError(error)
    if let folder = failure.folder, !sessionGoesOn {
      return note("what was done is in \(folder): the same command goes on from there")
    }
    guard case .object(let partial) = failure.partial else { return }
    note(
      sessionGoesOn
        ? "`partial` has what was done so far: \(partial.summary)"
        : "lost with the script: \(partial.summary); `rls -i` would keep it in `partial`")
  }
}
