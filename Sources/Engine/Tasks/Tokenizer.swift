/// Texts as tokens, one a character; token 0 ends a completion.
public struct Tokenizer: Sendable, Equatable {
  /// The token that ends a completion.
  public static let endToken: Int32 = 0

  /// The characters; the one at index i is token i + 1.
  public let characters: [Character]
  private let tokens: [Character: Int32]

  /// A tokenizer of the distinct characters of `texts`, in the order of their code points.
  public init(charactersOf texts: some Sequence<String>) {
    var distinct: Set<Character> = []
    for text in texts { distinct.formUnion(text) }
    characters = distinct.sorted()
    tokens = Dictionary(
      characters.enumerated().map { ($1, Int32(truncatingIfNeeded: $0 + 1)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The number of tokens, the end token included.
  public var vocabularySize: Int { characters.count + 1 }

  /// The tokens of `text`, without an end token; throws when a character has none.
  public func encode(_ text: String) throws -> [Int32] {
    try text.map { character in
      guard let token = tokens[character] else {
        throw EngineError(
          .argument, "tokenizer", "the character \"\(character)\" is not among the task's",
          hint: "it knows \(String(characters.prefix(80)))")
      }
      return token
    }
  }

  /// The text of `tokens` up to the first end token; unknown tokens read as U+FFFD.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    var text = ""
    for token in tokens {
      if token == Tokenizer.endToken { break }
      let index = Int(token) - 1
      text.append(characters.indices.contains(index) ? characters[index] : "\u{FFFD}")
    }
    return text
  }
}
