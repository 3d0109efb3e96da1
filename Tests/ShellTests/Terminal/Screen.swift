@testable import Shell

/// What a terminal shows: the cells that a program's output leaves, and the cursor.
///
/// It knows the escape sequences that `rls` and readline use, wraps and scrolls as xterm does, and breaks rows anew
/// when its width changes, as most terminals do.
struct Screen {
  struct Cell: Equatable {
    var text = " "
    /// The parameters of the colours it was written in, such as `35`; empty for none.
    var style = ""
    /// The second half of a wide character.
    var isRest = false
  }

  private struct Row {
    var cells: [Cell] = []
    /// Whether the text goes on in the row below because it reached the margin.
    var wraps = false
  }

  private(set) var columns: Int
  private(set) var height: Int
  /// Rows from the first that was ever written; the last `height` of them are on the screen.
  private var rows: [Row]
  private var row = 0
  private(set) var column = 0
  private var isAtMargin = false
  private var style = ""
  private var pending: [UInt8] = []

  init(columns: Int, height: Int) {
    (self.columns, self.height) = (columns, height)
    rows = [Row()]
  }

  /// The rows from the top of the screen, without blanks at their ends and without empty ones at the bottom.
  var lines: [String] {
    var lines = visible.map { Screen.text($0.cells) }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// All rows, those that have scrolled away too.
  var everything: [String] { rows.map { Screen.text($0.cells) } }

  /// The row of the cursor on the screen, from 0.
  var line: Int { row - top }

  /// The text of each stretch of a row with its style, blank ones left out.
  func styles(_ line: Int) -> [String] {
    guard visible.indices.contains(top + line) else { return [] }
    var runs: [(String, String)] = []
    for cell in visible[top + line].cells where !cell.isRest {
      if runs.last?.1 == cell.style {
        runs[runs.count - 1].0 += cell.text
      } else {
        runs.append((cell.text, cell.style))
      }
    }
    return runs.filter { $0.0.contains { $0 != " " } }.map { "\($0.1)|\($0.0.trimmed)" }
  }

  private var top: Int { max(0, rows.count - height) }
  private var visible: ArraySlice<Row> { rows[top...] }

  private static func text(_ cells: [Cell]) -> String {
    let text = cells.filter { !$0.isRest }.map(\.text).joined()
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  // MARK: Output

  mutating func feed(_ bytes: some Sequence<UInt8>) {
    pending += bytes
    var at = 0
    while at < pending.count {
      let length = step(pending[at...])
      if length == 0 { break }
      at += length
    }
    pending.removeFirst(at)
  }

  /// Obeys what stands first, and gives its length; 0 where it is not whole yet.
  private mutating func step(_ bytes: ArraySlice<UInt8>) -> Int {
    let first = bytes[bytes.startIndex]
    switch first {
    case 0x1B: return escape(bytes)
    case 13:
      column = 0
      isAtMargin = false
    case 10: lineFeed()
    case 8: column = max(0, column - 1)
    case 7: break
    case 0..<32: break
    default:
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      guard bytes.count >= length else { return 0 }
      put(String(decoding: bytes.prefix(length), as: UTF8.self))
      return length
    }
    return 1
  }

  private mutating func escape(_ bytes: ArraySlice<UInt8>) -> Int {
    guard bytes.count > 1 else { return 0 }
    guard bytes[bytes.startIndex + 1] == UInt8(ascii: "[") else { return 2 }
    guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else { return 0 }
    let text = String(decoding: bytes[(bytes.startIndex + 2)..<end], as: UTF8.self)
    let number = Int(text.prefix { $0.isNumber }) ?? 0
    switch bytes[end] {
    case UInt8(ascii: "A"): row = max(top, row - max(1, number))
    case UInt8(ascii: "B"): row = min(rows.count - 1, row + max(1, number))
    case UInt8(ascii: "C"): column = min(columns - 1, column + max(1, number))
    case UInt8(ascii: "D"): column = max(0, column - max(1, number))
    case UInt8(ascii: "H"): (row, column) = (top, 0)
    case UInt8(ascii: "K"): rows[row].cells.removeSubrange(min(column, rows[row].cells.count)...)
    case UInt8(ascii: "J"):
      if number == 2 {
        // The screen is cleared by scrolling it away.
        let line = self.line
        rows += [Row](repeating: Row(), count: height)
        row = top + line
      } else {
        rows[row].cells.removeSubrange(min(column, rows[row].cells.count)...)
        for i in (row + 1)..<max(row + 1, rows.count) { rows[i] = Row() }
      }
    case UInt8(ascii: "m"): style = text == "0" ? "" : text
    default: break
    }
    if bytes[end] != UInt8(ascii: "m") { isAtMargin = false }
    return end + 1 - bytes.startIndex
  }

  private mutating func lineFeed() {
    isAtMargin = false
    row += 1
    if row == rows.count { rows.append(Row()) }
  }

  private mutating func put(_ text: String) {
    let width = text.unicodeScalars.first.map(BlockLayout.width) ?? 1
    if width == 0 {
      if column > 0, rows[row].cells.indices.contains(column - 1) { rows[row].cells[column - 1].text += text }
      return
    }
    if isAtMargin || column + width > columns {
      rows[row].wraps = true
      lineFeed()
      column = 0
    }
    while rows[row].cells.count < column + width { rows[row].cells.append(Cell()) }
    rows[row].cells[column] = Cell(text: text, style: style)
    if width == 2 { rows[row].cells[column + 1] = Cell(text: "", style: style, isRest: true) }
    column += width
    rows[row].wraps = false
    if column >= columns {
      column = columns - 1
      isAtMargin = true
    }
  }

  // MARK: Another size

  mutating func resize(columns: Int, height: Int) {
    // What is empty below the cursor gives way first.
    while rows.count > row + 1, rows.last?.cells.isEmpty == true { rows.removeLast() }
    let place = isAtMargin ? column + 1 : column
    var result: [Row] = []
    var cursor = (row: 0, column: 0)
    var at = 0
    while at < rows.count {
      var cells: [Cell] = []
      var offset: Int?
      repeat {
        if at == row { offset = cells.count + place }
        cells += rows[at].cells
        at += 1
      } while at < rows.count && rows[at - 1].wraps
      if let offset { cursor = (result.count + offset / columns, offset % columns) }
      repeat {
        let part = cells.prefix(columns)
        cells.removeFirst(part.count)
        result.append(Row(cells: Array(part), wraps: !cells.isEmpty))
      } while !cells.isEmpty
    }
    while result.count <= cursor.row { result.append(Row()) }
    (rows, row, column, isAtMargin) = (result, cursor.row, cursor.column, false)
    (self.columns, self.height) = (columns, height)
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let front = drop { $0 == " " }
    return String(front.reversed().drop { $0 == " " }.reversed())
  }
}
