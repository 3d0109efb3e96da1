import Engine

/// Loops over the characters of texts, as Unicode defines them, that can be interrupted.
enum TextSearch {
  /// The characters of a text, which may be long.
  static func characters(_ text: String) throws -> [Character] {
    var characters: [Character] = []
    characters.reserveCapacity(text.utf8.count)
    try text.forEachInterruptibly("characters") { characters.append($0) }
    return characters
  }

  /// The first place of `part` in `whole`, nil when there is none; an empty part is found at the start.
  static func range(of part: String, in whole: String) throws -> Range<String.Index>? {
    try find(part, in: whole, from: whole.startIndex)?.range
  }

  /// The position of the first place of `part` in `whole` as a value, none when there is none.
  static func position(of part: String, in whole: String) throws -> Value {
    try find(part, in: whole, from: whole.startIndex).map { .number(Double($0.skipped)) } ?? .none
  }

  /// The first place of `part` in `whole` that does not start before `start`, and the characters between them.
  private static func find(_ part: String, in whole: String, from start: String.Index) throws
    -> (range: Range<String.Index>, skipped: Int)?
  {
    guard let first = part.first else { return (start..<start, 0) }
    var place = start
    var skipped = 0
    while place < whole.endIndex {
      if skipped & 0xFFFF == 0xFFFF { try Interrupt.check("find") }
      if whole[place] == first {
        var end = place
        let isMatch = part.allSatisfy { character in
          guard end < whole.endIndex, whole[end] == character else { return false }
          end = whole.index(after: end)
          return true
        }
        if isMatch { return (place..<end, skipped) }
      }
      place = whole.index(after: place)
      skipped += 1
    }
    return nil
  }

  /// The pieces of `whole` between the places of `separator`, which do not overlap; the whole for an empty one.
  static func pieces(of whole: String, between separator: String) throws -> [Substring] {
    var pieces: [Substring] = []
    var start = whole.startIndex
    while !separator.isEmpty, let (range, _) = try find(separator, in: whole, from: start) {
      if pieces.count & 0xFFF == 0xFFF { try Interrupt.check("split") }
      pieces.append(whole[start..<range.lowerBound])
      start = range.upperBound
    }
    return pieces + [whole[start...]]
  }

  /// The pieces of `whole` between characters that separate them.
  static func pieces(of whole: String, where separates: (Character) -> Bool) throws -> [Substring] {
    var pieces: [Substring] = []
    var start = whole.startIndex
    try whole.indices.forEachInterruptibly("split") { place in
      guard separates(whole[place]) else { return }
      pieces.append(whole[start..<place])
      start = whole.index(after: place)
    }
    return pieces + [whole[start...]]
  }

  /// Whether `characters` begin with those of `part`.
  static func begins(_ characters: some Sequence<Character>, with part: some Sequence<Character>) throws
    -> Bool
  {
    var own = characters.makeIterator()
    var count = 0
    for character in part {
      count += 1
      if count & 0xFFFF == 0 { try Interrupt.check("starts_with") }
      guard own.next() == character else { return false }
    }
    return true
  }

  /// The text without white space at its ends.
  static func trimmed(_ text: String) throws -> Substring {
    var rest = text[...]
    var count = 0
    func isSpace(_ character: Character?) throws -> Bool {
      count += 1
      if count & 0xFFFF == 0 { try Interrupt.check("trim") }
      return character?.isWhitespace ?? false
    }
    while try isSpace(rest.first) { rest.removeFirst() }
    while try isSpace(rest.last) { rest.removeLast() }
    return rest
  }

  /// The parts as one text with `separator` between them; refused where it would be too long.
  static func joined(_ parts: [some StringProtocol], _ separator: String) throws -> String {
    let (between, overflow) = separator.utf8.count.multipliedReportingOverflow(by: parts.count)
    let size = parts.reduce(overflow ? .max : between) {
      $0.addingReportingOverflow($1.utf8.count).partialValue
    }
    try Text.check(overflow ? .max : size)
    var text = ""
    text.reserveCapacity(size)
    try parts.enumerated().forEachInterruptibly("join") { place, part in
      if place > 0 { text += separator }
      text += part
    }
    return text
  }
}
