// LineEditor: lines from readline or from a pipe, with history and completion.

/// What a source of lines gives for one prompt.
enum LineEvent: Equatable, Sendable {
  /// A line without its newline; a pasted or recalled block holds newlines.
  case line(String)
  /// A whole input that was edited as one: complete, or given up on.
  case input(String)
  /// Ctrl-C: whatever had been typed is gone.
  case interrupted
  /// No more lines will come.
  case endOfInput
}

/// Where a session's input comes from: a terminal with line editing, or a plain stream.
protocol LineSource {
  /// Waits for a line or a whole input; `prompt` is shown only where somebody can see it.
  mutating func readLine(prompt: String) -> LineEvent

  /// Puts a whole input, a block of several lines included, at the end of the history.
  mutating func remember(_ entry: String)
}
