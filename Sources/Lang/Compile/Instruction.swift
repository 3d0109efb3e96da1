/// One step of a program: an operation and three operands.
struct Instruction: BitwiseCopyable, Sendable {
  var operation: Opcode
  var a: Operand
  var b: Operand
  var c: Operand

  init(_ operation: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) {
    self.operation = operation
    self.a = Operand(a)
    self.b = Operand(b)
    self.c = Operand(c)
  }
}

/// A number in an instruction: of a register, a constant or a global, a count, or the distance of a jump.
///
/// It is kept in bytes: values and instructions take 16 each, so that finding one takes one addition.
struct Operand: BitwiseCopyable, Sendable, Equatable {
  private let bytes: Int32

  /// The largest number an operand can be.
  static let maximum = 1 << 26

  init(_ number: Int) { bytes = Int32(truncatingIfNeeded: number &<< 4) }

  /// The number itself.
  @inline(__always)
  var number: Int { Int(bytes &>> 4) }

  /// Whether a jump of this distance goes back.
  @inline(__always)
  var isBack: Bool { bytes < 0 }

  /// The value at this position behind `start`.
  @inline(__always)
  static func + (start: UnsafeMutablePointer<Value>, operand: Operand) -> UnsafeMutablePointer<Value> {
    (UnsafeMutableRawPointer(start) + Int(operand.bytes)).assumingMemoryBound(to: Value.self)
  }

  /// The instruction at this distance from `start`.
  @inline(__always)
  static func + (start: UnsafeMutablePointer<Instruction>, operand: Operand) -> UnsafeMutablePointer<
    Instruction
  > {
    (UnsafeMutableRawPointer(start) + Int(operand.bytes)).assumingMemoryBound(to: Instruction.self)
  }
}
