import Engine

/// A regular expression as a value.
final class RegexObject: Object, @unchecked Sendable {
  let pattern: RegularExpression
  /// How it was written.
  private let text: String

  init(_ text: String, ignoresCase: Bool = false, byLines: Bool = false) throws {
    do throws(RegularExpressionParser.Failure) {
      pattern = try RegularExpressionParser.pattern(text, ignoresCase: ignoresCase, byLines: byLines)
    } catch {
      throw RuntimeError(
        "in the pattern \(Printing.clipped(Text.quoted(text), 60)), character \(error.place): \(error.message)",
        help: error.help)
    }
    self.text = text
    super.init()
  }

  override var kind: String { "regex" }
  override var summary: String { "regex(\(Text.quoted(text)))" }
  override var memberNames: [String] { ["pattern"] }
  override func member(_ name: String) -> Value? { name == "pattern" ? .text(text) : nil }
  override func identity(_ identity: Identity) -> JSON { .string(summary) }

  /// A match as a record: its `text`, where it starts, and its groups, by number and by name.
  func record(_ match: RegularExpression.Match, in text: [Character]) -> Value {
    let groups = match.groups.map { $0.map { Value.text(String(text[$0])) } ?? .none }
    let named = zip(pattern.groupNames, groups).compactMap { name, value in name.map { ($0, value) } }
    return .object(
      Record([
        "text": .text(String(text[match.range])), "start": .number(Double(match.range.lowerBound)),
        "groups": .list(groups), "named": .object(Record(named)),
      ]))
  }
}

extension Kind where T == RegexObject {
  /// A regular expression, or the text of one.
  static var pattern: Kind {
    Kind("a pattern") { value, _ in
      try value.as(RegexObject.self) ?? value.asText.map { try RegexObject($0) }
    }
  }
}

/// What `find`, `split` and `replace` look for.
enum Separator {
  /// The text itself.
  case text(String)
  case pattern(RegexObject)
}

extension Kind where T == Separator {
  /// A text that stands for itself, or a regular expression.
  static var separator: Kind {
    Kind("a text or a regex") { value, _ in
      value.as(RegexObject.self).map { .pattern($0) } ?? value.asText.map { .text($0) }
    }
  }
}
