import Lang

/// What a session was before and after its latest inputs, and the branches it has: `:undo`, `:redo`, `:fork`,
/// `:switch`.
struct SessionHistory {
  /// The variables, and the inputs that led there, for `:script`.
  private struct State {
    var variables: Session.Snapshot
    var accepted: [String]
  }

  private struct Branch {
    var state: State
    var past: [(input: String, before: State)]
    var future: [(input: String, after: State)]
  }

  /// Inputs that ran without an error and were not taken back.
  private(set) var accepted: [String] = []
  private var past: [(input: String, before: State)] = []
  private var future: [(input: String, after: State)] = []
  private var branches: [String: Branch] = [:]
  /// The branch the session is on.
  private(set) var branch = "main"

  private static let keptStates = 20

  /// The names of all branches, sorted.
  var names: [String] { Set(branches.keys).union([branch]).sorted() }

  private func state(_ session: Session) -> State { State(variables: session.snapshot(), accepted: accepted) }

  private mutating func enter(_ state: State, _ session: Session) {
    session.restore(state.variables)
    accepted = state.accepted
  }

  /// Keeps the variables as they are before `input`.
  mutating func begin(_ input: String, _ session: Session) {
    past.append((input, state(session)))
    if past.count > SessionHistory.keptStates { past.removeFirst() }
    future = []
  }

  /// Notes that an input went well.
  mutating func accept(_ input: String) { accepted.append(input) }

  /// Takes the latest input back that changed a variable, and gives it; nil where there is none.
  mutating func undo(_ session: Session) -> String? {
    while let (input, before) = past.popLast() {
      guard session.differs(from: before.variables, except: "ans") else { continue }
      future.append((input, state(session)))
      enter(before, session)
      return input
    }
    return nil
  }

  /// Does again what was undone last, and gives the input; nil where there is none.
  mutating func redo(_ session: Session) -> String? {
    guard let (input, after) = future.popLast() else { return nil }
    past.append((input, state(session)))
    enter(after, session)
    return input
  }

  private func kept(_ session: Session) -> Branch {
    Branch(state: state(session), past: past, future: future)
  }

  /// Goes on under a new name, and leaves the branch so far as it is; false where the name is taken.
  mutating func fork(_ name: String, _ session: Session) -> Bool {
    if names.contains(name) { return false }
    branches[branch] = kept(session)
    branch = name
    return true
  }

  /// Goes to another branch; false where there is none of that name.
  mutating func change(to name: String, _ session: Session) -> Bool {
    guard let target = branches[name] else { return name == branch }
    branches[branch] = kept(session)
    branches[name] = nil
    (branch, past, future) = (name, target.past, target.future)
    enter(target.state, session)
    return true
  }
}
