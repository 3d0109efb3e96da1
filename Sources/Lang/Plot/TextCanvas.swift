/// A grid of character cells, each of them a few dots, on which a plot is drawn.
///
/// What lies in a cell is shown in this order: a mark, dots, a rule, shade, nothing. Writing outside the
/// grid does nothing.
struct TextCanvas {
  /// Which characters stand for what was drawn.
  enum Style {
    /// Two by four dots a cell (Unicode's Braille patterns).
    case braille
    /// One dot a cell, plain characters only.
    case ascii
  }

  /// One character cell.
  struct Cell {
    var dots: UInt8 = 0
    var series = -1
    var mark: Character?
    var rule: Character?
    /// The series that the rule belongs to as its error bar.
    var ruleSeries = -1
    var shade = -1
  }

  let style: Style
  let columns: Int
  let rows: Int
  private var cells: [Cell]

  init(_ style: Style, columns: Int, rows: Int) {
    self.style = style
    self.columns = columns
    self.rows = rows
    self.cells = Array(repeating: Cell(), count: columns * rows)
  }

  var dotColumns: Int { columns * (style == .braille ? 2 : 1) }
  var dotRows: Int { rows * (style == .braille ? 4 : 1) }

  subscript(column: Int, row: Int) -> Cell {
    get { isInside(column, row) ? cells[row * columns + column] : Cell() }
    set { if isInside(column, row) { cells[row * columns + column] = newValue } }
  }

  /// The dot column of a fraction of the x axis.
  func dotColumn(_ fraction: Double) -> Int { Int((fraction * Double(dotColumns - 1)).rounded()) }

  /// The dot row of a fraction of the y axis; row 0 is at the top.
  func dotRow(_ fraction: Double) -> Int { Int(((1 - fraction) * Double(dotRows - 1)).rounded()) }

  /// The cell that holds a dot.
  func cell(ofDot column: Int, _ row: Int) -> (column: Int, row: Int) {
    style == .braille ? (column / 2, row / 4) : (column, row)
  }

  /// Sets a dot in the colour of `series`.
  mutating func dot(_ column: Int, _ row: Int, series: Int) {
    guard column >= 0, row >= 0 else { return }
    let place = cell(ofDot: column, row)
    let bit = style == .braille ? TextCanvas.brailleBit(column & 1, row & 3) : 1
    self[place.column, place.row].dots |= bit
    self[place.column, place.row].series = series
  }

  /// Joins two dots (Bresenham).
  mutating func line(from start: (Int, Int), to end: (Int, Int), series: Int) {
    let dx = abs(end.0 - start.0)
    let dy = -abs(end.1 - start.1)
    let stepX = start.0 < end.0 ? 1 : -1
    let stepY = start.1 < end.1 ? 1 : -1
    var (x, y) = start
    var error = dx + dy
    while true {
      dot(x, y, series: series)
      if x == end.0 && y == end.1 { return }
      let doubled = 2 * error
      if doubled >= dy { (error, x) = (error + dy, x + stepX) }
      if doubled <= dx { (error, y) = (error + dx, y + stepY) }
    }
  }

  /// What a cell looks like, and the series whose colour it has (-1: none).
  func appearance(_ column: Int, _ row: Int, marks: [Character]) -> (character: Character, series: Int) {
    let cell = self[column, row]
    if let mark = cell.mark { return (mark, cell.series) }
    if cell.dots != 0 {
      switch style {
      case .ascii: return (marks.isEmpty ? "*" : marks[max(cell.series, 0) % marks.count], cell.series)
      case .braille:
        return (Unicode.Scalar(0x2800 + UInt32(cell.dots)).map { Character($0) } ?? " ", cell.series)
      }
    }
    if let rule = cell.rule { return (rule, cell.ruleSeries) }
    if cell.shade >= 0 { return (style == .braille ? "\u{2591}" : ".", cell.shade) }
    // A blank Braille pattern is as wide as the others in every font; a space is not.
    return (style == .braille ? "\u{2800}" : " ", -1)
  }

  private func isInside(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < columns && row >= 0 && row < rows
  }

  private static func brailleBit(_ column: Int, _ row: Int) -> UInt8 {
    if row == 3 { return column == 0 ? 0x40 : 0x80 }
    return 1 << UInt8(row + 3 * column)
  }
}
