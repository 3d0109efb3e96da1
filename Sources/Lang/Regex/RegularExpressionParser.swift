/// Reads a regular expression.
struct RegularExpressionParser {
  /// A part of a pattern.
  private indirect enum Node {
    case empty
    case character(CharacterTest)
    case boundary(RegularExpression.Boundary)
    case sequence([Node])
    case either([Node])
    /// What stands in parentheses that are counted.
    case group(Int, Node)
    case repeated(Node, least: Int, most: Int?, isLazy: Bool)
  }

  /// What is wrong with a pattern, and at which character, from 1.
  struct Failure: Error {
    let message: String
    let place: Int
    var help: String?
  }

  private let text: [Character]
  private let ignoresCase: Bool
  private let byLines: Bool
  private var at = 0
  private var depth = 0
  private var groupNames: [String?] = []
  private var program: [RegularExpression.Instruction] = []

  /// The longest program, which counted repetitions are written out in.
  private static let maximumLength = 10_000
  private static let maximumDepth = 200

  /// The pattern that a text describes; with `byLines`, `^` and `$` are the ends of a line.
  static func pattern(_ text: String, ignoresCase: Bool, byLines: Bool) throws(Failure) -> RegularExpression {
    var parser = RegularExpressionParser(text: Array(text), ignoresCase: ignoresCase, byLines: byLines)
    let node = try parser.alternatives()
    if parser.at < parser.text.count {
      throw parser.failure("`)` closes nothing", help: "write `\\)` for the character")
    }
    try parser.emit(.group(0, node))
    try parser.add(.accept)
    return RegularExpression(program: parser.program, groupNames: parser.groupNames)
  }

  private init(text: [Character], ignoresCase: Bool, byLines: Bool) {
    self.text = text
    self.ignoresCase = ignoresCase
    self.byLines = byLines
  }

  private func failure(_ message: String, at place: Int? = nil, help: String? = nil) -> Failure {
    Failure(message: message, place: (place ?? at) + 1, help: help)
  }

  private var next: Character? { at < text.count ? text[at] : nil }

  private mutating func take(_ word: String) -> Bool {
    guard text[at...].starts(with: word) else { return false }
    at += word.count
    return true
  }

  // MARK: Reading

  private mutating func alternatives() throws(Failure) -> Node {
    depth += 1
    defer { depth -= 1 }
    if depth > RegularExpressionParser.maximumDepth { throw failure("parentheses are nested too deep") }
    var ways = [try sequence()]
    while take("|") { ways.append(try sequence()) }
    return ways.count == 1 ? ways[0] : .either(ways)
  }

  private mutating func sequence() throws(Failure) -> Node {
    var parts: [Node] = []
    while let character = next, character != "|", character != ")" {
      var part = try atom()
      while let (least, most) = try repetition() {
        part = .repeated(part, least: least, most: most, isLazy: take("?"))
      }
      parts.append(part)
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  /// `*`, `+`, `?`, `{3}`, `{2,}`, `{2,5}`; nil where none follows.
  private mutating func repetition() throws(Failure) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = at
    guard take("{") else { return nil }
    let least = number()
    let hasComma = take(",")
    let most = hasComma ? number() : least
    guard take("}"), least != nil || hasComma && most != nil, (most ?? .max) >= (least ?? 0) else {
      throw failure(
        "`{` is no number of repetitions", at: start,
        help: "write `{3}`, `{2,5}` or `{2,}`, or `\\{` for the character")
    }
    return (least ?? 0, most)
  }

  private mutating func number() -> Int? {
    let digits = text[at...].prefix { ("0"..."9").contains($0) }
    at += digits.count
    return Int(String(digits))
  }

  private mutating func atom() throws(Failure) -> Node {
    let start = at
    at += 1
    switch text[start] {
    case ".": return .character(.anything)
    case "^": return .boundary(byLines ? .lineStart : .start)
    case "$": return .boundary(byLines ? .lineEnd : .end)
    case "(": return try group(from: start)
    case "[": return .character(try set(from: start))
    case "\\": return try escape(from: start)
    case "*", "+", "?", "{":
      throw failure(
        "there is nothing to repeat", at: start, help: "write `\\\(text[start])` for the character")
    case let character: return .character(single(character))
    }
  }

  private func single(_ character: Character) -> CharacterTest {
    CharacterTest(ranges: [character...character], ignoresCase: ignoresCase)
  }

  private mutating func group(from start: Int) throws(Failure) -> Node {
    var number: Int?
    if !take("?:") {
      var name: String?
      if take("?<") || take("?P<") {
        let letters = text[at...].prefix { CharacterTest.isWord($0) }
        at += letters.count
        guard !letters.isEmpty, take(">") else {
          throw failure(
            "`(?` is followed by nothing that is known", at: start,
            help: "`(?:...)` groups, `(?<name>...)` names a group; there is no looking ahead or behind")
        }
        name = String(letters)
        if groupNames.contains(name) {
          throw failure("two groups are called `\(String(letters))`", at: start)
        }
      } else if next == "?" {
        throw failure(
          "`(?` is followed by nothing that is known", at: start,
          help: "`(?:...)` groups, `(?<name>...)` names a group; there is no looking ahead or behind")
      }
      groupNames.append(name)
      number = groupNames.count
    }
    let inner = try alternatives()
    guard take(")") else {
      throw failure("`(` is not closed", at: start, help: "write `\\(` for the character")
    }
    return number.map { .group($0, inner) } ?? inner
  }

  private mutating func escape(from start: Int) throws(Failure) -> Node {
    guard let character = next else { throw failure("`\\` at the end escapes nothing", at: start) }
    if character == "b" || character == "B" {
      at += 1
      return .boundary(character == "b" ? .word : .noWord)
    }
    return .character(try escaped(from: start))
  }

  /// What `\` and a letter or sign stand for, within brackets too.
  private mutating func escaped(from start: Int) throws(Failure) -> CharacterTest {
    guard let character = next else { throw failure("`\\` at the end escapes nothing", at: start) }
    at += 1
    if let small = character.lowercased().first, let kind = CharacterTest.Class(rawValue: small) {
      return CharacterTest(classes: [(kind, isNegated: character != small)])
    }
    switch character {
    case "n": return single("\n")
    case "t": return single("\t")
    case "r": return single("\r")
    case let sign where !CharacterTest.isWord(sign): return single(sign)
    default:
      throw failure(
        "`\\\(character)` is not known", at: start,
        help: "known are \\d, \\w, \\s, \\D, \\W, \\S, \\b, \\B, \\n, \\t, \\r, and \\ before a sign")
    }
  }

  /// `[a-z_]`, `[^0-9]`, `[\w.]`.
  private mutating func set(from start: Int) throws(Failure) -> CharacterTest {
    var set = CharacterTest(isNegated: take("^"), ignoresCase: ignoresCase)
    var isFirst = true
    while let character = next, character != "]" || isFirst {
      isFirst = false
      let place = at
      at += 1
      let low = character == "\\" ? try escaped(from: place) : single(character)
      set.classes += low.classes
      guard let first = low.ranges.first?.lowerBound else { continue }
      // A `-` at the end is itself.
      guard next == "-", at + 1 < text.count, text[at + 1] != "]" else {
        set.ranges.append(first...first)
        continue
      }
      at += 1
      let other = at
      at += 1
      let high = text[other] == "\\" ? try escaped(from: other) : single(text[other])
      guard let last = high.ranges.first?.upperBound, first <= last else {
        throw failure("the range ends before it begins", at: place)
      }
      set.ranges.append(first...last)
    }
    guard take("]") else {
      throw failure("`[` is not closed", at: start, help: "write `\\[` for the character")
    }
    return set
  }

  // MARK: Instructions

  private mutating func add(_ instruction: RegularExpression.Instruction) throws(Failure) {
    program.append(instruction)
    if program.count > RegularExpressionParser.maximumLength {
      throw Failure(message: "the pattern is too large", place: 1, help: "repeat less often")
    }
  }

  private mutating func emit(_ node: Node) throws(Failure) {
    switch node {
    case .empty: break
    case .character(let test): try add(.character(test))
    case .boundary(let boundary): try add(.check(boundary))
    case .sequence(let parts): for part in parts { try emit(part) }
    case .either(let ways):
      var ends: [Int] = []
      for way in ways.dropLast() {
        let split = program.count
        try add(.split(split + 1, 0))
        try emit(way)
        ends.append(program.count)
        try add(.jump(0))
        program[split] = .split(split + 1, program.count)
      }
      if let last = ways.last { try emit(last) }
      for end in ends { program[end] = .jump(program.count) }
    case .group(let number, let inner):
      try add(.save(2 * number))
      try emit(inner)
      try add(.save(2 * number + 1))
    case .repeated(let inner, let least, let most, let isLazy):
      for _ in 0..<least { try emit(inner) }
      func fork(_ place: Int, to exit: Int) {
        program[place] = isLazy ? .split(exit, place + 1) : .split(place + 1, exit)
      }
      guard let most else {
        let split = program.count
        try add(.split(0, 0))
        try emit(inner)
        try add(.jump(split))
        return fork(split, to: program.count)
      }
      var splits: [Int] = []
      for _ in least..<max(least, most) {
        splits.append(program.count)
        try add(.split(0, 0))
        try emit(inner)
      }
      for split in splits { fork(split, to: program.count) }
    }
  }
}
