// Elementwise: functions of numbers as tables of operations. Those of long tensors wait until they are read, and are
// then computed together, block by block (`Chain`).

import Synchronization

/// The elements of a tensor that an elementwise function of long tensors gives, or of their sums, computed when
/// somebody reads them.
///
/// A reader evaluates a whole `Chain` of such functions block by block, so that what lies between its inputs
/// and its results never leaves the cache. The memory is taken when the operation is called: it fails there or
/// not at all, and stays untouched when only a block of it is ever needed at a time.
final class Deferred: Sendable {
  struct Operand: Sendable {
    let tensor: Tensor
    let reach: Broadcast.Reach
  }

  /// What is needed to compute the elements, until they are there.
  enum Recipe: Sendable {
    case elementwise(ElementwiseFunction, [Operand])
    /// The sums of stretches of a tensor.
    case sums(Tensor, Stretches)
  }

  private enum State {
    static let waiting = 0
    static let computing = 1
    static let done = 2
  }

  /// The fewest elements for which a block at a time is worth its bookkeeping.
  static let leastCount = 1 << 13
  /// The most operations a chain has, counted once for each way that leads to them.
  private static let mostOperations = 512
  /// The most work, in additions, that is left to readers who cannot be interrupted: some 100 ms.
  private static let mostWork = 1 << 28
  /// How many evaluations pass through a tensor before its elements are kept.
  private static let patience = 2

  private let storage: Storage<Double>
  private let instructions: Mutex<Recipe?>
  private let state = Atomic<Int>(State.waiting)
  private let passages = Atomic<Int>(0)
  private let operations: Int
  private let work: Int

  /// Defers `function` of `operands`; throws when there is no memory for the result.
  convenience init(
    _ function: ElementwiseFunction, _ operands: [Operand], count: Int
  ) throws(EngineError) {
    let storage = try Storage<Double>(uninitialized: count, for: function.name)
    self.init(.elementwise(function, operands), operands.map(\.tensor), function.cost * count, storage)
  }

  /// Defers the sums of `stretches` of `tensor`; throws when there is no memory for them.
  convenience init(
    _ stretches: Stretches, of tensor: Tensor, for operation: String
  ) throws(EngineError) {
    let storage = try Storage<Double>(uninitialized: stretches.workspace, for: operation)
    self.init(.sums(tensor, stretches), [tensor], tensor.count, storage)
  }

  private init(_ recipe: Recipe, _ inputs: [Tensor], _ work: Int, _ storage: Storage<Double>) {
    let below = inputs.compactMap { $0.pending }
    operations = below.reduce(1) { $0 + $1.operations }
    self.work = below.reduce(work) { $0 + $1.work }
    self.storage = storage
    instructions = Mutex(recipe)
  }

  /// Where the elements go.
  var memory: UnsafeMutablePointer<Double> { storage.base }

  /// Whether the elements are there.
  var isDone: Bool { state.load(ordering: .acquiring) == State.done }

  /// Whether the chain should grow no further: too many operations, too much work or memory.
  var isLarge: Bool {
    operations > Deferred.mostOperations || work > Deferred.mostWork
      || operations > Runtime.current.memory.limit / 32 / max(storage.count, 1)
  }

  /// How the elements are computed; nil once they are there.
  var recipe: Recipe? { instructions.withLock { $0 } }

  /// Notes that an evaluation needs these elements only in passing; true when it is time to keep them.
  func isOftenPassed() -> Bool { passages.add(1, ordering: .relaxed).oldValue >= Deferred.patience }

  /// Takes the task to compute the elements, to be ended by `release` or `finish`; false when it is taken or done.
  ///
  /// Who has it must not wait for anybody, since others may wait for these elements.
  func claim() -> Bool {
    state.compareExchange(
      expected: State.waiting, desired: State.computing, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Gives the task back.
  func release() { state.store(State.waiting, ordering: .releasing) }

  /// Makes the elements known, and drops what they were computed from.
  func finish() {
    state.store(State.done, ordering: .releasing)
    let dropped = instructions.withLock { recipe in
      let dropped = recipe
      recipe = nil
      return dropped
    }
    _ = dropped
  }

  /// The elements, computed by `loop` unless they are there.
  func elements<Loop: ParallelLoop>(
    keepsShared: Bool = true, _ loop: Loop
  ) throws(Loop.Failure) -> UnsafePointer<Double> {
    while !isDone {
      if state.load(ordering: .acquiring) == State.computing {
        sched_yield()
        continue
      }
      try Deferred.evaluate([self], blocks, keepsShared: keepsShared, loop)
    }
    return UnsafePointer(storage.base)
  }

  /// The blocks in which the elements, or those that are summed, are computed.
  private var blocks: Stretches {
    if case .sums(_, let stretches) = recipe { stretches } else { Stretches(whole: storage.count) }
  }

  /// Computes `wanted` in one pass over `blocks`, leaving out what another thread is at.
  static func evaluate<Loop: ParallelLoop>(
    _ wanted: [Deferred], _ blocks: Stretches, keepsShared: Bool = true, _ loop: Loop
  ) throws(Loop.Failure) {
    var chain = try Chain(wanted, keepsShared: keepsShared, loop)
    try chain.evaluate(blocks.pieces, loop)
  }
}
