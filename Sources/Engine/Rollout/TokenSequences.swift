/// Prompts and the completions sampled for them, as tokens.
///
/// A prompt is stored once however many completions share it. Completions may have any length, zero
/// included; nothing is padded.
public struct TokenSequences: Sendable, Equatable {
  /// The distinct prompts, `P` of them, each at least one token long.
  public var prompts: [[Int32]]
  /// For each completion the index of its prompt; never decreasing.
  public var promptOf: [Int]
  /// The completions, `B` of them; an end-of-sequence token is part of its completion.
  public var completions: [[Int32]]
  /// What the tokens stand for, where that is known.
  public var tokenizer: (any Tokenizer)?

  /// The experts that a pass has to go through, one record for each completion; nil where routers choose.
  var replay: [ExpertSets]?
  /// The tokens that each softmax is over, one record for each completion; nil where it is the whole vocabulary.
  var kept: [KeptTokens]?

  /// Creates sequences; `promptOf` and `completions` have the same count.
  public init(
    prompts: [[Int32]], promptOf: [Int], completions: [[Int32]], tokenizer: (any Tokenizer)? = nil
  ) {
    self.prompts = prompts
    self.promptOf = promptOf
    self.completions = completions
    self.tokenizer = tokenizer
  }

  /// The token that ends a completion; 0 where there is no tokenizer.
  public var endToken: Int32 { tokenizer?.endToken ?? 0 }

  /// Whether both have the same tokens with the same meaning.
  public static func == (a: TokenSequences, b: TokenSequences) -> Bool {
    a.prompts == b.prompts && a.promptOf == b.promptOf && a.completions == b.completions
      && a.tokenizer?.identity == b.tokenizer?.identity
  }

  /// For each completion, 1 where it was cut off before its end token.
  var truncated: [Double] { completions.map { $0.last == endToken ? 0 : 1 } }

  /// The number of completion tokens, all sequences together.
  public var tokenCount: Int { completions.reduce(0) { $0 + $1.count } }
}

extension TokenSequences {
  /// The completions at `indices` and the prompts they need; a prompt is stored once for consecutive completions.
  func select(_ indices: [Int]) -> TokenSequences {
    var prompts: [[Int32]] = []
    var promptOf: [Int] = []
    var current = -1
    for index in indices {
      if self.promptOf[index] != current {
        current = self.promptOf[index]
        prompts.append(self.prompts[current])
      }
      promptOf.append(prompts.count - 1)
    }
    return TokenSequences(
      prompts: prompts, promptOf: promptOf, completions: indices.map { completions[$0] }, tokenizer: tokenizer
    )
  }

  static func concat(_ parts: [TokenSequences]) -> TokenSequences {
    var all = TokenSequences(
      prompts: [], promptOf: [], completions: [], tokenizer: parts.first?.tokenizer)
    for part in parts {
      let start = all.prompts.count
      all.prompts += part.prompts
      all.promptOf += part.promptOf.map { $0 + start }
      all.completions += part.completions
    }
    return all
  }
}
