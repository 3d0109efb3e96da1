/// Where a line that is too long is broken.
struct LineBreaks {
  let program: ProgramText
  /// The tokens of the line.
  let tokens: Range<Int>
  /// The column of each token, as far as they are known.
  let columns: [Int]

  /// The tokens before which the line is broken.
  var starts: Set<Int> {
    let blocks = blocks
    let outermost = blocks.filter { depth(of: $0.open) == 0 }
    if !outermost.isEmpty { return LineBreaks.ends(of: outermost) }
    let places = places(outside: blocks).filter { place in
      columns[place.token - tokens.lowerBound] - 1 <= LineLayout.widest
    }
    let late = places.filter { columns[$0.token - tokens.lowerBound] >= LineLayout.widest / 3 }
    if let place = LineBreaks.best(of: late) { return [place.token] }
    if !blocks.isEmpty { return LineBreaks.ends(of: blocks) }
    return LineBreaks.best(of: places).map { [$0.token] } ?? []
  }

  /// The blocks that begin and end on the line, and in no other such block.
  private var blocks: [(open: Int, close: Int)] {
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
  static let narrow = 40

  /// Behind commas and before `|`, outside the blocks of the line and its short brackets.
  private func places(outside blocks: [(open: Int, close: Int)]) -> [Place] {
    tokens.prefix(columns.count).dropFirst().compactMap { i in
      guard !blocks.contains(where: { $0.open < i && i <= $0.close }), !isWithinShort(i)
      else {
        return nil
      }
      let isPlace = program.isSymbol(i, .pipe) || program.isSymbol(i - 1, .comma)
      guard isPlace, program.isSymbol(i, .pipe) || mayEndLine(behind: i - 1) else { return nil }
      return (i, depth(of: i))
    }
  }

  private func isWithinShort(_ i: Int) -> Bool {
    guard let open = program.enclosing[i], tokens.contains(open), let close = program.closing[open],
      close - tokens.lowerBound < columns.count
    else { return false }
    return columns[close - tokens.lowerBound] - columns[open - tokens.lowerBound] < LineBreaks.narrow
  }

  /// Whether a comma may be the last token of a line: not between names that are assigned to or looped over.
  private func mayEndLine(behind comma: Int) -> Bool {
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
  private func depth(of token: Int) -> Int {
    var depth = 0
    var around = program.enclosing[token]
    while let open = around, tokens.contains(open) {
      depth += 1
      around = program.enclosing[open]
    }
    return depth
  }
}
