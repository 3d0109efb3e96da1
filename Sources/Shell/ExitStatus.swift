/// The codes that `rls` ends with.
enum ExitStatus: Equatable {
  case success
  /// An `expect` did not hold.
  case expectation
  /// The command line makes no sense.
  case usage
  /// Program text that cannot be read or resolved.
  case rejected
  /// An error while running.
  case failed
  /// Results that cannot be written, as on a full disk.
  case unwritable
  /// Ctrl-C.
  case interrupted
  /// A signal that asks to end, such as SIGTERM.
  case ended(by: Int32)
  /// The same, and a folder has what was done: the same command goes on from there.
  case toBeContinued
  /// `exit(code)`.
  case exit(Int32)

  /// How a program ends that a signal stopped.
  ///
  /// `signal` is one other than SIGINT, or 0; with `isKept`, a folder has what was done.
  static func stopped(by signal: Int32, isKept: Bool) -> ExitStatus {
    signal == 0 ? .interrupted : isKept ? .toBeContinued : .ended(by: signal)
  }

  var code: Int32 {
    switch self {
    case .success: 0
    case .expectation: 1
    case .usage: 2
    case .rejected: 65
    case .failed: 70
    case .unwritable: 74
    case .interrupted: 130
    case .ended(let signal): 128 + signal
    case .toBeContinued: 75
    case .exit(let code): code
    }
  }
}
