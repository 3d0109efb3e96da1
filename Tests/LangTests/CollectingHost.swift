import Engine
import Synchronization

@testable import Lang

/// A host that keeps what a session shows, in order.
final class CollectingHost: Host {
  private let shown = Mutex<[String]>([])
  private let remarks = Mutex<[String]>([])
  let usesColor: Bool

  init(usesColor: Bool = false) { self.usesColor = usesColor }

  func write(_ text: String) { shown.withLock { $0.append(text) } }
  func note(_ text: String) { remarks.withLock { $0.append(text) } }
  func progress(_ progress: Progress?) {}
  func log(_ text: String) { note(text) }
  var layout: Layout { Layout() }
  var usesUnicode: Bool { true }

  /// What was shown so far.
  var output: [String] { shown.withLock { $0 } }

  /// What was remarked so far.
  var notes: [String] { remarks.withLock { $0 } }

  /// Forgets what was shown.
  func clear() { shown.withLock { $0 = [] } }
}

extension Session {
  /// A session whose results go to a host for tests, as at the prompt.
  static func collecting(usesColor: Bool = false, runtime: Runtime = .current) -> (
    session: Session, host: CollectingHost
  ) {
    let host = CollectingHost(usesColor: usesColor)
    let session = Session(host: host, runtime: runtime)
    session.onEcho = { value in
      if !value.isNone { host.write(Printing.display(value, host.layout)) }
    }
    return (session, host)
  }

  /// What the prompt shows last for a program in a new session, without newlines at its end.
  static func shown(_ program: String) throws -> String {
    let (session, host) = collecting()
    try session.run(program, name: "test", echoes: true)
    return host.output.last?.trimmingNewlines() ?? ""
  }

  /// The message of the error that a program ends with; nil when it ends well.
  static func message(_ program: String) -> String? {
    do {
      try collecting().session.run(program, name: "test", echoes: true)
      return nil
    } catch {
      return RuntimeError(error).message
    }
  }
}

extension String {
  func trimmingNewlines() -> String {
    var text = self[...]
    while text.last?.isNewline ?? false { text.removeLast() }
    return String(text)
  }
}
