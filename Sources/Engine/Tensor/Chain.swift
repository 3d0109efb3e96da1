/// The elementwise functions between tensors that are there and one that is wanted, evaluated block by block.
///
/// This is the one place that knows how deferred tensors are computed. A block of every intermediate result is
/// held in a slot of a small scratch memory; a slot is used again once nothing needs what it holds. A function is
/// computed once a block however many others use it.
struct Chain {
  /// Elements in a block: that of `VectorMath.sum`, so that sums of a chain are those of its elements.
  static let block = VectorMath.sumBlock
  /// Blocks that one iteration of a loop computes.
  private static let blocksAtOnce = 32

  /// Where a step finds an input.
  private enum Source {
    case memory(UnsafePointer<Double>)
    case step(Int)
    case constant(Int)
  }

  /// Computes a block of an intermediate result into a slot.
  private struct Step {
    /// Nil for a step that spreads a shorter tensor.
    var kernel: ElementwiseFunction.Kernel?
    /// The reach of what is spread, by its place.
    var reach = 0
    var inputs: (Source, Source, Source) = (.constant(0), .constant(0), .constant(0))
    var inputCount = 0
    var slot = 0
  }

  /// Which tensor is spread, and how.
  private struct Spread: Hashable {
    var base: UnsafePointer<Double>
    var rows: ObjectIdentifier?
    var width: Int?
  }

  private var steps: [Step] = []
  private var result = Source.constant(0)
  private var slots = 0
  private var constants: [Double] = [0]
  private var reaches: [Broadcast.Reach] = []
  /// What the memory of the sources belongs to.
  private var leaves: [Tensor] = []
  private var stepOf: [ObjectIdentifier: Int] = [:]
  private var spreadOf: [Spread: Int] = [:]
  private let keepsShared: Bool

  /// Everything `deferred` needs; what must be there before is computed by `loop`.
  ///
  /// With `keepsShared`, tensors that several evaluations have passed through are computed for good.
  init<Loop: ParallelLoop>(
    _ recipe: Deferred.Recipe, keepsShared: Bool, _ loop: Loop
  ) throws(Loop.Failure) {
    self.keepsShared = keepsShared
    result = .step(try add(recipe, loop))
    assignSlots()
  }

  /// The elements of `tensor`, which may be there already.
  init<Loop: ParallelLoop>(_ tensor: Tensor, _ loop: Loop) throws(Loop.Failure) {
    keepsShared = true
    result = try source(tensor, loop)
    assignSlots()
  }

  // MARK: Planning

  private mutating func source<Loop: ParallelLoop>(_ tensor: Tensor, _ loop: Loop) throws(Loop.Failure)
    -> Source
  {
    if let deferred = tensor.pending, let recipe = deferred.instructions {
      let name = ObjectIdentifier(deferred)
      if let step = stepOf[name] { return .step(step) }
      if !keepsShared || !deferred.isOftenPassed() {
        let step = try add(recipe, loop)
        stepOf[name] = step
        leaves.append(tensor)
        return .step(step)
      }
      _ = try deferred.elements(keepsShared: false, loop)
    }
    guard let base = try base(tensor, loop) else {
      constants.append(tensor.element(0) ?? .nan)
      return .constant(constants.count - 1)
    }
    return .memory(base)
  }

  private mutating func base<Loop: ParallelLoop>(
    _ tensor: Tensor, _ loop: Loop
  ) throws(Loop.Failure) -> UnsafePointer<Double>? {
    leaves.append(tensor)
    return try tensor.base(loop)
  }

  private mutating func add<Loop: ParallelLoop>(_ recipe: Deferred.Recipe, _ loop: Loop) throws(Loop.Failure)
    -> Int
  {
    var step = Step(kernel: recipe.function.kernel)
    for operand in recipe.operands {
      let input: Source
      switch operand.reach {
      case .each: input = try source(operand.tensor, loop)
      case .single:
        input = .constant(constants.count)
        constants.append(operand.tensor.element(0) ?? .nan)
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
    steps.append(step)
    return steps.count - 1
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

  /// Gives each step a slot, free again after the last step that reads it.
  private mutating func assignSlots() {
    var lastUse = [Int](repeating: steps.count, count: steps.count)
    for (index, step) in steps.enumerated() {
      for case .step(let input) in Chain.inputs(of: step) { lastUse[input] = index }
    }
    if case .step(let index) = result { lastUse[index] = steps.count }
    var free: [Int] = []
    for index in steps.indices {
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

  /// Writes all `count` elements to `out`.
  func store<Loop: ParallelLoop>(
    _ out: UnsafeMutablePointer<Double>, count: Int, _ loop: Loop
  ) throws(Loop.Failure) {
    let blocks = (count + Chain.block - 1) / Chain.block
    try forEach(blocks, loop) { block, workspace in
      let start = block * Chain.block
      let length = min(Chain.block, count - start)
      let place = out + start
      let elements = compute(start, length, workspace, into: place)
      if elements != UnsafePointer(place) { place.update(from: elements, count: length) }
    }
  }

  /// Gives the elements of each of `stretches` to `body`, on any threads, as long as it runs.
  func read<Loop: ParallelLoop>(
    _ stretches: [Range<Int>], _ loop: Loop, _ body: (Int, UnsafePointer<Double>) -> Void
  ) throws(Loop.Failure) {
    try forEach(stretches.count, loop) { index, workspace in
      body(index, compute(stretches[index].lowerBound, stretches[index].count, workspace, into: nil))
    }
  }

  /// What one thread works with.
  private struct Workspace {
    let scratch: UnsafeMutablePointer<Double>
    let strips: UnsafeMutablePointer<Strip>
    let constants: UnsafePointer<Double>
    /// Read in place: a copy of a step would count references that all threads share.
    let steps: UnsafePointer<Step>?

    func slot(_ step: Int) -> UnsafeMutablePointer<Double> {
      scratch + (steps.map { ($0 + step).pointee.slot } ?? 0) * Chain.block
    }
  }

  private func forEach<Loop: ParallelLoop>(
    _ count: Int, _ loop: Loop, _ body: (Int, Workspace) -> Void
  ) throws(Loop.Failure) {
    try loop.run((count + Chain.blocksAtOnce - 1) / Chain.blocksAtOnce) { part in
      let bytes = max(slots, 1) * Chain.block * MemoryLayout<Double>.stride
      withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { scratch in
        withUnsafeTemporaryAllocation(of: Strip.self, capacity: ElementwiseFunction.mostInputs) { strips in
          constants.withUnsafeBufferPointer { constants in
            steps.withUnsafeBufferPointer { steps in
              guard let base = scratch.baseAddress, let strips = strips.baseAddress,
                let constants = constants.baseAddress
              else { return }
              let workspace = Workspace(
                scratch: base.assumingMemoryBound(to: Double.self), strips: strips, constants: constants,
                steps: steps.baseAddress)
              let first = part * Chain.blocksAtOnce
              for index in first..<min(first + Chain.blocksAtOnce, count) { body(index, workspace) }
            }
          }
        }
      }
    }
  }

  /// The result's elements `start..<start + count`, at most a block; `out` takes the last step's if given.
  private func compute(
    _ start: Int, _ count: Int, _ workspace: Workspace, into out: UnsafeMutablePointer<Double>?
  ) -> UnsafePointer<Double> {
    for index in steps.indices {
      guard let step = workspace.steps.map({ $0 + index }) else { break }
      let target = index == steps.count - 1 ? out ?? workspace.slot(index) : workspace.slot(index)
      if let kernel = step.pointee.kernel {
        workspace.strips[0] = strip(step.pointee.inputs.0, start, workspace)
        workspace.strips[1] = strip(step.pointee.inputs.1, start, workspace)
        workspace.strips[2] = strip(step.pointee.inputs.2, start, workspace)
        kernel(workspace.strips, target, count)
      } else if case .memory(let base) = step.pointee.inputs.0 {
        reaches[step.pointee.reach].fill(target, from: base, start, count)
      }
    }
    if let out, case .step = result { return UnsafePointer(out) }
    return strip(result, start, workspace).base
  }

  @inline(__always)
  private func strip(_ source: Source, _ start: Int, _ workspace: Workspace) -> Strip {
    switch source {
    case .memory(let base): Strip(base: base + start, step: 1)
    case .step(let step): Strip(base: UnsafePointer(workspace.slot(step)), step: 1)
    case .constant(let place): Strip(base: workspace.constants + place, step: 0)
    }
  }
}

extension Tensor {
  /// The sums of consecutive stretches of the elements, which begin at `offsets` and end with the last of them.
  ///
  /// Each is summed in the order of `VectorMath.sum`; nothing that is deferred need be kept for it.
  func sums(between offsets: [Int], for operation: String, into out: UnsafeMutablePointer<Double>) throws {
    let stretches = offsets.count - 1
    if count < Deferred.leastCount {
      withElements { x in
        for i in 0..<stretches { out[i] = VectorMath.sum(x + offsets[i], offsets[i + 1] - offsets[i]) }
      }
      return
    }
    // A piece is a block of one long stretch, or several short ones that fit in a block together.
    var pieces: [Range<Int>] = []
    var members: [Range<Int>] = []
    var firstPiece = [Int](repeating: 0, count: stretches)
    for i in 0..<stretches {
      let range = offsets[i]..<offsets[i + 1]
      if let piece = pieces.last, let last = members.last,
        range.upperBound - piece.lowerBound <= Chain.block,
        range.count <= Chain.block, piece.lowerBound == offsets[last.lowerBound]
      {
        pieces[pieces.count - 1] = piece.lowerBound..<range.upperBound
        members[members.count - 1] = last.lowerBound..<i + 1
        continue
      }
      firstPiece[i] = pieces.count
      var start = range.lowerBound
      repeat {
        pieces.append(start..<min(start + Chain.block, range.upperBound))
        members.append(i..<i + 1)
        start += Chain.block
      } while start < range.upperBound
    }
    let partial = try Storage<Double>(uninitialized: pieces.count, for: operation)
    let loop = InterruptibleLoop(operation: operation)
    try Chain(self, loop).read(pieces, loop) { index, x in
      let piece = pieces[index]
      partial.base[index] = VectorMath.sum(x, piece.count)
      for i in members[index] where offsets[i] >= piece.lowerBound && offsets[i + 1] <= piece.upperBound {
        out[i] = VectorMath.sum(x + (offsets[i] - piece.lowerBound), offsets[i + 1] - offsets[i])
      }
    }
    for i in 0..<stretches where offsets[i + 1] - offsets[i] > Chain.block {
      out[i] = VectorMath.pairwise(0, offsets[i + 1] - offsets[i]) { start, _ in
        partial.base[firstPiece[i] + start / Chain.block]
      }
    }
  }
}
