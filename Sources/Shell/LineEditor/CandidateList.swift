/// Candidates for completion on rows below the input: with what each is, where there is room, else in columns.
enum CandidateList {
  /// Rows that are narrower than the terminal and take half of its height at most.
  static func rows(
    _ candidates: [CompletionCandidates.Candidate], _ terminal: Terminal
  ) -> [BlockLayout.Row] {
    let room = max(3, terminal.height / 2)
    let columns = max(1, terminal.width - 1)
    let longest = candidates.map { width($0.name) }.max() ?? 0
    if candidates.count <= room, candidates.contains(where: { !$0.meaning.isEmpty }) {
      return candidates.map {
        described($0, longest: min(longest, columns / 2), columns, terminal.usesColour)
      }
    }
    let across = max(1, columns / (longest + 2))
    let lines = (candidates.count + across - 1) / across
    let shown = min(lines, room)
    var rows = (0..<shown).map { line in
      let names = stride(from: line, to: candidates.count, by: lines).map { candidates[$0].name }
      return row(names.map { padded($0, longest + 2) }.joined(), columns)
    }
    if shown < lines {
      rows[shown - 1] = row("... \(candidates.count) fit: type more of it", columns)
    }
    return rows
  }

  private static func described(
    _ candidate: CompletionCandidates.Candidate, longest: Int, _ columns: Int, _ usesColour: Bool
  ) -> BlockLayout.Row {
    let name = padded(candidate.name, longest)
    var row = row(name + "  " + candidate.meaning, columns)
    if usesColour, row.text.hasPrefix(name) {
      row.text = name + InputStyle.suggestion.escape + row.text.dropFirst(name.count) + "\u{1B}[0m"
    }
    return row
  }

  private static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + BlockLayout.width(of: $1) }
  }

  private static func padded(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - width(text)))
  }

  /// As much of a text as fits, without anything that a terminal would obey.
  private static func row(_ text: String, _ columns: Int) -> BlockLayout.Row {
    var row = BlockLayout.Row()
    for scalar in text.unicodeScalars {
      let shown = scalar.properties.generalCategory == .control ? " " : scalar
      let width = BlockLayout.width(of: shown)
      if row.width + width > columns { break }
      row.text.unicodeScalars.append(shown)
      row.width += width
    }
    return row
  }
}
