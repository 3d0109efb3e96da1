/// What the names of one function mean.
final class Scope {
  /// A variable of the function: a parameter, or a name it assigns to.
  struct Local {
    let name: String
    /// Whether it may change after a function inside has taken it along, so that both share a cell.
    var isShared = false
    /// How many assignments to it the function has, and how many of them have been seen so far.
    var assignments = 0
    var seen = 0
    /// Whether an assignment to it may run again, for the same variable.
    var isReassigned = false
  }

  /// A variable of a function around, as a closure carries it.
  enum Capture: Hashable {
    /// A variable of the function just outside, or the cell it lives in.
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
    for name in AssignedNames.of(function.body.statements) {
      declare(name)
      locals[positions[name] ?? 0].assignments += 1
    }
  }

  private func declare(_ name: String) {
    guard positions[name] == nil else { return }
    positions[name] = locals.count
    locals.append(Local(name: name))
  }

  func position(of name: String) -> Int? { positions[name] }

  /// Notes an assignment to a variable; `repeats` where it stands in a loop and is not the loop's own variable.
  func noteAssignment(_ name: String, repeats: Bool) {
    guard let position = positions[name] else { return }
    locals[position].seen += 1
    if repeats { locals[position].isReassigned = true }
  }

  /// Notes that a function inside takes a variable along.
  ///
  /// Where all assignments to it are past, the function takes the value, else the variable itself.
  func noteCapture(_ position: Int) {
    let local = locals[position]
    if local.isReassigned || local.seen < local.assignments { locals[position].isShared = true }
  }

  /// The number under which this function carries `capture`.
  func carry(_ capture: Capture) -> Int {
    if let position = capturePositions[capture] { return position }
    capturePositions[capture] = captures.count
    captures.append(capture)
    return captures.count - 1
  }
}
