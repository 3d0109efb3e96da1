/// The elementwise functions between tensors that are there and deferred ones that are wanted, evaluated block by
/// block.
///
/// This is the one place that knows how deferred tensors are computed. A block of every intermediate result is
/// held in a slot of a small scratch memory; a slot is used again once nothing needs what it holds. A function of the
/// same inputs is computed once a block however often it was called and however many others use it.
struct Chain {
  /// Elements in a block: that of `VectorMath.sum`, so that sums of a chain are those of its elements.
  static let block = VectorMath.sumBlock
  /// Blocks that one iteration of a loop computes.
  private static let blocksAtOnce = 32

  /// Where a step finds an input.
  private enum Source: Hashable {
    case memory(UnsafePointer<Double>)
    case step(Int)
    case constant(Int)
  }

  /// Computes a block of an intermediate result into a slot.
  private struct Step {
    /// Nil for a step that spreads a shorter tensor.
    var kernel: Unmanaged<ElementwiseFunction.Kernel>?
    /// The reach of what is spread, by its place.
    var reach = 0
    var inputs: (Source, Source, Source) = (.constant(0), .constant(0), .constant(0))
    var inputCount = 0
    var slot = 0
    /// Where all of its elements go; nil for those that only their slot holds.
    var home: UnsafeMutablePointer<Double>?
  }

  /// A deferred tensor that is wanted, and where the chain has its elements or those it sums.
  private struct Result {
    let deferred: Deferred
    let source: Source
    /// How the elements are summed; nil where they are wanted themselves.
    let sums: Stretches?
  }

  /// A function and what it is computed of.
  private struct Call: Hashable {
    var kernel: ObjectIdentifier
    var inputs: [Source]
  }

  /// Which tensor is spread, and how.
  private struct Spread: Hashable {
    var base: UnsafePointer<Double>
    var rows: ObjectIdentifier?
    var width: Int?
  }

  private var steps: [Step] = []
  private var results: [Result] = []
  private var slots = 0
  private var constants: [Double] = [0]
  private var reaches: [Broadcast.Reach] = []
  /// What the memory of the sources belongs to.
  private var leaves: [Tensor] = []
  /// The functions of the steps, which they do not hold themselves.
  private var kernels: [ElementwiseFunction.Kernel] = []
  private var constantOf: [UInt64: Int] = [:]
  private var stepOfCall: [Call: Int] = [:]
  private var stepOf: [ObjectIdentifier: Int] = [:]
  private var spreadOf: [Spread: Int] = [:]
  private let keepsShared: Bool

  /// Everything that `wanted` need; what must be there before is computed by `loop`.
  ///
  /// With `keepsShared`, tensors that several evaluations have passed through are computed for good.
  init<Loop: ParallelLoop>(_ wanted: [Deferred], keepsShared: Bool, _ loop: Loop) throws(Loop.Failure) {
    self.keepsShared = keepsShared
    for deferred in wanted {
      switch deferred.recipe {
      case .elementwise(let function, let operands):
        let step = try step(of: deferred, function, operands, loop)
        let source = results.contains { $0.source == .step(step) } ? copy(of: step) : .step(step)
        results.append(Result(deferred: deferred, source: source, sums: nil))
      case .sums(let tensor, let stretches):
        results.append(Result(deferred: deferred, source: try source(tensor, loop), sums: stretches))
      case nil: break
      }
    }
  }

  // MARK: Planning

  private mutating func source<Loop: ParallelLoop>(_ tensor: Tensor, _ loop: Loop) throws(Loop.Failure)
    -> Source
  {
    if let deferred = tensor.pending, case .elementwise(let function, let operands) = deferred.recipe {
      if let step = stepOf[ObjectIdentifier(deferred)] { return .step(step) }
      if !keepsShared || !deferred.isOftenPassed() {
        leaves.append(tensor)
        return .step(try step(of: deferred, function, operands, loop))
      }
      _ = try deferred.elements(keepsShared: false, loop)
    }
    guard let base = try base(tensor, loop) else {
      return constant(tensor.element(0))
    }
    return .memory(base)
  }

  private mutating func base<Loop: ParallelLoop>(
    _ tensor: Tensor, _ loop: Loop
  ) throws(Loop.Failure) -> UnsafePointer<Double>? {
    leaves.append(tensor)
    return try tensor.base(loop)
  }

  private mutating func step<Loop: ParallelLoop>(
    of deferred: Deferred, _ function: ElementwiseFunction, _ operands: [Deferred.Operand], _ loop: Loop
  ) throws(Loop.Failure) -> Int {
    if let step = stepOf[ObjectIdentifier(deferred)] { return step }
    var step = Step(kernel: Unmanaged.passUnretained(function.kernel))
    for operand in operands {
      let input: Source
      switch operand.reach {
      case .each: input = try source(operand.tensor, loop)
      case .single:
        let number = try base(operand.tensor, loop)?[0] ?? operand.tensor.element(0)
        input = constant(number)
      case .sequences, .stretched:
        input = try spread(operand, loop)
      }
      switch step.inputCount {
      case 0: step.inputs.0 = input
      case 1: step.inputs.1 = input
      default: step.inputs.2 = input
      }
      step.inputCount += 1
    }
    let call = Call(kernel: ObjectIdentifier(function.kernel), inputs: Chain.inputs(of: step))
    if let same = stepOfCall[call] {
      stepOf[ObjectIdentifier(deferred)] = same
      return same
    }
    kernels.append(function.kernel)
    steps.append(step)
    stepOf[ObjectIdentifier(deferred)] = steps.count - 1
    stepOfCall[call] = steps.count - 1
    return steps.count - 1
  }

  private mutating func constant(_ number: Double?) -> Source {
    let number = number ?? .nan
    if let place = constantOf[number.bitPattern] { return .constant(place) }
    constants.append(number)
    constantOf[number.bitPattern] = constants.count - 1
    return .constant(constants.count - 1)
  }

  /// What `step` gives once more, for a result with a memory of its own.
  private mutating func copy(of step: Int) -> Source {
    steps.append(
      Step(
        kernel: Unmanaged.passUnretained(ElementwiseFunction.identity),
        inputs: (.step(step), .constant(0), .constant(0)), inputCount: 1))
    return .step(steps.count - 1)
  }

  private mutating func spread<Loop: ParallelLoop>(
    _ operand: Deferred.Operand, _ loop: Loop
  ) throws(Loop.Failure) -> Source {
    guard let base = try base(operand.tensor, loop) else { return try source(operand.tensor, loop) }
    var name = Spread(base: base)
    switch operand.reach {
    case .sequences(let rows): name.rows = ObjectIdentifier(rows)
    case .stretched(let width): name.width = width
    case .each, .single: break
    }
    if let step = spreadOf[name] { return .step(step) }
    steps.append(
      Step(reach: reaches.count, inputs: (.memory(base), .constant(0), .constant(0)), inputCount: 1))
    reaches.append(operand.reach)
    spreadOf[name] = steps.count - 1
    return .step(steps.count - 1)
  }

  /// Gives each step without a home a slot, free again after the last step that reads it.
  private mutating func assignSlots() {
    var lastUse = [Int](repeating: steps.count, count: steps.count)
    for (index, step) in steps.enumerated() {
      for case .step(let input) in Chain.inputs(of: step) { lastUse[input] = index }
    }
    for case .step(let index) in results.map(\.source) { lastUse[index] = steps.count }
    var free: [Int] = []
    for index in steps.indices {
      if steps[index].home != nil { continue }
      if let slot = free.popLast() {
        steps[index].slot = slot
      } else {
        steps[index].slot = slots
        slots += 1
      }
      var released: [Int] = []
      for case .step(let input) in Chain.inputs(of: steps[index])
      where lastUse[input] == index && !released.contains(input) {
        released.append(input)
        free.append(steps[input].slot)
      }
    }
  }

  private static func inputs(of step: Step) -> [Source] {
    Array([step.inputs.0, step.inputs.1, step.inputs.2].prefix(step.inputCount))
  }

  // MARK: Evaluation

  /// Computes what is wanted, but for what another thread is computing already.
  ///
  /// The blocks are `pieces`, those of every sum that is wanted.
  mutating func evaluate<Loop: ParallelLoop>(_ pieces: [Range<Int>], _ loop: Loop) throws(Loop.Failure) {
    results = results.filter { $0.deferred.claim() }
    for result in results where result.sums == nil {
      if case .step(let step) = result.source { steps[step].home = result.deferred.memory }
    }
    assignSlots()
    do throws(Loop.Failure) {
      try run(pieces, loop)
    } catch {
      for result in results { result.deferred.release() }
      throw error
    }
    for result in results {
      result.sums?.finish(result.deferred.memory)
      result.deferred.finish()
    }
  }

  /// What one thread works with.
  private struct Workspace {
    let scratch: UnsafeMutablePointer<Double>
    let strips: UnsafeMutablePointer<Strip>
    let constants: UnsafePointer<Double>
    /// Read in place: a copy of a step would count references that all threads share.
    let steps: UnsafeBufferPointer<Step>
    /// The first element of the block.
    var start = 0

    /// Where a step's elements of the block lie.
    @inline(__always)
    func place(_ step: UnsafePointer<Step>) -> UnsafeMutablePointer<Double> {
      if let home = step.pointee.home { return home + start }
      return scratch + step.pointee.slot * Chain.block
    }
  }

  private func run<Loop: ParallelLoop>(_ pieces: [Range<Int>], _ loop: Loop) throws(Loop.Failure) {
    if results.isEmpty { return }
    try loop.run((pieces.count + Chain.blocksAtOnce - 1) / Chain.blocksAtOnce) { part in
      let bytes = max(slots, 1) * Chain.block * MemoryLayout<Double>.stride
      withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { scratch in
        withUnsafeTemporaryAllocation(of: Strip.self, capacity: ElementwiseFunction.mostInputs) { strips in
          constants.withUnsafeBufferPointer { constants in
            steps.withUnsafeBufferPointer { steps in
              guard let base = scratch.baseAddress, let strips = strips.baseAddress,
                let constants = constants.baseAddress
              else { return }
              var workspace = Workspace(
                scratch: base.assumingMemoryBound(to: Double.self), strips: strips, constants: constants,
                steps: steps)
              let first = part * Chain.blocksAtOnce
              for index in first..<min(first + Chain.blocksAtOnce, pieces.count) {
                workspace.start = pieces[index].lowerBound
                compute(index, pieces[index].count, workspace)
              }
            }
          }
        }
      }
    }
  }

  /// Computes piece `index`, `count` elements, at most a block.
  private func compute(_ index: Int, _ count: Int, _ workspace: Workspace) {
    guard var step = workspace.steps.baseAddress else { return sum(index, workspace) }
    let end = step + workspace.steps.count
    while step < end {
      let target = workspace.place(step)
      if let kernel = step.pointee.kernel {
        workspace.strips[0] = strip(step.pointee.inputs.0, workspace)
        workspace.strips[1] = strip(step.pointee.inputs.1, workspace)
        workspace.strips[2] = strip(step.pointee.inputs.2, workspace)
        kernel._withUnsafeGuaranteedRef { $0.body(workspace.strips, target, count) }
      } else if case .memory(let base) = step.pointee.inputs.0 {
        reaches[step.pointee.reach].fill(target, from: base, workspace.start, count)
      }
      step += 1
    }
    sum(index, workspace)
  }

  private func sum(_ index: Int, _ workspace: Workspace) {
    for result in results {
      result.sums?.add(index, strip(result.source, workspace).base, into: result.deferred.memory)
    }
  }

  @inline(__always)
  private func strip(_ source: Source, _ workspace: Workspace) -> Strip {
    switch source {
    case .memory(let base): Strip(base: base + workspace.start, step: 1)
    case .step(let step):
      Strip(
        base: workspace.steps.baseAddress.map { UnsafePointer(workspace.place($0 + step)) }
          ?? workspace.constants, step: 1)
    case .constant(let place): Strip(base: workspace.constants + place, step: 0)
    }
  }
}
