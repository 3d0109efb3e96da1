/// Texts as tokens and back.
///
/// A policy is made for one tokenizer and refuses tokens of another.
public protocol Tokenizer: Sendable {
  /// The number of tokens, the end token included.
  var vocabularySize: Int { get }
  /// The token that ends a completion.
  var endToken: Int32 { get }
  /// What each token but the end token stands for, in the order of the tokens.
  var symbols: [String] { get }
  /// A text that is the same for the same tokens in every process and every version.
  var identity: String { get }
  /// The tokens of `text`, without an end token; throws when a part of it has none.
  func encode(_ text: String) throws -> [Int32]
  /// The text of `tokens` up to the first end token; unknown tokens read as U+FFFD.
  func decode(_ tokens: [Int32]) -> String
  /// The files by which transformers knows the tokenizer.
  var files: [(name: String, content: JSON)] { get }
  /// What a saved policy keeps of it in `rls.json`.
  var state: JSON.Field { get }
}

extension Policy {
  /// Throws when the policy's tokens stand for something else than those of `owner`, such as "the task".
  ///
  /// A policy without a tokenizer takes any tokens that its vocabulary has.
  func requireTokens(
    of owner: String, _ other: (any Tokenizer)?, for operation: String, hint: String
  ) throws(EngineError) {
    guard let own = tokenizer, let other, own.identity != other.identity else { return }
    func list(_ symbols: some Collection<String>) -> String {
      symbols.prefix(10).map { "`\($0)`" }.joined(separator: ", ") + (symbols.count > 10 ? ", ..." : "")
    }
    func alphabet(_ tokenizer: any Tokenizer) -> String {
      tokenizer.symbols.prefix(80).joined() + (tokenizer.symbols.count > 80 ? "..." : "")
    }
    let known = Set(own.symbols)
    let wanted = Set(other.symbols)
    let lacks = other.symbols.filter { !known.contains($0) }
    let extra = own.symbols.filter { !wanted.contains($0) }
    var differences: [String] = []
    if !lacks.isEmpty { differences.append("lacks \(list(lacks))") }
    if !extra.isEmpty { differences.append("has \(list(extra)) too") }
    if differences.isEmpty { differences = ["numbers them in another order"] }
    throw EngineError(
      .argument, operation,
      "the \(kind)'s tokens stand for \(alphabet(own)), those of \(owner) for \(alphabet(other)): the \(kind) "
        + differences.joined(separator: " and "), hint: hint)
  }
}
