/// Lines of a program, indented, spaced and broken.
struct LineLayout {
  /// Lines that are longer are broken where they can be, in columns.
  static let widest = 120
  private static let step = 4

  /// A bracket that is open where a line begins.
  private struct Frame {
    var opener: Int?
    /// The indentation of the line that opened it.
    var indentation: Int
    /// The indentation of the statement that is being laid out, in a block.
    var statement = 0
    /// The first token behind the bracket on its line, and where it stands now.
    var content: (token: Int, column: Int)?
    /// Whether its lines begin below that token.
    var isAligned = false
  }

  /// A line that is done.
  private struct Laid {
    var text: String
    var comment: String?
    var commentColumn: Int
    var followsBlank: Bool
    /// The width of its last row, which the comment stands behind.
    var width: Int
    /// Where a comment behind code stood in the text as it was.
    var columnBefore: Int?
  }

  private let program: ProgramText
  private let padding: [Int: Int]
  private var pending: [ProgramLine]
  private var frames = [Frame(opener: nil, indentation: -LineLayout.step)]
  private var laid: [Laid] = []

  init(_ program: ProgramText) {
    self.program = program
    let lines = program.lines
    padding = program.padding(in: lines)
    pending = lines.reversed()
  }

  /// The whole text.
  mutating func run() -> String {
    while let line = pending.popLast() { lay(line) }
    alignComments()
    var text = ""
    for line in laid {
      if line.followsBlank { text += "\n" }
      text += line.text
      if let comment = line.comment {
        text += String(repeating: " ", count: max(0, line.commentColumn - line.width)) + comment
      }
      text += "\n"
    }
    return text
  }

  private mutating func lay(_ line: ProgramLine) {
    guard let first = line.tokens.first else {
      let indentation = indentationOfComment()
      laid.append(
        Laid(
          text: String(repeating: " ", count: indentation), comment: line.comment, commentColumn: indentation,
          followsBlank: line.followsBlank, width: indentation))
      return
    }
    let indentation = indentation(of: first, column: line.column)
    var columns = columns(of: line.tokens, from: indentation, upTo: LineLayout.widest + LineLayout.narrow)
    if columns.widest > LineLayout.widest {
      let starts = breaks(in: line.tokens, columns.starts)
      if !starts.isEmpty {
        var parts = program.parts(of: line, beginningAt: starts)
        if starts.count == 1, let rest = parts.last, let refilled = refilled(rest) {
          pending.removeLast()
          parts[parts.count - 1] = refilled
        }
        pending += parts.reversed()
        return
      }
      columns = self.columns(of: line.tokens, from: indentation, upTo: .max)
    }
    var text = String(repeating: " ", count: indentation)
    for i in line.tokens {
      if i > first { text += String(repeating: " ", count: space(before: i)) }
      text += shifted(program.text(i), by: indentation - line.indentation)
    }
    laid.append(
      Laid(
        text: text, comment: line.comment,
        commentColumn: line.column == nil ? columns.end + 2 : max(line.commentColumn, columns.end + 2),
        followsBlank: line.followsBlank, width: columns.end,
        columnBefore: line.column != nil && line.comment != nil ? line.commentColumn : nil))
    pass(line.tokens, columns.starts, indentation)
  }

  // MARK: Indentation

  private func indentation(of first: Int, column: Int?) -> Int {
    let frame = frames[frames.count - 1]
    if program.tokens[first].closesBracket { return max(0, frame.indentation) }
    if program.opensBlock(frame.opener) {
      let isStart = program.roles[first].contains(.beginsStatement)
      return isStart ? frame.indentation + LineLayout.step : frame.statement + LineLayout.step
    }
    if let content = frame.content {
      let isBelow =
        column.map { $0 == program.column(program.tokens[content.token].start) } ?? frame.isAligned
      if isBelow { return content.column }
    }
    return frame.indentation + LineLayout.step
  }

  /// A comment on a line of its own stands over what follows, or inside the block that it ends.
  private func indentationOfComment() -> Int {
    let next = pending.last { !$0.tokens.isEmpty }
    guard let next, let first = next.tokens.first else { return 0 }
    if program.tokens[first].closesBracket { return frames[frames.count - 1].indentation + LineLayout.step }
    return indentation(of: first, column: next.column)
  }

  /// Opens and closes the brackets of a line.
  private mutating func pass(_ tokens: Range<Int>, _ columns: [Int], _ indentation: Int) {
    let around = frames.count - 1
    if frames[around].content?.column == indentation { frames[around].isAligned = true }
    // Behind brackets of lines before, what opens counts from where they were opened.
    var indentation = indentation
    for i in tokens {
      if program.roles[i].contains(.beginsStatement) { frames[frames.count - 1].statement = indentation }
      if program.tokens[i].closesBracket, frames.count > 1 {
        indentation = min(indentation, frames.removeLast().indentation)
      }
      guard program.tokens[i].opensBracket else { continue }
      var frame = Frame(opener: i, indentation: indentation, statement: indentation)
      if tokens.contains(i + 1) {
        frame.content = (i + 1, columns[i + 1 - tokens.lowerBound])
      }
      frames.append(frame)
    }
  }

  // MARK: Columns

  private func space(before i: Int) -> Int {
    (program.hasSpace(before: i) ? 1 : 0) + (padding[i] ?? 0)
  }

  /// Where each token starts, where the last one ends, and how wide the widest row is; no further than `limit`.
  private func columns(
    of tokens: Range<Int>, from indentation: Int, upTo limit: Int
  ) -> (starts: [Int], end: Int, widest: Int) {
    var starts: [Int] = []
    var at = indentation
    var widest = 0
    for i in tokens {
      if at > limit { break }
      if i > tokens.lowerBound { at += space(before: i) }
      starts.append(at)
      let rows = program.text(i).split(separator: "\n", omittingEmptySubsequences: false)
      // The rows of a text of several lines are as long as they are.
      if rows.count > 1 {
        widest = max(widest, at + rows[0].count)
        at = rows[rows.count - 1].count
      } else {
        at += rows[0].count
      }
    }
    return (starts, at, max(widest, at))
  }

  /// A text of several lines moved with the line that it begins on.
  private func shifted(_ text: String, by columns: Int) -> String {
    guard columns != 0, text.contains("\n") else { return text }
    let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
    let indented = rows.dropFirst().map { row -> String in
      if columns > 0 { return row.isEmpty ? "" : String(repeating: " ", count: columns) + row }
      return String(row.dropFirst(min(-columns, row.prefix { $0 == " " }.count)))
    }
    return ([String(rows[0])] + indented).joined(separator: "\n")
  }

  // MARK: Long lines

  /// What is left of a broken line together with the next line, where both hold items between the same brackets.
  private func refilled(_ rest: ProgramLine) -> ProgramLine? {
    guard rest.comment == nil, let last = rest.tokens.last, program.isSymbol(last, .comma),
      let next = pending.last, !next.followsBlank, let first = next.tokens.first,
      program.enclosing[first] == program.enclosing[last],
      program.enclosing[first] == program.enclosing[rest.tokens.lowerBound],
      !program.tokens[first].closesBracket,
      !program.roles[first].contains(.beginsStatement), padding[first + 2] == nil,
      next.tokens.allSatisfy({ program.closing[$0].map(next.tokens.contains) ?? true })
    else { return nil }
    var whole = next
    whole.tokens = rest.tokens.lowerBound..<next.tokens.upperBound
    whole.column = nil
    return whole
  }

  /// The tokens before which a line that is too long is broken.
  private func breaks(in tokens: Range<Int>, _ columns: [Int]) -> Set<Int> {
    let blocks = blocks(in: tokens)
    let outermost = blocks.filter { depth(of: $0.open, in: tokens) == 0 }
    if !outermost.isEmpty { return LineLayout.ends(of: outermost) }
    let places = places(in: tokens, columns, outside: blocks).filter { place in
      columns[place.token - tokens.lowerBound] - 1 <= LineLayout.widest
    }
    let late = places.filter { columns[$0.token - tokens.lowerBound] >= LineLayout.widest / 3 }
    if let place = LineLayout.best(of: late) { return [place.token] }
    if !blocks.isEmpty { return LineLayout.ends(of: blocks) }
    return LineLayout.best(of: places).map { [$0.token] } ?? []
  }

  /// The blocks that begin and end on the line, and in no other such block.
  private func blocks(in tokens: Range<Int>) -> [(open: Int, close: Int)] {
    var blocks: [(open: Int, close: Int)] = []
    for i in tokens where program.tokens[i].opensBracket && program.opensBlock(i) {
      guard let close = program.closing[i], tokens.contains(close), close > i + 1 else { continue }
      if let last = blocks.last, i < last.close { continue }
      blocks.append((i, close))
    }
    return blocks
  }

  private static func ends(of blocks: [(open: Int, close: Int)]) -> Set<Int> {
    Set(blocks.flatMap { [$0.open + 1, $0.close] })
  }

  /// A token before which the line may end, and how many brackets are open there.
  private typealias Place = (token: Int, depth: Int)

  /// The last place with the fewest open brackets.
  private static func best(of places: [Place]) -> Place? {
    places.max { ($0.depth, -$0.token) > ($1.depth, -$1.token) }
  }

  /// Brackets that are closed within as many columns are not broken.
  private static let narrow = 40

  /// Behind commas and before `|`, outside the blocks of the line and its short brackets.
  private func places(
    in tokens: Range<Int>, _ columns: [Int], outside blocks: [(open: Int, close: Int)]
  ) -> [Place] {
    tokens.prefix(columns.count).dropFirst().compactMap { i in
      guard !blocks.contains(where: { $0.open < i && i <= $0.close }), !isWithinShort(i, tokens, columns)
      else {
        return nil
      }
      let isPlace = program.isSymbol(i, .pipe) || program.isSymbol(i - 1, .comma)
      guard isPlace, program.isSymbol(i, .pipe) || mayEndLine(behind: i - 1, in: tokens) else { return nil }
      return (i, depth(of: i, in: tokens))
    }
  }

  private func isWithinShort(_ i: Int, _ tokens: Range<Int>, _ columns: [Int]) -> Bool {
    guard let open = program.enclosing[i], tokens.contains(open), let close = program.closing[open],
      close - tokens.lowerBound < columns.count
    else { return false }
    return columns[close - tokens.lowerBound] - columns[open - tokens.lowerBound] < LineLayout.narrow
  }

  /// Whether a comma may be the last token of a line: not between names that are assigned to or looped over.
  private func mayEndLine(behind comma: Int, in tokens: Range<Int>) -> Bool {
    let around = program.enclosing[comma]
    guard program.opensBlock(around) else { return true }
    let statement = tokens.filter { program.enclosing[$0] == around }
    let isLoop = statement.contains { $0 < comma && program.tokens[$0].kind == .keyword(.for) }
    return !isLoop
      && !statement.contains { i in
        i > comma
          && [.assign, .plusAssign, .minusAssign, .timesAssign, .divideAssign].contains {
            program.isSymbol(i, $0)
          }
      }
  }

  /// How many brackets of the line are open before a token.
  private func depth(of token: Int, in tokens: Range<Int>) -> Int {
    var depth = 0
    var around = program.enclosing[token]
    while let open = around, tokens.contains(open) {
      depth += 1
      around = program.enclosing[open]
    }
    return depth
  }

  // MARK: Comments

  /// Comments that stood below each other stay so.
  private mutating func alignComments() {
    var start = 0
    while start < laid.count {
      var end = start + 1
      while end < laid.count, !laid[end].followsBlank, let column = laid[start].columnBefore,
        laid[end].columnBefore == column
      { end += 1 }
      let column = laid[start..<end].map(\.commentColumn).max() ?? 0
      for i in start..<end { laid[i].commentColumn = column }
      start = end
    }
  }
}
