/// One token per character; token 0 ends a completion.
public struct CharacterTokenizer: Tokenizer {
  /// The characters; the one at index i is token i + 1.
  public let characters: [Character]
  /// "characters:" and a hash of them.
  public let identity: String
  private let tokens: [Character: Int32]

  /// A tokenizer of the distinct characters of `texts`, in the order of their code points.
  public init(charactersOf texts: some Sequence<String>) {
    var distinct: Set<Character> = []
    for text in texts { distinct.formUnion(text) }
    characters = distinct.sorted()
    tokens = Dictionary(
      characters.enumerated().map { ($1, Int32(truncatingIfNeeded: $0 + 1)) },
      uniquingKeysWith: { first, _ in first })
    identity = "characters:" + TextHash.of(characters.map(String.init).joined(separator: "\0")).hexadecimal
  }

  /// The characters and the end token.
  public var vocabularySize: Int { characters.count + 1 }
  /// 0.
  public var endToken: Int32 { 0 }
  /// The characters as texts.
  public var symbols: [String] { characters.map(String.init) }

  /// A token for each character of `text`; throws when one is not among them.
  public func encode(_ text: String) throws -> [Int32] {
    try text.mapInterruptibly("tokenizer") { character in
      guard let token = tokens[character] else {
        throw EngineError(
          .argument, "tokenizer", "the character \"\(character)\" is not among the task's",
          hint: "it knows \(String(characters.prefix(80)))")
      }
      return token
    }
  }

  /// The characters of `tokens` up to the first end token; unknown tokens read as U+FFFD.
  public func decode(_ tokens: [Int32]) -> String {
    var text = ""
    for token in tokens {
      if token == endToken { break }
      let index = Int(token) - 1
      text.append(characters.indices.contains(index) ? characters[index] : "\u{FFFD}")
    }
    return text
  }
}
