import Engine

/// A piece of text.
public final class Text: Object, @unchecked Sendable {
  /// The characters; what programs make stays within `maximumBytes` of UTF-8.
  public let string: String

  /// The longest text, in bytes.
  static let maximumBytes = 1 << 28

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

  /// Refuses a text of this many bytes when that is too long.
  static func check(_ bytes: Int) throws {
    guard bytes <= maximumBytes else {
      throw RuntimeError(
        "a text of \(MemoryBudget.readable(bytes)) is too long",
        help: "the longest has \(MemoryBudget.readable(maximumBytes))")
    }
  }

  /// The text as it would be written in a program.
  static func quoted(_ string: String) -> String {
    var quoted = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default:
        if scalar.value < 32 || scalar.value == 127 {
          quoted += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
