/// What probably follows the text at the cursor: the rest of the latest input that begins like it.
struct Suggestions {
  private var last: (text: String, entry: String)?

  /// The rest of the latest of `entries` that goes on from `text`; nil where there is none.
  mutating func rest(of text: String, in entries: [String]) -> String? {
    guard let first = text.utf8.first, first != UInt8(ascii: " ") else { return nil }
    if let last, text.hasPrefix(last.text), last.entry.utf8.starts(with: text.utf8), last.entry != text {
      return Suggestions.rest(of: last.entry, after: text)
    }
    guard let entry = entries.last(where: { $0.utf8.starts(with: text.utf8) && $0 != text }) else {
      last = nil
      return nil
    }
    last = (text, entry)
    return Suggestions.rest(of: entry, after: text)
  }

  /// Forgets what was found, because there are new entries.
  mutating func forget() { last = nil }

  /// The first word of a suggestion, with what stands before it.
  static func word(of rest: String) -> String {
    let isWord: (Character) -> Bool = { $0.isLetter || $0.isNumber || $0 == "_" }
    let front = rest.prefix { !isWord($0) }
    return String(front + rest.dropFirst(front.count).prefix(while: isWord))
  }

  private static func rest(of entry: String, after text: String) -> String {
    String(decoding: entry.utf8.dropFirst(text.utf8.count), as: UTF8.self)
  }
}
