/// A compiled function: what all its closures share.
final class Prototype: @unchecked Sendable {
  /// What the run loop needs to know of a function.
  struct Layout {
    let code: UnsafeMutablePointer<Instruction>
    let constants: UnsafeMutablePointer<Value>
    /// What its closures carry.
    let captures: UnsafeMutableBufferPointer<Scope.Capture>
    let parameterCount: Int
    /// The number of arguments that need no arranging: -1 where the last parameter takes the rest.
    let plainCount: Int
    /// Parameters and other variables; the registers behind them are temporaries.
    let variableCount: Int
    let registerCount: Int
  }

  let name: String?
  let parameters: [String]
  /// How many parameters have no default.
  let required: Int
  /// Whether the last parameter gets all further arguments.
  var takesRest: Bool { syntax?.parameters.last?.takesRest ?? false }
  let layout: Layout
  let constantCount: Int
  /// For each constant that names a field, where that field was last found.
  let fieldCaches: UnsafeMutablePointer<FieldCache>
  let prototypes: [Prototype]
  /// The place in the source of every instruction.
  let spans: [Span]
  let syntax: FunctionSyntax?
  /// Whether a probe stands before each instruction.
  private(set) var hasProbes = false

  init(
    name: String?, parameters: [String], required: Int, variableCount: Int, registerCount: Int,
    code: [Instruction], constants: [Value], prototypes: [Prototype], captures: [Scope.Capture],
    spans: [Span],
    syntax: FunctionSyntax?
  ) {
    self.name = name
    self.parameters = parameters
    self.required = required
    self.layout = Layout(
      // With room for a probe before each.
      code: .allocate(capacity: max(1, 2 * code.count)),
      constants: .allocate(capacity: max(1, constants.count)),
      captures: .allocate(capacity: captures.count), parameterCount: parameters.count,
      plainCount: syntax?.parameters.last?.takesRest == true ? -1 : parameters.count,
      variableCount: variableCount, registerCount: registerCount)
    layout.code.initialize(from: code, count: code.count)
    layout.constants.initialize(from: constants, count: constants.count)
    _ = layout.captures.initialize(from: captures)
    self.constantCount = constants.count
    self.fieldCaches = .allocate(capacity: max(1, constants.count))
    for i in constants.indices { (fieldCaches + i).initialize(to: FieldCache()) }
    self.prototypes = prototypes
    self.spans = spans
    self.syntax = syntax
  }

  /// Puts a probe before each instruction, or takes them out again, while nobody runs the function.
  func setProbes(_ isWanted: Bool) {
    if hasProbes == isWanted { return }
    hasProbes = isWanted
    let steps = spans.indices.map { layout.code[isWanted ? $0 : 2 * $0 + 1] }
    for (i, step) in steps.enumerated() {
      var step = step
      if Opcode.jumps.contains(step.operation) {
        step.c = Operand(isWanted ? 2 * step.c.number : step.c.number / 2)
      }
      if isWanted { layout.code[2 * i] = Instruction(.probe) }
      layout.code[isWanted ? 2 * i + 1 : i] = step
    }
  }

  /// The position, among the compiled instructions, of the one that ran last when `next` is the next to run.
  ///
  /// A probe counts as the instruction that it stands before.
  func position(before next: UnsafeMutablePointer<Instruction>) -> Int {
    let position = next - layout.code - 1
    return max(0, min(hasProbes ? position / 2 : position, spans.count - 1))
  }

  deinit {
    layout.code.deallocate()
    layout.constants.deinitialize(count: constantCount)
    layout.constants.deallocate()
    layout.captures.deallocate()
    fieldCaches.deinitialize(count: constantCount)
    fieldCaches.deallocate()
  }
}
