/// A failure the engine reports to whoever called it; never a trap.
///
/// `operation` is the name a user knows (`matmul`, `rollout`); `message` says what came and what was
/// expected, shapes included; `hint` says what to do, where there is something to do.
public struct EngineError: Error, Sendable, Equatable {
  /// What went wrong, for callers that decide by cause.
  public enum Kind: String, Sendable {
    /// Shapes that do not fit together.
    case shape
    /// An argument outside its range.
    case argument
    /// More memory than the budget or the machine has.
    case memory
    /// A file that is missing, malformed or cannot be written.
    case file
    /// A number that is not finite where it has to be.
    case numeric
    /// The user asked to stop.
    case interrupted
  }

  /// The cause, as far as a caller may decide by it.
  public let kind: Kind
  /// The name a user knows of what failed, such as `matmul`; it begins the text that is shown.
  public let operation: String
  /// What came and what was expected, with shapes; starts in lower case, no full stop.
  public let message: String
  /// What the user can do about it; nil where nothing helps.
  public let hint: String?

  /// Creates an error; `message` starts in lower case and has no full stop.
  public init(_ kind: Kind, _ operation: String, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.operation = operation
    self.message = message
    self.hint = hint
  }
}

extension EngineError: CustomStringConvertible {
  /// The operation and the message; the hint is shown apart.
  public var description: String { "\(operation): \(message)" }
}
