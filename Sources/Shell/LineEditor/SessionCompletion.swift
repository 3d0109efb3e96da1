import Lang

/// What may stand in place of the text before the cursor.
struct CompletionCandidates: Equatable, Sendable {
  /// The byte (UTF-8) from which the candidates replace the text up to the cursor.
  var start: Int
  /// Whole replacements, in the order in which they are listed.
  var texts: [String]
}

/// Completes from what a session knows: its variables, builtins, fields, named arguments and commands.
///
/// It is asked at the prompt, while the user waits: it looks names up and never runs the user's code.
struct SessionCompletion {
  private let session: Session

  init(_ session: Session) { self.session = session }

  /// Candidates for `text` with the cursor before byte `cursor` (UTF-8), or nil.
  func complete(_ text: String, cursor: Int) -> CompletionCandidates? {
    let site = CompletionSite(in: text, cursor: cursor)
    let words: [String]
    switch site.kind {
    case .name(let callee): words = callee.map { argumentWords(of: $0, text, site) } ?? names
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

  /// What may follow in the arguments of a call: where one starts, named arguments and the user's own
  /// variables hide the rest for as long as one of them fits.
  private func argumentWords(of callee: String, _ text: String, _ site: CompletionSite) -> [String] {
    let before = text.utf8.prefix(site.start).last { !CompletionSite.isBlank($0) }
    let startsArgument = before == UInt8(ascii: "(") || before == UInt8(ascii: ",")
    guard startsArgument else { return names }
    let likely = arguments(of: callee) + session.userNames.sorted()
    return likely.contains { $0.hasPrefix(site.prefix) } ? likely : names
  }

  private func arguments(of callee: String) -> [String] { session.parameters(of: callee).map { "\($0): " } }
}
