extension Profile {
  /// The lines of the user's programs and the functions that took time, in lines no longer than the layout's.
  public func text(_ layout: Layout) -> String {
    ([Printing.duration(seconds) + " in all"] + lineTables(layout) + functionTable(layout))
      .joined(separator: "\n\n") + "\n"
  }

  private static let mostLines = 40
  private static let mostFunctions = 15

  /// A table for each source: the lines that took most, in the order of the text.
  private func lineTables(_ layout: Layout) -> [String] {
    let runs = lineCounts()
    let shown = lines.filter { !$0.key.source.isLibrary && runs[$0.key, default: 0] > 0 }
      .sorted { ($1.value.total, $0.key.number) < ($0.value.total, $1.key.number) }.prefix(Profile.mostLines)
    var sources: [Source] = []
    for line in shown.map(\.key) where !sources.contains(where: { $0 === line.source }) {
      sources.append(line.source)
    }
    return sources.map { source in
      let rows = shown.filter { $0.key.source === source }.sorted { $0.key.number < $1.key.number }
      let width = rows.last.map { "\($0.key.number)".count } ?? 1
      return table(
        ["share", "time", "runs", Text.visible(source.name)],
        rows.map { line, tally in
          [
            share(tally.total), Printing.duration(tally.total), "\(runs[line, default: 0])",
            "\(line.number)".rightAligned(to: width) + "  " + Text.visible(source.line(line.number)),
          ]
        }, layout)
    }
  }

  /// How often each line ran: its instructions in the outermost function that has some there.
  private func lineCounts() -> [Line: Int] {
    var found: [Line: (start: Int, count: Int)] = [:]
    for code in codes.values {
      let start = code.prototype.syntax?.span.start ?? -1
      for (instruction, span) in code.prototype.spans.enumerated() {
        let line = Line(source: span.source, number: span.line)
        let count = code.counts[instruction]
        let before = found[line] ?? (Int.max, 0)
        if start < before.start { found[line] = (start, count) }
        if start == before.start { found[line] = (start, max(before.count, count)) }
      }
    }
    return found.mapValues(\.count)
  }

  /// Builtins, functions of the library and the user's own.
  var functions: [String: (count: Int, own: Double, total: Double)] {
    var functions = builtins.mapValues { (count: $0.count, own: $0.own, total: $0.total) }
    for code in codes.values {
      guard let syntax = code.prototype.syntax else { continue }
      let place = "\(Text.visible(syntax.span.source.name)):\(syntax.span.line)"
      let name = syntax.name ?? "function at \(place)"
      let sum = functions[name, default: (0, 0, 0)]
      functions[name] = (sum.count + code.calls, sum.own + code.tally.own, sum.total + code.tally.total)
    }
    return functions
  }

  /// The functions with most time of their own.
  private func functionTable(_ layout: Layout) -> [String] {
    let shown = functions.filter { $0.value.total > 0 }
      .sorted { ($1.value.own, $0.key) < ($0.value.own, $1.key) }.prefix(Profile.mostFunctions)
    if shown.isEmpty { return [] }
    return [
      table(
        ["own", "own time", "time", "calls", "function"],
        shown.map { name, tally in
          [
            share(tally.own), Printing.duration(tally.own), Printing.duration(tally.total), "\(tally.count)",
            name,
          ]
        }, layout)
    ]
  }

  private func share(_ time: Double) -> String {
    seconds > 0 ? Printing.formatted("%.1f%%", 100 * time / seconds) : ""
  }

  /// Rows in columns, all but the last aligned to the right.
  private func table(_ heads: [String], _ rows: [[String]], _ layout: Layout) -> String {
    let widths = heads.indices.dropLast().map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([heads] + rows).map { cells in
      let numbers = zip(cells, widths).map { $0.rightAligned(to: $1) }
      let line = (numbers + [cells[cells.count - 1]]).joined(separator: "  ")
      return line.count > layout.width ? line.prefix(max(1, layout.width - 3)) + "..." : line
    }.joined(separator: "\n")
  }
}

extension Profile.Code {
  /// How often the function was called and came to its end.
  fileprivate var calls: Int {
    prototype.spans.indices.reduce(0) { sum, i in
      returns(at: i) ? sum + counts[i] : sum
    }
  }
}
