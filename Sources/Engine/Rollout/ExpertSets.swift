/// The experts of one episode: for each token that was read, the set chosen in every mixture layer.
///
/// The tokens are those of the prompt, then those of the completion but the last, which predicts nothing. So the set at
/// place t is of the row that predicts token t + 1 of prompt and completion. Sets are ascending.
public struct ExpertSets: Sendable, Hashable {
  /// The most experts of a layer.
  static let mostExperts = 1 << 12

  /// Mixture layers.
  public let layers: Int
  /// Experts in a set.
  public let active: Int
  /// The sets of the prompt's tokens, layer by layer; episodes of one prompt share the memory.
  var prompt: [UInt16]
  /// Those of the completion's.
  var completion: [UInt16]

  init(layers: Int, active: Int, prompt: [UInt16] = [], completion: [UInt16] = []) {
    self.layers = layers
    self.active = active
    self.prompt = prompt
    self.completion = completion
  }

  /// The numbers that a token takes.
  var stride: Int { layers * active }
  /// The tokens that have sets.
  public var tokens: Int { stride > 0 ? (prompt.count + completion.count) / stride : 0 }

  /// All numbers, `[tokens, layers, active]`.
  public var elements: [UInt16] { prompt + completion }

  /// Whether these are the sets of a prompt and a completion of so many tokens.
  func fits(prompt promptTokens: Int, completion tokens: Int) -> Bool {
    prompt.count == promptTokens * stride && completion.count == max(0, tokens - 1) * stride
  }

  /// The sets of an episode of `length` tokens after the prompt, from all numbers one after the other.
  init(layers: Int, active: Int, _ elements: [UInt16], length: Int) {
    let own = min(elements.count, max(0, length - 1) * layers * active)
    self.init(
      layers: layers, active: active, prompt: Array(elements.dropLast(own)),
      completion: Array(elements.suffix(own)))
  }

  /// For each layer how many of the choices that predict the tokens `predicted` are not among those of `other`.
  func changes(from other: ExpertSets, predicting predicted: some Sequence<Int>) -> [Int] {
    var changes = [Int](repeating: 0, count: layers)
    let (mine, theirs) = (prompt.suffix(stride) + completion, other.prompt.suffix(stride) + other.completion)
    for token in predicted {
      for layer in 0..<layers {
        let first = token * stride + layer * active
        let set = theirs.dropFirst(first).prefix(active)
        changes[layer] += mine.dropFirst(first).prefix(active).count { !set.contains($0) }
      }
    }
    return changes
  }
}

extension ExpertSets: ColumnElement {
  /// The experts of one episode each.
  public static func column(_ elements: [ExpertSets]) -> ColumnValue { .experts(elements) }
}
