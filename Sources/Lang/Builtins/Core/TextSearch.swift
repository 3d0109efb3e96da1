/// Finding texts in texts, character by character as Unicode has them.
enum TextSearch {
  /// The first place of `part` in `whole`, nil when there is none; an empty part is found at the start.
  static func range(of part: String, in whole: String) -> Range<String.Index>? {
    range(of: part, in: whole, from: whole.startIndex)
  }

  /// The position of the first place of `part` in `whole` as a value, none when there is none.
  static func position(of part: String, in whole: String) -> Value {
    guard let range = range(of: part, in: whole) else { return .none }
    return .number(Double(whole.distance(from: whole.startIndex, to: range.lowerBound)))
  }

  /// The first place of `part` in `whole` that does not start before `start`.
  static func range(of part: String, in whole: String, from start: String.Index) -> Range<String.Index>? {
    guard let first = part.first else { return start..<start }
    var place = start
    while let found = whole[place...].firstIndex(of: first) {
      var end = found
      var isMatch = true
      for character in part {
        guard end < whole.endIndex, whole[end] == character else {
          isMatch = false
          break
        }
        end = whole.index(after: end)
      }
      if isMatch { return found..<end }
      place = whole.index(after: found)
    }
    return nil
  }

  /// All places of `part` in `whole` that do not overlap, from the left; none for an empty part.
  static func ranges(of part: String, in whole: String) -> [Range<String.Index>] {
    guard !part.isEmpty else { return [] }
    var found: [Range<String.Index>] = []
    var place = whole.startIndex
    while let range = range(of: part, in: whole, from: place) {
      found.append(range)
      place = range.upperBound
    }
    return found
  }

  /// The pieces of `whole` between the places of `separator`.
  static func pieces(of whole: String, between separator: String) -> [Substring] {
    var pieces: [Substring] = []
    var start = whole.startIndex
    for range in ranges(of: separator, in: whole) {
      pieces.append(whole[start..<range.lowerBound])
      start = range.upperBound
    }
    return pieces + [whole[start...]]
  }
}
