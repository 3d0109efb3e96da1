/// The derivative of an objective with respect to every weight of a policy, flat as the weights are.
public final class Gradient {
  private(set) var values: Storage<Float>

  init(_ policy: Policy) throws(EngineError) {
    values = try Storage<Float>(uninitialized: policy.parameterCount, for: "backward")
  }

  /// The derivatives, copied.
  public var elements: [Float] { values.view.elements(0) }

  /// The memory of the derivatives, for whoever uses them up.
  func take() throws(EngineError) -> Storage<Float> {
    let taken = values
    values = try Storage(uninitialized: 0, for: "update")
    return taken
  }
}

/// Where the backward pass of a layer puts the gradients of its weights: sums over the rows of a pass, in an order that
/// the layout alone decides.
struct GradientSums {
  let gradient: Gradient
  /// Whether an earlier pass has put its own there.
  let adding: Bool
  /// The derivative of the objective with respect to the share that a router gives to an expert, `(mixture layers,
  /// experts)`, beside what comes through the weights of those used: that of a balancing loss.
  let balance: FloatView?

  func view(_ parameter: Weight) -> FloatView { parameter.view(gradient.values) }

  /// The gradient of a matrix, from that at its outputs.
  func matrix(
    _ parameter: Weight, dy: FloatView, x: FloatView,
    normalization: (inverse: FloatView, gain: FloatView)? = nil
  ) -> WeightGradient {
    WeightGradient(dy: dy, x: x, normalization: normalization, dw: view(parameter), adding: adding)
  }

  /// The parts in which the gradient of a matrix is computed.
  func parts(_ parameter: Weight) -> Int {
    matrix(parameter, dy: view(parameter), x: view(parameter)).parts
  }

  /// Room for the sums that each block of rows adds to the gradient of a gain.
  func partial(_ rows: Int, _ columns: Int, _ arena: inout FloatArena) -> FloatView {
    arena.borrow(rows / Stage.rowBlock + 1, columns)
  }

  /// The sums of a block of rows, at zero.
  static func cleared(_ partial: FloatView, _ range: Range<Int>) -> FloatView {
    let block = range.lowerBound / Stage.rowBlock
    let sums = partial[block..<block + 1]
    sums.clear()
    return sums
  }

  /// The tasks that add up what rows give to matrices, and blocks of rows to gains.
  func deferred(
    matrices: [WeightGradient], gains: [(partial: FloatView, into: Weight)], rows: Int? = nil
  ) -> Stage {
    let count = rows ?? matrices.first?.dy.rows ?? 0
    let blocks = (count + Stage.rowBlock - 1) / Stage.rowBlock
    let parts = matrices.reduce(0) { $0 + $1.parts }
    return .deferred(parts + gains.count) { task in
      guard task < parts else {
        let (partial, parameter) = gains[task - parts]
        let target = view(parameter)
        if !adding { target.clear() }
        for block in 0..<blocks { target.add(0, partial, block) }
        return
      }
      var part = task
      for matrix in matrices {
        if part < matrix.parts { return matrix.compute(part: part) }
        part -= matrix.parts
      }
    }
  }
}
