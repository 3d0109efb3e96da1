/// The rows of an input on a terminal, of which only those that changed are written again.
///
/// It moves the cursor relative to where it left it, so nothing else may write while a block is shown.
final class BlockDisplay {
  private let write: (String) -> Void
  private var shown: [BlockLayout.Row] = []
  private var cursor = (row: 0, column: 0)
  private var columns = 0
  /// The first row that is shown, where the block is taller than the terminal.
  private var top = 0

  /// A display whose output goes to `write`, one piece for each drawing.
  init(write: @escaping (String) -> Void) { self.write = write }

  /// The cursor stands at the start of an empty row, and nothing is shown.
  func forget() {
    shown = []
    cursor = (0, 0)
    top = 0
  }

  /// Shows a block with `panel` below it, on a terminal of `columns` and `lines`.
  ///
  /// With `again`, nothing that was shown is relied on but the row of the cursor.
  func draw(_ block: BlockLayout, panel: [BlockLayout.Row], columns: Int, lines: Int, again: Bool) {
    var output = ""
    if again || columns != self.columns { output += takenAway(columns) }
    let room = max(1, panel.isEmpty ? lines : min(lines - 1, max(lines / 2, lines - panel.count)))
    top = min(max(top, block.cursor.row - room + 1), block.cursor.row)
    top = max(0, min(top, block.rows.count - room))
    let visible = block.rows[top..<min(top + room, block.rows.count)]
    let rows = visible + panel.prefix(max(0, lines - visible.count))
    output += replaced(by: Array(rows))
    output += moved(to: block.cursor.row - top)
    output += "\r" + (block.cursor.column > 0 ? "\u{1B}[\(block.cursor.column)C" : "")
    cursor.column = block.cursor.column
    write(output)
  }

  /// Shows a block for the last time, all of it, and leaves the cursor on the row below.
  func finish(_ block: BlockLayout, columns: Int, lines: Int) {
    var output = ""
    if columns != self.columns || block.rows.count > lines || top > 0 { output += takenAway(columns) }
    output += replaced(by: block.rows)
    output += moved(to: block.rows.count - 1) + "\r\n"
    write(output)
    forget()
  }

  // MARK: Pieces of output

  /// Clears what is shown, and goes to where it started.
  private func takenAway(_ columns: Int) -> String {
    // A terminal that changed its width has broken long rows in two.
    let above = shown.prefix(cursor.row).reduce(0) { $0 + max(1, ($1.width + columns - 1) / columns) }
    let up = above + cursor.column / columns
    self.columns = columns
    shown = []
    cursor = (0, 0)
    return (up > 0 ? "\u{1B}[\(up)A" : "") + "\r\u{1B}[J"
  }

  /// Writes the rows that differ from those shown.
  private func replaced(by rows: [BlockLayout.Row]) -> String {
    var output = ""
    for (i, row) in rows.enumerated() where i >= shown.count || row != shown[i] {
      output += moved(to: i) + "\r" + row.text
      if row.width < columns { output += "\u{1B}[K" }
    }
    if rows.count < shown.count { output += moved(to: rows.count) + "\r\u{1B}[J" }
    shown = rows
    return output
  }

  /// Goes to a row; new ones are made below the last.
  private func moved(to row: Int) -> String {
    defer { cursor.row = row }
    let distance = row - cursor.row
    if distance < 0 { return "\u{1B}[\(-distance)A" }
    // A line feed goes down as well, and scrolls where there is no row below.
    return distance == 0 ? "" : "\r" + String(repeating: "\n", count: distance)
  }
}
