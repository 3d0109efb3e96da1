// Model: what a policy is: its sizes, its weights, and the layers that they belong to. `Layers` and `Experts` have the
// layers, `Passes` what runs them. `README.md` has the shapes and the memory.

/// What a policy computes: a list of layers, and where each keeps its weights.
final class Model: Sendable {
  let configuration: PolicyConfiguration
  let embedding: Embedding
  /// For each block attention and feed-forward.
  let blocks: [any BodyLayer]
  let head: OutputHead
  let table: ParameterTable

  /// The layers that `configuration` describes.
  init(_ configuration: PolicyConfiguration) {
    var table = ParameterTable()
    var blocks: [any BodyLayer] = []
    embedding = Embedding(configuration, &table)
    for block in 0..<configuration.layers {
      let name = "model.layers.\(block)."
      blocks.append(AttentionLayer(configuration, block: block, name, &table))
      blocks.append(configuration.feedForward(block).init(configuration, block: block, name, &table))
    }
    head = OutputHead(configuration, embedding: embedding.matrix, &table)
    self.configuration = configuration
    self.blocks = blocks
    self.table = table
  }

  /// All layers that read and write the residual stream.
  var body: [any BodyLayer] { [embedding] + blocks }
  private var layers: [any Layer] { body + [head] }

  /// The matrices that products of the forward pass read packed.
  var matrices: [Weight] { layers.flatMap(\.matrices) }
  /// The floats that a row takes until its backward pass.
  var floatsPerRow: Int { layers.reduce(0) { $0 + $1.floatsPerRow } + body.count * configuration.width }
  /// The floats that a token takes while its sequence is sampled.
  var cacheFloatsPerToken: Int { layers.reduce(0) { $0 + $1.cacheFloatsPerToken } }
}
