/// What the names of one function mean.
final class Scope {
  /// A variable of the function: a parameter, or a name it assigns to.
  struct Local {
    let name: String
    /// Whether a function inside refers to it, so that it lives in a cell.
    var isCaptured = false
  }

  /// A variable of a function around, as a closure carries it.
  enum Capture: Hashable {
    /// A cell of the function just outside.
    case local(Int)
    /// What the function just outside has captured itself.
    case outer(Int)
    /// The present value of a loop variable at top level.
    case loopVariable(slot: Int)
  }

  /// What a name refers to.
  enum Reference {
    case local(Int)
    case captured(Int)
    /// The function itself, by its own name.
    case itself
    case global(Int)
    case builtin(Int)
  }

  let parent: Scope?
  let functionName: String?
  private(set) var locals: [Local] = []
  private(set) var captures: [Capture] = []
  private var positions: [String: Int] = [:]
  private var capturePositions: [Capture: Int] = [:]

  init(parent: Scope?, function: FunctionSyntax) {
    self.parent = parent
    self.functionName = function.name
    for parameter in function.parameters { declare(parameter.name) }
  }

  func declare(_ name: String) {
    guard positions[name] == nil else { return }
    positions[name] = locals.count
    locals.append(Local(name: name))
  }

  func position(of name: String) -> Int? { positions[name] }

  func markCaptured(_ position: Int) { locals[position].isCaptured = true }

  /// The number under which this function carries `capture`.
  func carry(_ capture: Capture) -> Int {
    if let position = capturePositions[capture] { return position }
    capturePositions[capture] = captures.count
    captures.append(capture)
    return captures.count - 1
  }
}
