import Lang

/// Completes from what a session knows: its variables, builtins, fields, named arguments and commands.
struct SessionCompletion: Completion {
  private let session: Session

  init(_ session: Session) { self.session = session }

  func complete(_ text: String, cursor: Int) -> CompletionCandidates? {
    let site = CompletionSite(in: text, cursor: cursor)
    let words: [String]
    switch site.kind {
    case .name(let callee): words = callee.map { arguments(of: $0) + names } ?? names
    case .field(let receiver): words = receiver.map { session.fields(of: $0) } ?? []
    case .path(let directory): words = PathCandidates.names(in: directory, prefix: site.prefix)
    case .shellCommand: words = ShellCommands.all.map(\.name)
    case .nothing: return nil
    }
    let fitting = words.filter { $0.hasPrefix(site.prefix) }
    return fitting.isEmpty ? nil : CompletionCandidates(start: site.start, texts: fitting)
  }

  private var names: [String] {
    Array(Set(session.userNames + session.catalog.names + Session.keywords)).sorted()
  }

  private func arguments(of callee: String) -> [String] { session.parameters(of: callee).map { "\($0): " } }
}
