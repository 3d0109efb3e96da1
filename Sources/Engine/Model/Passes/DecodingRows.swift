/// Prompts, and the sequences that follow them.
struct DecodingPrompts {
  let prompts: [[Int32]]
  /// For each sequence the index of its prompt; never decreasing.
  let promptOf: [Int]
}

/// A token that a sequence takes.
struct DecodingRow {
  /// The number of the sequence, and of its prompt.
  let sequence: Int
  let prompt: Int
  /// Where the token stands after the prompt.
  let index: Int
  /// Where it stands in the whole sequence.
  let position: Int
  let token: Int32
  /// The number in [0, 1) that draws the token after it; nil where none is drawn.
  let uniform: Double?
}

/// A sequence whose first token is drawn, and the number that draws it.
struct DecodingDraw {
  let sequence: Int
  let uniform: Double
}

/// A token that was drawn.
struct DecodedToken {
  var token: Int32
  /// log p under the whole softmax.
  var logProb: Float
  /// log p under what top-k and top-p left of it, renormalised: the distribution that was sampled from.
  var samplerLogProb: Float
  var entropy: Float
}

/// The rows of a step of decoding, for the layers.
final class DecodingRows {
  /// The prompts.
  let layout: SequenceLayout
  /// The number of sequences.
  let sequences: Int
  /// The most rows of a step.
  let capacity: Int
  /// The panels of keys that each sequence has room for.
  let panels: Int
  /// The rows of the present step, those of one prompt side by side.
  var rows: [DecodingRow] = []

  init(_ layout: SequenceLayout, sequences: Int, capacity: Int, panels: Int) {
    self.layout = layout
    self.sequences = sequences
    self.capacity = capacity
    self.panels = panels
  }
}
