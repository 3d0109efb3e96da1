/// A line of a program: its tokens, and the comment behind them or alone.
struct ProgramLine {
  var tokens: Range<Int>
  var comment: String?
  /// The column, from 0, of the comment in the text as it was.
  var commentColumn = 0
  /// Whether an empty line stands before it.
  var followsBlank = false
  /// The column of its first token in the text as it was; nil where the line did not begin there.
  var column: Int?
  /// How far the line was indented of which it is a part.
  var indentation = 0
}

extension ProgramText {
  /// The lines as they were written, apart from what every program has on lines of its own or does not have there:
  /// `} else` stands on one line, and so do the braces of a block or neither does.
  var lines: [ProgramLine] { split(joined(writtenLines)) }

  private var writtenLines: [ProgramLine] {
    var lines: [ProgramLine] = []
    var line = ProgramLine(tokens: 0..<0)
    for (i, gap) in gaps.enumerated() {
      for blank in gap {
        switch blank {
        case .comment(let text, let start):
          line.comment = text
          line.commentColumn = column(start)
        case .newline:
          if line.tokens.isEmpty, line.comment == nil {
            line.followsBlank = !lines.isEmpty
          } else {
            lines.append(line)
            line = ProgramLine(tokens: i..<i)
          }
        }
      }
      guard i < tokens.count else { break }
      if line.tokens.isEmpty {
        line.column = column(tokens[i].start)
        line.indentation = line.column ?? 0
      }
      line.tokens = (line.tokens.isEmpty ? i : line.tokens.lowerBound)..<(i + 1)
    }
    if !line.tokens.isEmpty || line.comment != nil { lines.append(line) }
    return lines
  }

  /// Puts `else` and `catch` behind the brace before them.
  private func joined(_ lines: [ProgramLine]) -> [ProgramLine] {
    var joined: [ProgramLine] = []
    for line in lines {
      let continues =
        line.tokens.first.map { [.keyword(.else), .keyword(.catch)].contains(tokens[$0].kind) } ?? false
      if continues, !line.followsBlank, let last = joined.last, last.comment == nil, !last.tokens.isEmpty {
        joined[joined.count - 1].tokens = last.tokens.lowerBound..<line.tokens.upperBound
        joined[joined.count - 1].comment = line.comment
        joined[joined.count - 1].commentColumn = line.commentColumn
      } else {
        joined.append(line)
      }
    }
    return joined
  }

  /// Ends lines behind the opening brace of a block of several lines, and before the closing one.
  private func split(_ lines: [ProgramLine]) -> [ProgramLine] {
    var number: [Int] = Array(repeating: 0, count: tokens.count)
    for (n, line) in lines.enumerated() { for i in line.tokens { number[i] = n } }
    var starts: Set<Int> = []
    for (open, close) in closing where opensBlock(open) && number[open] != number[close] {
      starts.formUnion([open + 1, close])
    }
    return lines.flatMap { parts(of: $0, beginningAt: starts) }
  }

  /// The line cut before some of its tokens; the last part has the comment.
  func parts(of line: ProgramLine, beginningAt starts: Set<Int>) -> [ProgramLine] {
    var parts: [ProgramLine] = []
    var rest = line
    for i in line.tokens.dropFirst() where starts.contains(i) {
      var part = rest
      part.tokens = rest.tokens.lowerBound..<i
      part.comment = nil
      parts.append(part)
      rest.tokens = i..<line.tokens.upperBound
      rest.column = nil
      rest.followsBlank = false
    }
    return parts + [rest]
  }
}
