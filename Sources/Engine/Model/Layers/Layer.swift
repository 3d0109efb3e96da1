// Layers: what every policy is made of, from the embedding to the two ends. `AttentionPass` and `AttentionStep` are
// attention over whole sequences and over the newest tokens.

/// A layer of a policy: it alone knows its parameters, their names and how they are packed, what it keeps for the
/// backward pass, and how it computes.
protocol Layer: Sendable {
  /// The matrices whose products in the forward pass read a packed copy.
  var matrices: [Weight] { get }
  /// The floats it keeps for each row until the backward pass, beside the residual stream.
  var floatsPerRow: Int { get }
  /// The floats it keeps for each token of a sequence while more are sampled.
  var cacheFloatsPerToken: Int { get }
}

extension Layer {
  var cacheFloatsPerToken: Int { 0 }
}

/// A layer that reads the residual stream and writes the next one.
protocol BodyLayer: Layer {
  /// Takes the memory of one pass, which reads `input` and writes `output`, both `(rows, width)`.
  ///
  /// Where nothing is kept for the gradient, the two are the same memory.
  func pass(_ context: PassContext, from input: FloatView, into output: FloatView, _ arena: inout FloatArena)
    -> any LayerPass
}

/// A layer that can stand in the feed-forward place of a block.
protocol FeedForwardLayer: BodyLayer {
  /// Adds the tensors of block `block` to `table`, under names that begin with `name`.
  init(_ configuration: PolicyConfiguration, block: Int, _ name: String, _ table: inout ParameterTable)
}

/// A layer at work on the rows of one pass.
protocol LayerPass: AnyObject {
  /// The forward pass.
  func forward() -> [Stage]
  /// The backward pass: from the gradient at the output that at the input, both `(rows, width)`, and those of the
  /// layer's weights.
  ///
  /// What the stages read that are `deferred` is not written again before the next stage of tasks has run.
  func backward(
    _ dOutput: FloatView, into dInput: FloatView, _ sums: GradientSums, _ arena: inout FloatArena
  ) -> [Stage]
  /// Takes over what an earlier pass of the same layer has cached of the sequences.
  func resume(_ earlier: any LayerPass)
}

extension LayerPass {
  func resume(_ earlier: any LayerPass) {}
}

/// A layer that sends each row through some of its experts.
protocol RoutedPass: LayerPass {
  /// The experts that the router chose for each row, ascending, `(rows, active)`; those of a replay are others.
  var chosen: FloatView { get }
  /// The share that the router gave to every expert, `(rows, experts)`.
  var shares: FloatView { get }
}

/// What is known to a layer when it joins a pass.
struct PassContext {
  /// What outlives a pass.
  enum Retention {
    /// Nothing but what is read off the end.
    case nothing
    /// Keys and values, for sampling to go on from.
    case keys
    /// Everything the gradient reads.
    case everything
  }

  /// What the rows are.
  enum Rows {
    /// The tokens of whole sequences.
    case layout(SequenceLayout)
    /// One new token of each of some sequences, whose earlier ones are in the caches.
    case decoding(DecodingRows)

    /// The rows of the present step, or of all sequences.
    var count: Int {
      switch self {
      case .layout(let layout): layout.rowCount
      case .decoding(let decoding): decoding.rows.count
      }
    }

    func token(_ row: Int) -> Int {
      switch self {
      case .layout(let layout): Int(layout.tokens[row])
      case .decoding(let decoding): Int(decoding.rows[row].token)
      }
    }

    func position(_ row: Int) -> Int {
      switch self {
      case .layout(let layout): layout.position(row)
      case .decoding(let decoding): decoding.rows[row].position
      }
    }
  }

  let policy: Policy
  let packed: PackedWeights
  let rotary: RotaryTable
  let rows: Rows
  let retention: Retention
  /// The layer's own pass over the prompts, where what follows them is decoded.
  var prompts: (any LayerPass)?

  /// The whole sequences, or the prompts of what is decoded.
  var layout: SequenceLayout {
    switch rows {
    case .layout(let layout): layout
    case .decoding(let decoding): decoding.layout
    }
  }

  /// The sets of experts that rows have to go through; nil where routers choose.
  var replay: ExpertReplay? {
    if case .layout(let layout) = rows { layout.replay } else { nil }
  }

  /// The most rows there may be.
  var rowCount: Int {
    switch rows {
    case .layout(let layout): layout.rowCount
    case .decoding(let decoding): decoding.capacity
    }
  }

  /// The weights of a parameter.
  func weights(_ parameter: Weight) -> FloatView { parameter.view(policy.weights) }

  /// Room for `columns` numbers per row that the backward pass reads: for as long as the pass, or while the layer
  /// works.
  /// - Parameter perRow: how many of them a row has.
  func keep(
    _ columns: Int, _ arena: inout FloatArena, while retentions: [Retention] = [.everything], perRow: Int = 1
  ) -> FloatView {
    let count = rowCount * perRow
    return retentions.contains(retention) ? arena.take(count, columns) : arena.borrow(count, columns)
  }
}

/// A piece of a pass.
///
/// Stages of rows that follow one another run as one loop, block of rows by block, while the block is in the cache.
enum Stage {
  /// Work on blocks of rows that do not depend on one another.
  case rows((Range<Int>) -> Void)
  /// A number of tasks in any order, after all that comes before and before all that comes after.
  case tasks(Int, (Int) -> Void)
  /// Tasks that nothing in the pass waits for; they run beside the next tasks.
  case deferred(Int, (Int) -> Void)
  /// Tasks that read nothing but weights, for what comes after; they run beside the tasks before, as long as no more
  /// than two stages of rows lie between.
  case ahead(Int, (Int) -> Void)

  /// Rows computed together; it decides speed and the order in which gradients of gains are summed.
  static let rowBlock = 64

  /// A loop over rows, and the tasks that follow it.
  private struct Phase {
    var rows: [(Range<Int>) -> Void] = []
    var tasks: [(count: Int, body: (Int) -> Void)] = []
  }

  /// Runs stages in order on `rows` rows, `size` at a time.
  static func run(
    _ stages: [Stage], rows: Int, by size: Int = Stage.rowBlock, _ operation: String
  ) throws(EngineError) {
    var past = [Phase()]
    var phase = Phase()
    var waiting: [(count: Int, body: (Int) -> Void)] = []
    for stage in stages {
      switch stage {
      case .rows(let body): phase.rows.append(body)
      case .deferred(let count, let body): waiting.append((count, body))
      case .ahead(let count, let body): past[past.count - 1].tasks.append((count, body))
      case .tasks(let count, let body):
        phase.tasks = [(count, body)] + waiting
        past.append(phase)
        phase = Phase()
        waiting = []
      }
    }
    phase.tasks = waiting
    for phase in past + [phase] {
      if !phase.rows.isEmpty {
        try Parallel.rows(rows, by: size, operation) { range in for body in phase.rows { body(range) } }
      }
      try Parallel.run(phase.tasks.reduce(0) { $0 + $1.count }, operation) { index in
        var index = index
        for (count, body) in phase.tasks {
          if index < count { return body(index) }
          index -= count
        }
      }
    }
  }
}
