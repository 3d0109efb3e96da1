/// Where a function of the language is: what the run loop keeps at hand.
///
/// The closure is held by a register of the caller, a variable or a builtin for as long as the function runs.
struct Activation {
  var closure: Unmanaged<Closure>
  /// The instruction that follows.
  var next: UnsafeMutablePointer<Instruction>
  /// Parameters first, then the other variables, then temporaries.
  var registers: UnsafeMutablePointer<Value>
  var constants: UnsafeMutablePointer<Value>

  /// The beginning of a function.
  @inline(__always)
  init(_ closure: Unmanaged<Closure>, _ layout: Prototype.Layout, registers: UnsafeMutablePointer<Value>) {
    self.closure = closure
    self.next = layout.code
    self.registers = registers
    self.constants = layout.constants
  }

  /// The place in the source of the instruction it is at.
  var span: Span {
    let prototype = closure.takeUnretainedValue().prototype
    return prototype.spans[prototype.position(before: next)]
  }

  /// The place in the source, the function's name and its variables, for an error.
  var trace: RuntimeError.Frame {
    let prototype = closure.takeUnretainedValue().prototype
    let variables = (prototype.syntax?.variableNames ?? []).prefix(prototype.layout.variableCount)
      .enumerated().compactMap { register, name -> (name: String, value: Value)? in
        let value = registers[register].contents
        return value.isMissing ? nil : (name, value)
      }
    return .init(span: span, function: prototype.name, variables: variables)
  }

  @inline(__always)
  var layout: Prototype.Layout { closure._withUnsafeGuaranteedRef { $0.prototype.layout } }

  /// Where the field that a constant names was found last.
  @inline(__always)
  func fieldCache(_ constant: Operand) -> UnsafeMutablePointer<FieldCache> {
    closure._withUnsafeGuaranteedRef { $0.prototype.fieldCaches + constant.number }
  }

  /// Empties the variables that are no parameters.
  @inline(__always)
  func clearVariables(_ layout: Prototype.Layout) {
    var i = layout.parameterCount
    while i < layout.variableCount {
      (registers + i).drop()
      i &+= 1
    }
  }
}
