// Regex: regular expressions that take a time proportional to the text, whatever the pattern. `RegularExpressionParser`
// reads them, `RegularExpression` runs them. Swift's own `Regex` tracks back without a bound and cannot be interrupted.

import Engine

/// A regular expression, as instructions for a machine that follows all ways through it at once (Thompson 1968; Pike's
/// machine with captures: https://swtch.com/~rsc/regexp/regexp2.html).
struct RegularExpression: Sendable {
  /// What the machine can do; numbers are places in the program.
  enum Instruction: Sendable {
    case character(CharacterTest)
    /// Both ways, the first one preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes where a group starts or ends.
    case save(Int)
    case check(Boundary)
    case accept
  }

  /// Places between characters.
  enum Boundary: Sendable {
    case start, end, lineStart, lineEnd, word, noWord
  }

  /// Where a match is: in characters, for the whole and for each group; nil for a group that took no part.
  struct Match {
    let range: Range<Int>
    let groups: [Range<Int>?]
  }

  let program: [Instruction]
  /// The name of each group, in the order of their opening parentheses.
  let groupNames: [String?]

  /// The first match that does not start before `start`.
  ///
  /// Of several there, it is the one that a search that tracks back would find; with `notEmptyAtStart`, no empty one at
  /// `start`.
  func firstMatch(in text: [Character], from start: Int = 0, notEmptyAtStart: Bool = false) throws -> Match? {
    var states = Threads(program.count)
    var following = Threads(program.count)
    var found: [Int]?
    let none = [Int](repeating: -1, count: 2 * (groupNames.count + 1))
    var position = start
    while position <= text.count {
      if position & 1023 == 0 { try Interrupt.check("match") }
      if found == nil { follow(0, none, text, position, &states) }
      if found != nil, states.list.isEmpty { break }
      following.clear()
      steps: for (place, captures) in states.list {
        switch program[place] {
        case .character(let test):
          if position < text.count, test.holds(text[position]) {
            follow(place + 1, captures, text, position + 1, &following)
          }
        case .accept:
          if notEmptyAtStart, position == start { continue }
          found = captures
          // What is less preferred does not count any more.
          break steps
        case .split, .jump, .save, .check: break
        }
      }
      swap(&states, &following)
      position += 1
    }
    return found.map { captures in
      let ranges = stride(from: 0, to: captures.count, by: 2).map { i -> Range<Int>? in
        captures[i] >= 0 && captures[i + 1] >= captures[i] ? captures[i]..<captures[i + 1] : nil
      }
      return Match(range: ranges[0] ?? 0..<0, groups: Array(ranges.dropFirst()))
    }
  }

  /// All matches that do not overlap, from the left; behind an empty one, another may start in the same place.
  func matches(in text: [Character]) throws -> [Match] {
    var matches: [Match] = []
    while let match = try firstMatch(
      in: text, from: matches.last?.range.upperBound ?? 0,
      notEmptyAtStart: matches.last?.range.isEmpty ?? false)
    {
      matches.append(match)
    }
    return matches
  }

  /// The ways that are followed at one place of the text, the preferred ones first.
  private struct Threads {
    private(set) var list: [(place: Int, captures: [Int])] = []
    /// For each instruction, the round in which it was visited last.
    private var visits: [Int]
    private var round = 1

    init(_ count: Int) { visits = [Int](repeating: 0, count: count) }

    mutating func clear() {
      list.removeAll(keepingCapacity: true)
      round += 1
    }

    /// Whether an instruction is visited for the first time in this round.
    mutating func visit(_ place: Int) -> Bool {
      if visits[place] == round { return false }
      visits[place] = round
      return true
    }

    mutating func add(_ place: Int, _ captures: [Int]) { list.append((place, captures)) }
  }

  /// Adds the instructions that wait for a character, or accept, on the ways from `place`.
  private func follow(
    _ place: Int, _ captures: [Int], _ text: [Character], _ position: Int, _ threads: inout Threads
  ) {
    var pending = [(place, captures)]
    while var (place, captures) = pending.popLast() {
      while threads.visit(place) {
        switch program[place] {
        case .jump(let target): place = target
        case .split(let first, let second):
          pending.append((second, captures))
          place = first
        case .save(let slot):
          captures[slot] = position
          place += 1
        case .check(let boundary):
          if !holds(boundary, text, position) { break }
          place += 1
          continue
        case .character, .accept: threads.add(place, captures)
        }
      }
    }
  }

  private func holds(_ boundary: Boundary, _ text: [Character], _ position: Int) -> Bool {
    let isStart = position == 0
    let isEnd = position == text.count
    switch boundary {
    case .start: return isStart
    case .end: return isEnd
    case .lineStart: return isStart || text[position - 1].isNewline
    case .lineEnd: return isEnd || text[position].isNewline
    case .word, .noWord:
      let before = !isStart && CharacterTest.isWord(text[position - 1])
      let after = !isEnd && CharacterTest.isWord(text[position])
      return (before != after) == (boundary == .word)
    }
  }
}

/// Which characters fit at a place of a pattern.
struct CharacterTest: Sendable {
  /// A kind of character that has a letter: `\d`, `\w`, `\s`.
  enum Class: Character, Sendable {
    case digit = "d"
    case word = "w"
    case space = "s"
  }

  /// Characters from one to another.
  var ranges: [ClosedRange<Character>] = []
  /// Classes, and whether what is not in them is meant.
  var classes: [(Class, isNegated: Bool)] = []
  var isNegated = false
  /// Whether small and capital letters are the same.
  var ignoresCase = false

  /// Any character but the end of a line.
  static let anything = CharacterTest(ranges: ["\n"..."\n"], isNegated: true)

  func holds(_ character: Character) -> Bool {
    let character = character == "\r\n" ? "\n" : character
    var found = contains(character)
    if ignoresCase, !found {
      found =
        [character.lowercased(), character.uppercased()].contains { $0.count == 1 && contains(Character($0)) }
    }
    return found != isNegated
  }

  private func contains(_ character: Character) -> Bool {
    if ranges.contains(where: { $0.contains(character) }) { return true }
    return classes.contains { kind, isNegated in
      let holds =
        switch kind {
        case .digit: ("0"..."9").contains(character)
        case .word: CharacterTest.isWord(character)
        case .space: character.isWhitespace
        }
      return holds != isNegated
    }
  }

  static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}
