import Engine

/// How tables look.
public enum TablePrinting {
  static func text(_ table: Table, _ layout: Layout) -> String {
    guard let count = table.elementCount, count > 0, !table.names.isEmpty else {
      return table.names.isEmpty ? "empty table" : table.names.joined(separator: "  ") + "\n(no rows)"
    }
    let shown = shownRows(count, layout)
    var columns: [[String]] = []
    var isText: [Bool] = []
    for (name, values) in zip(table.names, table.columns) {
      let name = Text.visible(name)
      let cells = shown.map { cell(values[$0], layout.digits) }
      let text = values.contains(where: \.isText)
      let width = max(name.count, cells.map(\.count).max() ?? 0)
      columns.append(
        ([name] + cells).map {
          text ? $0.padded(to: width) : $0.rightAligned(to: width)
        })
      isText.append(text)
    }
    var used = 0
    var kept = 0
    for column in columns {
      if used + column[0].count > layout.width, kept > 0 { break }
      used += column[0].count + 2
      kept += 1
    }
    var lines = (0..<shown.count + 1).map { row in
      columns.prefix(kept).map { $0[row] }.joined(separator: "  ")
    }
    if count > shown.count { lines.insert("... \(count - shown.count) more rows", at: 1 + shown.count / 2) }
    if kept < columns.count {
      let names = "(and \(table.names.dropFirst(kept).map(Text.visible).joined(separator: ", ")))"
      lines += Printing.wrapped(
        names.split(separator: " ").map(String.init), width: layout.width, separator: " ")
    }
    return lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
  }

  /// The rows there is room for: all, or as many from the start as from the end.
  private static func shownRows(_ count: Int, _ layout: Layout) -> [Int] {
    let room = max(6, layout.height - 3)
    return count <= room ? Array(0..<count) : Array(0..<room / 2) + Array(count - room / 2..<count)
  }

  /// The table as HTML.
  ///
  /// `layout` says how many rows it may have and how many digits; at most 100 columns are shown.
  public static func html(_ table: Table, _ layout: Layout) -> String {
    let count = table.elementCount ?? 0
    let shown = shownRows(count, layout)
    let names = table.names.prefix(100)
    let columns = table.columns.prefix(100)
    // Notebooks align to the right.
    let styles = columns.map { $0.contains(where: \.isText) ? " style=\"text-align: left\"" : "" }
    func row(_ tag: String, _ texts: some Sequence<String>) -> String {
      "<tr>" + zip(texts, styles).map { "<\(tag)\($1)>\(Text.markup($0))</\(tag)>" }.joined() + "</tr>"
    }
    var rows = shown.map { at in row("td", columns.map { cell($0[at], layout.digits) }) }
    if count > shown.count {
      let text = "... \(count - shown.count) more rows"
      rows.insert(
        "<tr><td colspan=\"\(names.count)\" style=\"text-align: center\">\(text)</td></tr>",
        at: shown.count / 2)
    }
    var note = count == 0 ? "<p>(no rows)</p>" : ""
    if names.count < table.names.count { note = "<p>... \(table.names.count - names.count) more columns</p>" }
    return """
      <table>
      <thead>\(row("th", names.map(Text.visible)))</thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>\(note)
      """
  }

  private static func cell(_ value: Value, _ digits: Int) -> String {
    switch value {
    case .none, .missing: ""
    case .number(let number): Printing.number(number, digits: digits)
    case .bool: value.summary
    case .object(let object): Text.visible(Printing.clipped(value.asText ?? object.summary, 40))
    }
  }
}
