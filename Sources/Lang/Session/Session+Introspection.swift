/// What completion and help ask a session; nothing here runs a program.
extension Session {
  /// The words of the language.
  public static let keywords = Keyword.allCases.map(\.rawValue)

  /// The fields of what a name stands for, through records: `b`, `pi`, `result.best`.
  public func fields(of path: String) -> [String] {
    var parts = path.split(separator: ".").map(String.init)
    guard !parts.isEmpty else { return [] }
    let root = parts.removeFirst()
    if root == "rls" { return catalog.names }
    guard var value = globals[root] ?? catalog.position(root).map(catalog.value) else { return [] }
    for part in parts {
      guard case .object(let object) = value, let record = object as? Record, let next = record[part] else {
        return []
      }
      value = next
    }
    guard case .object(let object) = value else { return [] }
    return object.memberNames
  }

  /// The names of the parameters of a function.
  public func parameters(of name: String) -> [String] {
    guard let value = globals[name] ?? catalog.position(name).map(catalog.value),
      case .object(let object) = value
    else { return [] }
    let own = object.signature?.parameters.map(\.name) ?? []
    return object is NativeFunction
      ? own + Library.forwardedNames(name, catalog).filter { !own.contains($0) } : own
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

  /// Forgets all variables and what `track` recorded.
  public func reset() {
    for name in userNames { drop(name) }
    recorder.journal = Journal()
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
