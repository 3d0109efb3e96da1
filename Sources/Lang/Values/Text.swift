import Engine

/// A piece of text.
public final class Text: Object, Indexable, Iterable, Searchable, Joinable, Saveable, @unchecked Sendable {
  /// The characters; what programs make stays within `maximumBytes` of UTF-8.
  public let string: String

  /// The longest text, in bytes; where memory is scarce, a sixteenth of it.
  static let maximumBytes = min(1 << 28, MemoryBudget.available / 16)

  /// A text of `string`.
  public init(_ string: String) {
    self.string = string
    super.init()
  }

  public override var kind: String { "text" }
  public override var summary: String {
    string.count > 60 ? Text.quoted(String(string.prefix(57)) + "...") : Text.quoted(string)
  }
  public override func display(_ layout: Layout) -> String { Text.quoted(string) }
  public override var elementCount: Int? { string.count }
  public override var byteCount: Int { 16 + string.utf8.count }

  override var inlineText: String { string }
  override var brief: String { summary }
  override var groupingKey: GroupingKey { .text(string) }
  override func jsonForm() -> JSONForm { .text(string) }
  override func isSame(as other: Object, depth: Int) -> Bool {
    string == (other as? Text)?.string ?? (other as? ObjectiveObject)?.call
  }

  func element(at position: Int) -> Value {
    .text(String(string[string.index(string.startIndex, offsetBy: position)]))
  }

  func elements(at positions: [Int]) -> Value {
    let characters = Array(string)
    return .text(String(positions.map { characters[$0] }))
  }

  func elements() throws -> [Value]? {
    guard string.utf8.count <= Text.maximumCharacters else {
      throw RuntimeError(
        "a text of \(string.utf8.count) bytes is too long to go through", help: "cut it with split or lines")
    }
    return string.map { .text(String($0)) }
  }

  func contains(_ item: Value) throws -> Bool {
    guard let part = item.asText else {
      throw RuntimeError("`in` looks for a text in a text, got \(item.kindWithArticle)")
    }
    return try TextSearch.range(of: part, in: string) != nil
  }

  static func joined(_ parts: [Text]) -> Value { .text(parts.map(\.string).joined()) }

  func save(to path: String, ending: String, _ call: Call) throws {
    try FileContents.write(
      ending == "json" ? JSONText.text(.object(self)) + "\n" : string, to: path, for: "save")
  }

  /// The longest text that is taken apart into characters.
  private static let maximumCharacters = min(1 << 24, Object.maximumWeight)

  /// A text `count` times end to end, put together from halves.
  static func repeated(_ text: String, _ count: Int) -> String {
    guard count > 1 else { return count == 1 ? text : "" }
    let half = repeated(text, count / 2)
    return half + half + (count % 2 == 1 ? text : "")
  }

  /// Refuses a text of this many bytes when that is too long.
  static func check(_ bytes: Int) throws {
    guard bytes < 1 << 16 || bytes <= maximumBytes else {
      throw RuntimeError(
        "a text of \(MemoryBudget.readable(bytes)) is too long",
        help: "the longest has \(MemoryBudget.readable(maximumBytes))")
    }
  }

  /// Whether a terminal may do something at a character other than show it: control characters, and those that end a
  /// line or turn the direction of text around.
  public static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<32, 127..<160, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The text with such characters written out, apart from new lines and tabs.
  public static func visible(_ text: String) -> String {
    text.escaped { scalar in scalar == "\n" || scalar == "\t" ? nil : writtenOut(scalar) }
  }

  /// A character that a terminal would obey, by its number; nil for any other.
  private static func writtenOut(_ scalar: Unicode.Scalar) -> String? {
    isObeyed(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : nil
  }

  /// The text as character data or an attribute of HTML and XML; characters that XML 1.0 does not allow are dropped.
  static func markup(_ text: String) -> String {
    text.escaped { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case "\u{FFFE}", "\u{FFFF}": ""
      default: nil
      }
    }
  }

  /// The text as it would be written in a program.
  public static func quoted(_ string: String) -> String { string.quoted(writtenOut) }
}
