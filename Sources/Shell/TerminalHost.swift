import Engine
import Lang
import Synchronization

/// A session's output: results on standard output, everything else on standard error.
final class TerminalHost: Host, @unchecked Sendable {
  private let colour: ColourChoice
  private let progressLine = ProgressLine()
  private let hasLeftEcho = Mutex(false)
  /// Whether errors may be coloured.
  let errorStyle: DiagnosticRendering.Style

  init(colour: ColourChoice) {
    self.colour = colour
    self.errorStyle = Terminal.current(STDERR_FILENO, colour: colour).usesColour ? .ansi : .plain
  }

  /// What standard output can show now.
  var terminal: Terminal { Terminal.current(STDOUT_FILENO, colour: colour) }

  var layout: Layout {
    let terminal = terminal
    return Layout(width: terminal.width, height: terminal.isTerminal ? terminal.height : 60)
  }

  var usesColor: Bool { terminal.usesColour }
  var usesUnicode: Bool { terminal.showsUnicode }

  func write(_ text: String) {
    progressLine.hide()
    leaveEcho()
    StandardStream.output.write(text)
  }

  func note(_ text: String) {
    progressLine.hide()
    leaveEcho()
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

  /// Reports an error of any kind.
  func report(_ error: any Error) {
    endProgress()
    switch error {
    case let rejection as Rejection:
      note(
        rejection.diagnostics.map { DiagnosticRendering.text($0, style: errorStyle) }.joined(separator: "\n"))
    default: note(RuntimeError(error).text(style: errorStyle))
    }
  }
}
