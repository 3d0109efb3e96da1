extension ProgramText {
  /// The spaces before values whose author put them below each other, behind labels at the start of lines.
  func padding(in lines: [ProgramLine]) -> [Int: Int] {
    var groups: [Int: [ProgramLine]] = [:]
    var padding: [Int: Int] = [:]
    func end(_ opener: Int) {
      let group = groups.removeValue(forKey: opener) ?? []
      let isAligned =
        Set(group.map { column(tokens[$0.tokens.lowerBound + 2].start) }).count == 1
        && Set(group.map(\.column)).count == 1
        && group.contains {
          tokens[$0.tokens.lowerBound + 2].start > tokens[$0.tokens.lowerBound + 1].end + 1
        }
      guard group.count > 1, isAligned else { return }
      let widths = group.map { text($0.tokens.lowerBound).count }
      let widest = widths.max() ?? 0
      for (line, width) in zip(group, widths) { padding[line.tokens.lowerBound + 2] = widest - width }
    }
    for line in lines {
      guard let first = line.tokens.first, let opener = enclosing[first], !opensBlock(opener) else {
        continue
      }
      let isLabelled = line.column != nil && line.tokens.count > 2 && isSymbol(first + 1, .colon)
      if !isLabelled || line.followsBlank { end(opener) }
      if isLabelled { groups[opener, default: []].append(line) }
    }
    for opener in groups.keys { end(opener) }
    return padding
  }
}
