import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The elements of a long tensor that an elementwise function gives, computed when somebody reads them.
///
/// A reader evaluates a whole `Chain` of such functions block by block, so that what lies between its inputs
/// and its result never leaves the cache. The memory is taken when the operation is called: it fails there or
/// not at all, and stays untouched when only a block of it is ever needed at a time.
final class Deferred: Sendable {
  struct Operand: Sendable {
    let tensor: Tensor
    let reach: Broadcast.Reach
  }

  /// What is needed to compute the elements, until they are there.
  struct Recipe: Sendable {
    let function: ElementwiseFunction
    let operands: [Operand]
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
  private let recipe: Mutex<Recipe?>
  private let state = Atomic<Int>(State.waiting)
  private let passages = Atomic<Int>(0)
  private let operations: Int
  private let cost: Int

  /// Defers `function` of `operands`; throws when there is no memory for the result.
  init(_ function: ElementwiseFunction, _ operands: [Operand], count: Int) throws(EngineError) {
    storage = try Storage(uninitialized: count, for: function.name)
    let below = operands.compactMap { $0.tensor.pending }
    operations = below.reduce(1) { $0 + $1.operations }
    cost = below.reduce(function.cost) { $0 + $1.cost }
    recipe = Mutex(Recipe(function: function, operands: operands))
  }

  /// The number of elements.
  var count: Int { storage.count }

  /// Whether the elements are there.
  var isDone: Bool { state.load(ordering: .acquiring) == State.done }

  /// Whether the chain should grow no further: too many operations, too much work or memory.
  var isLarge: Bool {
    operations > Deferred.mostOperations || cost > Deferred.mostWork / count
      || operations > MemoryBudget.limit / 32 / count
  }

  /// How the elements are computed; nil once they are there.
  var instructions: Recipe? { recipe.withLock { $0 } }

  /// Notes that an evaluation needs these elements only in passing; true when it is time to keep them.
  func isOftenPassed() -> Bool { passages.add(1, ordering: .relaxed).oldValue >= Deferred.patience }

  /// The elements, computed by `loop` unless they are there.
  func elements<Loop: ParallelLoop>(
    keepsShared: Bool = true, _ loop: Loop
  ) throws(Loop.Failure) -> UnsafePointer<Double> {
    while !isDone {
      guard
        state.compareExchange(
          expected: State.waiting, desired: State.computing, ordering: .acquiringAndReleasing
        ).exchanged
      else {
        // Another thread is at it. It waits at most for tensors that this one is computed from.
        sched_yield()
        continue
      }
      do throws(Loop.Failure) {
        if let recipe = instructions {
          try Chain(recipe, keepsShared: keepsShared, loop).store(storage.base, count: count, loop)
        }
      } catch {
        state.store(State.waiting, ordering: .releasing)
        throw error
      }
      state.store(State.done, ordering: .releasing)
      let dropped = recipe.withLock { recipe in
        let dropped = recipe
        recipe = nil
        return dropped
      }
      _ = dropped
    }
    return UnsafePointer(storage.base)
  }
}
