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
    var columns = columns(of: line.tokens, from: indentation, upTo: LineLayout.widest + LineBreaks.narrow)
    if columns.widest > LineLayout.widest {
      let starts = LineBreaks(program: program, tokens: line.tokens, columns: columns.starts).starts
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
