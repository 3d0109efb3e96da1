import Lang

/// What may stand in place of the text before the cursor.
struct CompletionCandidates: Equatable, Sendable {
  /// One of them.
  struct Candidate: Equatable, Sendable {
    /// What is put in.
    var text: String
    /// How it is listed.
    var name: String
    var meaning: String
  }

  /// The byte (UTF-8) from which the candidates replace the text up to the cursor.
  var start: Int
  /// In the order in which they are listed.
  var all: [Candidate]
}

/// Completes from what a session knows: its variables, builtins, fields, arguments and commands.
///
/// It is asked at the prompt, while the user waits: it looks names up and never runs the user's code.
struct SessionCompletion {
  private let session: Session

  init(_ session: Session) { self.session = session }

  /// Candidates for `text` with the cursor before byte `cursor` (UTF-8), or nil.
  func complete(_ text: String, cursor: Int) -> CompletionCandidates? {
    let site = CompletionSite(in: text, cursor: cursor)
    let closesQuote = text.utf8.dropFirst(cursor).first != UInt8(ascii: "\"")
    switch site.kind {
    case .name(let callee):
      return candidates(site, callee.map { argumentWords(of: $0, text, site) } ?? names(text))
    case .field(let receiver):
      return candidates(
        site, receiver.map(session.fields)?.filter { SessionCompletion.isName($0.name) } ?? [])
    case .key(let receiver): return candidates(site, session.fields(of: receiver), closesQuote: closesQuote)
    case .text(let argument):
      let known = argument.flatMap {
        session.texts(for: $0.callee, label: $0.label, position: $0.position, subject: $0.subject)
      }
      switch known {
      case .words(let words): return candidates(site, words, closesQuote: closesQuote)
      case .files: return files(site, closesQuote: closesQuote)
      // A text that looks like a path may be one.
      case nil: return site.prefix.contains("/") ? files(site, closesQuote: closesQuote) : nil
      }
    case .topic:
      return candidates(
        site, session.names() + ShellCommands.all.map { Described(":" + $0.name, $0.summary) })
    case .shellCommand: return candidates(site, ShellCommands.all.map { Described($0.name, $0.summary) })
    case .shellArgument(let name): return shellArgument(name, site, text, cursor)
    case .nothing: return nil
    }
  }

  private func candidates(
    _ site: CompletionSite, _ words: [Described], closesQuote: Bool = false
  ) -> CompletionCandidates? {
    let fitting = words.filter { $0.name.hasPrefix(site.prefix) }
    if fitting.isEmpty { return nil }
    return CompletionCandidates(
      start: site.start,
      all: fitting.map {
        .init(text: $0.name + (closesQuote ? "\"" : ""), name: $0.name, meaning: $0.meaning)
      })
  }

  /// The files that the path before the cursor may go on to.
  private func files(_ site: CompletionSite, closesQuote: Bool) -> CompletionCandidates? {
    let slash = site.prefix.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { String(site.prefix[...$0]) } ?? ""
    let prefix = String(site.prefix.dropFirst(directory.count))
    let names = PathCandidates.names(in: directory, prefix: prefix)
    if names.isEmpty { return nil }
    return CompletionCandidates(
      start: site.start + directory.utf8.count,
      all: names.map {
        .init(text: $0 + (closesQuote && !$0.hasSuffix("/") ? "\"" : ""), name: $0, meaning: "")
      })
  }

  private func shellArgument(
    _ name: String, _ site: CompletionSite, _ text: String, _ cursor: Int
  ) -> CompletionCandidates? {
    switch ShellCommands.all.first(where: { $0.name == name })?.takes {
    case .file: return files(site, closesQuote: false)
    case .code:
      let code = String(decoding: text.utf8.dropFirst(site.start), as: UTF8.self)
      guard var found = complete(code, cursor: cursor - site.start) else { return nil }
      found.start += site.start
      return found
    case .nothing, .words, nil: return nil
    }
  }

  private func names(_ text: String) -> [Described] {
    session.names(with: InputOutline(text))
  }

  /// What may follow in the arguments of a call: where one starts, named arguments and the user's own
  /// variables hide the rest for as long as one of them fits.
  private func argumentWords(of callee: String, _ text: String, _ site: CompletionSite) -> [Described] {
    let all = names(text)
    let before = text.utf8.prefix(site.start).last { !CompletionSite.isBlank($0) && $0 != 10 }
    let startsArgument = before == UInt8(ascii: "(") || before == UInt8(ascii: ",")
    guard startsArgument else { return all }
    let outline = InputOutline(text)
    let own = Set(session.userNames).union(outline.boundNames)
    let defined = outline.parameters(of: callee)
    let likely =
      (defined.isEmpty ? session.parameters(of: callee) : defined).map {
        Described($0.name + ": ", $0.meaning)
      }
      + all.filter { own.contains($0.name) }
    return likely.contains { $0.name.hasPrefix(site.prefix) } ? likely : all
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.allSatisfy(CompletionSite.isWord) && text.first?.isNumber == false
  }
}
