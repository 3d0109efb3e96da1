import Engine

/// A name that completion offers, with a few words on it.
public struct Described: Sendable, Equatable {
  /// The name.
  public let name: String
  /// What it is: the first line of a card, the shape of a variable.
  public let meaning: String

  /// A name and what it means.
  public init(_ name: String, _ meaning: String) {
    self.name = name
    self.meaning = meaning
  }
}

/// What completion and help ask a session; nothing here runs a program.
extension Session {
  /// The words of the language.
  public static let keywords = Keyword.allCases.map(\.rawValue)

  /// All names that mean something, the words of the language and those of an input that is being typed included,
  /// sorted.
  public func names(with input: InputOutline? = nil) -> [Described] {
    let own = Set(userNames)
    let local = input?.boundNames ?? []
    var names = own.map { Described($0, globals[$0].map(Session.describe) ?? "") }
    names += input?.described.filter { !own.contains($0.name) } ?? []
    let hidden = own.union(local).union(Session.keywords)
    names += catalog.builtins.filter { !hidden.contains($0.name) }.map { Described($0.name, $0.summary) }
    names += Keyword.allCases.map { Described($0.rawValue, $0.meaning) }
    return names.sorted { $0.name < $1.name }
  }

  /// A value in a few words: what a function says of itself, else the kind and the shape.
  static func describe(_ value: Value) -> String {
    guard case .object(let object) = value else { return "\(value.kind) \(value.summary)" }
    if let closure = object as? Closure {
      return closure.summary + (closure.remarks.first.map { ": \($0)" } ?? "")
    }
    let words = object.summary
    return words.hasPrefix(object.kind) ? words : "\(object.kind) \(words)"
  }

  /// The fields of what a name stands for, through records: `b`, `pi`, `result.best`.
  ///
  /// A name without a value is taken for a batch, as the parameter of an objective is one.
  public func fields(of path: String) -> [Described] {
    if path == "rls" { return catalog.builtins.map { Described($0.name, $0.summary) } }
    guard let value = value(of: path) else {
      return path.contains(".") ? [] : Column.all.map { Described($0.name, $0.meaning) }
    }
    guard case .object(let object) = value else { return [] }
    return object.memberNames.map { name in
      if let meaning = object.meaning(ofMember: name) { return Described(name, meaning) }
      let isPlain = object is Record || object is Table || object is Module
      let inner = isPlain ? try? object.member(name) : nil
      return Described(name, inner.map(Session.describe) ?? "")
    }
  }

  /// What a name stands for, in a word: the kind of its value, or `keyword`; nil where it has no meaning.
  public func kind(of name: String) -> String? {
    Session.keywords.contains(name) ? "keyword" : value(of: name)?.kind
  }

  /// The value of a name, or of a field of a record.
  func value(of path: String) -> Value? {
    var parts = path.split(separator: ".").map(String.init)
    guard !parts.isEmpty else { return nil }
    let isLibrary = parts.count > 1 && parts[0] == "rls" && globals["rls"] == nil
    if isLibrary { parts.removeFirst() }
    let root = parts.removeFirst()
    guard var value = (isLibrary ? nil : globals[root]) ?? catalog.position(root).map(catalog.value) else {
      return nil
    }
    for part in parts {
      guard case .object(let object) = value, let next = try? object.member(part) else { return nil }
      value = next
    }
    return value
  }

  private func signature(of name: String) -> Signature? {
    guard case .object(let object)? = value(of: name) else { return nil }
    return object.signature
  }

  /// The parameters of a function, those that it hands on included.
  public func parameters(of name: String) -> [Described] {
    var parameters = signature(of: name)?.parameters ?? []
    if globals[name].map({ Value.same($0, catalog.position(name).map(catalog.value) ?? .missing) }) ?? true {
      var names = parameters.map(\.name)
      for (target, handed) in Library.forwarded(name, catalog) where !names.contains(handed) {
        names.append(handed)
        parameters += signature(of: target)?.parameters.filter { $0.name == handed } ?? []
      }
    }
    return parameters.map { parameter in
      let standard =
        if case .optional = parameter.kind { parameter.text.dropFirst(parameter.name.count + 1) } else {
          Substring()
        }
      return Described(
        parameter.name, [String(standard), parameter.meaning].filter { !$0.isEmpty }.joined(separator: "  "))
    }
  }

  /// What a text may be that is given to a function: by name, or as an argument after `position` others.
  ///
  /// `subject` is the call's first argument where that is a plain name. Nil for a text that may be anything.
  public func texts(
    for function: String, label: String?, position: Int, subject: String?
  ) -> TextCandidates? {
    if function == "include" || function == "import" { return .files }
    guard let parameters = signature(of: function)?.parameters else { return nil }
    let parameter =
      if let label {
        parameters.first { $0.name == label }
          ?? Library.forwarded(function, catalog).lazy
          .first { $0.name == label }.flatMap { target, _ in
            self.signature(of: target)?.parameters.first { $0.name == label }
          }
      } else {
        parameters.indices.contains(position)
          ? parameters[position] : parameters.last { if case .rest = $0.kind { true } else { false } }
      }
    switch parameter?.texts {
    case nil, .anything: return nil
    case .words(let words): return .words(words.map { Described($0, "") })
    case .file: return .files
    case .column: return .words(subject.map(fields) ?? [])
    case .variable: return .words(names().filter { userNames.contains($0.name) })
    }
  }

  /// The values of all variables at one moment, and what `track` had recorded.
  public struct Snapshot: Sendable {
    fileprivate let values: [String: Value]
    fileprivate let journal: Journal
  }

  /// Remembers all variables; values are shared, so it costs a reference each.
  public func snapshot() -> Snapshot {
    Snapshot(
      values: Dictionary(
        userNames.compactMap { name in globals[name].map { (name, $0) } }, uniquingKeysWith: { $1 }),
      journal: recorder.journal)
  }

  /// Forgets all variables, the modules and what `track` recorded.
  public func reset() {
    for name in userNames { drop(name) }
    recorder.journal = Journal()
    modules.reset()
  }

  /// Whether a variable other than `ignored` has another value than it had, or is new, or gone, or rows were tracked.
  public func differs(from snapshot: Snapshot, except ignored: String) -> Bool {
    if recorder.journal.rows.count != snapshot.journal.rows.count { return true }
    let names = Set(userNames).union(snapshot.values.keys).subtracting([ignored])
    return names.contains { name in
      guard userNames.contains(name), let now = globals[name], let before = snapshot.values[name] else {
        return true
      }
      return !Value.same(now, before)
    }
  }

  /// Puts all variables back, and what was tracked.
  public func restore(_ snapshot: Snapshot) {
    recorder.journal = snapshot.journal
    for name in userNames where snapshot.values[name] == nil { drop(name) }
    for (name, value) in snapshot.values { set(name, value) }
  }
}

/// What a text may be.
public enum TextCandidates: Sendable, Equatable {
  /// One of these.
  case words([Described])
  /// A file or a folder.
  case files
}
