/// The tokens of a vocabulary among which one token was drawn: what top-k and top-p left.
///
/// A set takes a word of 4 bytes for each of its tokens, or a bit for each token of the vocabulary, whichever is less.
public struct TokenSet: Sendable, Hashable {
  private let words: ArraySlice<UInt32>
  /// The words of a set of bits.
  private let bitWords: Int

  fileprivate init(words: ArraySlice<UInt32>, vocabulary: Int) {
    self.words = words
    bitWords = TokenSet.bitWords(vocabulary)
  }

  /// The set of `tokens`, each below `vocabulary`.
  init(_ tokens: some Collection<Int32>, vocabulary: Int) {
    let count = TokenSet.bitWords(vocabulary)
    if tokens.count < count {
      self.init(words: tokens.sorted().map(UInt32.init(bitPattern:))[...], vocabulary: vocabulary)
      return
    }
    var words = [UInt32](repeating: 0, count: count)
    for token in tokens { words[Int(token) >> 5] |= 1 << UInt32(token & 31) }
    self.init(words: words[...], vocabulary: vocabulary)
  }

  private static func bitWords(_ vocabulary: Int) -> Int { (vocabulary + 31) >> 5 }

  fileprivate var stored: ArraySlice<UInt32> { words }

  /// The tokens, ascending; none stands for all.
  public var tokens: [Int32] {
    guard words.count == bitWords else { return words.map(Int32.init(bitPattern:)) }
    var tokens: [Int32] = []
    for (place, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        tokens.append(Int32(place << 5 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    return tokens
  }
}

/// For each token of an episode the tokens among which it was drawn; for one that nobody drew, all.
public struct KeptTokens: Sendable, Hashable {
  private let vocabulary: Int
  private var words: [UInt32] = []
  /// Where the words of each token's set end.
  private var ends: [Int] = []

  /// No token's yet, for sets of tokens below `vocabulary`.
  init(vocabulary: Int) { self.vocabulary = vocabulary }

  /// The number of tokens that have a set.
  public var count: Int { ends.count }

  /// The set of the episode's token at `index`.
  public subscript(index: Int) -> TokenSet {
    TokenSet(words: words[(index > 0 ? ends[index - 1] : 0)..<ends[index]], vocabulary: vocabulary)
  }

  /// Appends the set of the next token; nil for all.
  mutating func append(_ set: TokenSet?) {
    if let set { words += set.stored }
    ends.append(words.count)
  }
}

extension KeptTokens: ColumnElement {
  /// The sets of one episode each.
  public static func column(_ elements: [KeptTokens]) -> ColumnValue { .kept(elements) }
}

/// The sets of every completion token of a batch, for the softmax of a pass.
struct SamplingMask {
  private let episodes: [KeptTokens]
  /// The place of each episode's first token among all.
  private let starts: [Int]

  init(_ episodes: [KeptTokens]) {
    self.episodes = episodes
    var starts: [Int] = []
    var next = 0
    for episode in episodes {
      starts.append(next)
      next += episode.count
    }
    self.starts = starts
  }

  /// The set of the token at `place`.
  subscript(place: Int) -> TokenSet {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle } else { high = middle }
    }
    // Of episodes that begin at one place the last has the token: those before it have none.
    return episodes[low][place - starts[low]]
  }
}

extension TokenSequences {
  /// Throws for sets that are not those of these tokens.
  func validate(_ kept: [KeptTokens], vocabulary: Int, _ operation: String) throws(EngineError) {
    guard kept.map(\.count) == completions.map(\.count) else {
      throw EngineError(.shape, operation, "`kept` does not have one set for each token of the completions")
    }
    var before: (prompt: Int, set: TokenSet)?
    for (episode, sets) in kept.enumerated() {
      for (place, token) in completions[episode].enumerated() {
        let tokens = sets[place].tokens
        guard tokens.isEmpty || tokens.contains(token), Int(tokens.last ?? 0) < vocabulary else {
          throw EngineError(
            .argument, operation,
            "`kept` of episode \(episode) has a set without the token \(token) that was drawn from it, "
              + "or with one outside the vocabulary of \(vocabulary)")
        }
      }
      guard !completions[episode].isEmpty else { continue }
      if let before, before.prompt == promptOf[episode], before.set.tokens != sets[0].tokens {
        throw EngineError(
          .argument, operation,
          "`kept` has different sets for two first tokens after one prompt, the second of episode \(episode)")
      }
      before = (promptOf[episode], sets[0])
    }
  }
}
