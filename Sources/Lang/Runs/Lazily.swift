import Synchronization

/// Something that is made, or read from a file, when it is first asked for.
final class Lazily<Contents: Sendable>: Sendable {
  private enum State: Sendable {
    case made(Contents)
    case unmade(@Sendable () throws -> Contents)
  }

  private let state: Mutex<State>

  /// What is there already.
  init(_ contents: Contents) { state = Mutex(.made(contents)) }

  /// What `make` gives; when that throws, the next one who asks tries again.
  init(by make: @escaping @Sendable () throws -> Contents) { state = Mutex(.unmade(make)) }

  func callAsFunction() throws -> Contents {
    try state.withLock { state in
      switch state {
      case .made(let contents): return contents
      case .unmade(let make):
        let contents = try make()
        state = .made(contents)
        return contents
      }
    }
  }

  /// What is there, if it has been asked for.
  var present: Contents? { state.withLock { if case .made(let contents) = $0 { contents } else { nil } } }
}
