// Autodiff: derivatives of tensors, by a tape of operations that is read backwards.

import Synchronization

/// Where a tensor stands on a tape.
struct Trace: Sendable {
  let tape: Tape
  let node: Int
}

/// The vector-Jacobian product of an operation with respect to its input `index`.
///
/// It is written in tensor operations, so that a derivative can itself be recorded on an outer tape.
typealias Pullback =
  @Sendable (_ index: Int, _ upstream: Tensor, _ inputs: [Tensor], _ output: Tensor) throws -> Tensor

/// A record of operations, made while they run, from which gradients are computed backwards.
///
/// The record is an array: a node names its inputs by position, and holds values without their trace on
/// this tape. So there is no chain of objects to release one inside the other, and no cycle. Tapes nest: a tape
/// made later is inner; what an inner tape holds may be traced on outer ones, which makes gradients of
/// gradients work.
public final class Tape: Sendable {
  struct Node: Sendable {
    let parents: [Int]
    let inputs: [Tensor]
    let output: Tensor
    let pullback: Pullback?
  }

  private static let counter = Atomic<Int>(0)

  /// Rises with every tape made; inner tapes have higher numbers than outer ones.
  let order: Int
  private let nodes = Mutex<[Node]?>([])

  /// An empty tape that records.
  public init() { order = Tape.counter.add(1, ordering: .relaxed).newValue }

  /// Starts to follow `tensor`: gradients can be taken with respect to what is returned.
  public func watch(_ tensor: Tensor) -> Tensor {
    let node = append(Node(parents: [], inputs: [], output: tensor, pullback: nil))
    guard let node else { return tensor }
    return tensor.with(traces: tensor.traces.filter { $0.tape !== self } + [Trace(tape: self, node: node)])
  }

  /// Stops recording and forgets what was recorded; tensors that were traced here become constants.
  public func close() {
    let dropped = nodes.withLock { nodes in
      let dropped = nodes
      nodes = nil
      return dropped
    }
    _ = dropped
  }

  /// The number of recorded operations and watched tensors.
  public var count: Int { nodes.withLock { $0?.count ?? 0 } }

  /// Adds a node and gives its place; nil once the tape is closed.
  func append(_ node: Node) -> Int? {
    nodes.withLock { nodes in
      guard let count = nodes?.count else { return nil }
      nodes?.append(node)
      return count
    }
  }

  /// The one tape that records any of `inputs`, when there is exactly one.
  static func only(of inputs: [Tensor]) -> Tape? {
    var only: Tape?
    for input in inputs where !input.traces.isEmpty {
      guard input.traces.count == 1, let tape = input.traces.first?.tape else { return nil }
      if let only, only !== tape { return nil }
      only = tape
    }
    return only
  }

  /// The nodes recorded so far.
  var recorded: [Node] { nodes.withLock { $0 ?? [] } }
}

extension Tensor {
  /// This tensor, the output of an operation on `inputs`, put on every tape that records one of them.
  func recorded(from inputs: [Tensor], _ pullback: @escaping Pullback) -> Tensor {
    if let tape = Tape.only(of: inputs) {
      let constants = inputs.map(\.detached)
      let parents = inputs.map { $0.traces.first?.node ?? -1 }
      let node = Tape.Node(parents: parents, inputs: constants, output: self, pullback: pullback)
      return tape.append(node).map { with(traces: [Trace(tape: tape, node: $0)]) } ?? self
    }
    var tapes: [Tape] = []
    for input in inputs {
      for trace in input.traces where !tapes.contains(where: { $0 === trace.tape }) {
        tapes.append(trace.tape)
      }
    }
    if tapes.isEmpty { return self }
    tapes.sort { $0.order < $1.order }
    var output = self
    for tape in tapes {
      // What a node holds is traced on outer tapes only.
      let outer = inputs.map { input in
        input.traces.isEmpty ? input : input.with(traces: input.traces.filter { $0.tape.order < tape.order })
      }
      let parents = inputs.map { input in input.traces.first { $0.tape === tape }?.node ?? -1 }
      let node = Tape.Node(parents: parents, inputs: outer, output: output, pullback: pullback)
      if let place = tape.append(node) {
        output = output.with(traces: output.traces + [Trace(tape: tape, node: place)])
      }
    }
    return output
  }
}
