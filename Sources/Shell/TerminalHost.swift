import Glibc
import Lang

/// A session's output: results on standard output, everything else on standard error.
final class TerminalHost: Host, @unchecked Sendable {
  private let colour: ColourChoice
  private let progressLine = ProgressLine()
  /// Whether errors may be coloured.
  let errorStyle: DiagnosticRendering.Style

  init(colour: ColourChoice) {
    self.colour = colour
    self.errorStyle = Terminal.current(STDERR_FILENO, colour: colour).usesColour ? .ansi : .plain
  }

  private var terminal: Terminal { Terminal.current(STDOUT_FILENO, colour: colour) }

  var layout: Layout {
    let terminal = terminal
    return Layout(width: terminal.width, height: terminal.isTerminal ? terminal.height : 60)
  }

  var usesColor: Bool { terminal.usesColour }
  var usesUnicode: Bool { terminal.showsUnicode }

  func write(_ text: String) {
    progressLine.hide()
    StandardStream.output.write(text)
  }

  func note(_ text: String) {
    progressLine.hide()
    StandardStream.error.write("\(text)\n")
  }

  func progress(_ progress: Progress?) {
    guard let progress else { return progressLine.finish() }
    let text = progress.detail.isEmpty ? progress.title : "\(progress.title)  \(progress.detail)"
    progressLine.update(text, fraction: progress.fraction)
  }

  /// Takes the progress line away; the next piece of work starts its own.
  func endProgress() { progressLine.finish() }

  /// Reports an error of any kind.
  func report(_ error: any Error) {
    endProgress()
    switch error {
    case let rejection as Rejection:
      note(rejection.diagnostics.map { DiagnosticRendering.text($0, style: errorStyle) }.joined(separator: "\n"))
    default: note(RuntimeError(error).text(style: errorStyle))
    }
  }
}
