/// The weight matrices of one block, packed for products in one direction.
struct PackedBlock {
  let projections: PackedMatrix
  let output: PackedMatrix
  let feedForward: PackedFeedForward
}

/// The weight matrices of one feed-forward block, packed.
struct PackedFeedForward {
  let gateUp: PackedMatrix
  let down: PackedMatrix
}

/// A policy's matrices, packed once for as long as the weights live.
final class PackedWeights: @unchecked Sendable {
  /// `forward` packs W for x W^T, `backward` for dy W.
  enum Direction { case forward, backward }

  let blocks: [PackedBlock]
  let head: PackedMatrix
  private let memory: Storage<Float>

  init(
    _ direction: Direction, _ weights: Floats, _ table: ParameterTable, _ c: PolicyConfiguration
  ) throws(EngineError) {
    struct Job {
      let source: Int
      let outputs: Int
      let inputs: Int
    }
    var jobs: [Job] = []
    for block in table.blocks {
      jobs.append(Job(source: block.projections, outputs: c.projectionWidth, inputs: c.width))
      jobs.append(Job(source: block.output, outputs: c.width, inputs: c.queryWidth))
      jobs.append(Job(source: block.feedForward.gateUp, outputs: 2 * c.ffnWidth, inputs: c.width))
      jobs.append(Job(source: block.feedForward.down, outputs: c.width, inputs: c.ffnWidth))
    }
    jobs.append(Job(source: table.head, outputs: c.outputs, inputs: c.width))

    func size(_ job: Job) -> (depth: Int, columns: Int) {
      direction == .forward ? (job.inputs, job.outputs) : (job.outputs, job.inputs)
    }
    let (memory, places) = try FloatArena.block(for: "policy") { arena in
      jobs.map { job in arena.take(PackedMatrix.size(depth: size(job).depth, columns: size(job).columns)) }
    }
    self.memory = memory
    Parallel.run(jobs.count) { index in
      let job = jobs[index]
      let (depth, columns) = size(job)
      if direction == .forward {
        _ = PackedMatrix.pack(
          transposing: weights + job.source, depth: depth, columns: columns, into: places[index])
      } else {
        _ = PackedMatrix.pack(weights + job.source, depth: depth, columns: columns, into: places[index])
      }
    }
    func matrix(_ index: Int) -> PackedMatrix {
      let (depth, columns) = size(jobs[index])
      return PackedMatrix(base: Floats(places[index]), depth: depth, columns: columns)
    }
    blocks = table.blocks.indices.map { layer in
      PackedBlock(
        projections: matrix(4 * layer), output: matrix(4 * layer + 1),
        feedForward: PackedFeedForward(gateUp: matrix(4 * layer + 2), down: matrix(4 * layer + 3)))
    }
    head = matrix(jobs.count - 1)
  }
}
