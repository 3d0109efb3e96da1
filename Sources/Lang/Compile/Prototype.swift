/// A compiled function: what all its closures share.
final class Prototype: @unchecked Sendable {
  let name: String?
  let parameters: [String]
  let parameterCount: Int
  /// How many parameters have no default.
  let required: Int
  let registerCount: Int
  let code: UnsafeMutablePointer<Instruction>
  let codeCount: Int
  let constants: UnsafeMutablePointer<Value>
  let constantCount: Int
  let prototypes: [Prototype]
  let captures: [Scope.Capture]
  /// The place in the source of every instruction.
  let spans: [Span]
  let syntax: FunctionSyntax?

  init(
    name: String?, parameters: [String], required: Int, registerCount: Int, code: [Instruction],
    constants: [Value],
    prototypes: [Prototype], captures: [Scope.Capture], spans: [Span], syntax: FunctionSyntax?
  ) {
    self.name = name
    self.parameters = parameters
    self.parameterCount = parameters.count
    self.required = required
    self.registerCount = registerCount
    self.code = .allocate(capacity: max(1, code.count))
    self.code.initialize(from: code, count: code.count)
    self.codeCount = code.count
    self.constants = .allocate(capacity: max(1, constants.count))
    self.constants.initialize(from: constants, count: constants.count)
    self.constantCount = constants.count
    self.prototypes = prototypes
    self.captures = captures
    self.spans = spans
    self.syntax = syntax
  }

  deinit {
    code.deallocate()
    constants.deinitialize(count: constantCount)
    constants.deallocate()
  }
}
