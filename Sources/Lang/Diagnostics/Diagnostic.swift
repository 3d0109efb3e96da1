// Diagnostics: errors with their place in the text, and what may have been meant.

/// Something wrong with program text, found before it runs.
public struct Diagnostic: Error, Sendable {
  /// What is wrong; starts in lower case and has no full stop.
  public let message: String
  /// The text at fault, which gets the caret.
  public let span: Span
  /// What to do about it, where there is something to do.
  public let help: String?
  /// Whether more input could make it right, as an open bracket at the end.
  public let isIncomplete: Bool

  init(_ message: String, _ span: Span, help: String? = nil, isIncomplete: Bool = false) {
    self.message = message
    self.span = span
    self.help = help
    self.isIncomplete = isIncomplete
  }
}

/// All that is wrong with a piece of program text.
public struct Rejection: Error, Sendable {
  /// What to report; the first stands for all where there is room for one.
  public let diagnostics: [Diagnostic]

  /// Whether the text only needs to go on.
  public var isIncomplete: Bool { diagnostics.first?.isIncomplete ?? false }
}
