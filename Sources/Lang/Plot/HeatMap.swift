import Engine

/// A picture of numbers from 0 in rows and columns, as shades.
struct HeatMap: Equatable {
  let title: String
  /// The name of each row.
  let rows: [String]
  /// The numbers, row by row.
  let values: [[Double]]

  /// The number that the darkest shade stands for.
  var largest: Double { values.joined().max() ?? 0 }

  private static let shades = [" ", "\u{2591}", "\u{2592}", "\u{2593}", "\u{2588}"]

  /// Two characters for each number, and what the shades mean.
  var text: String {
    let width = rows.map(\.count).max() ?? 0
    let lines = zip(rows, values).map { name, values in
      let cells = values.map { value in
        let shade = HeatMap.shades[step(value, HeatMap.shades.count)]
        return shade + shade
      }
      return name + String(repeating: " ", count: width - name.count) + " |" + cells.joined() + "|"
    }
    return ([title] + lines + ["\(HeatMap.shades[4]) \(Printing.number(largest, digits: 3))"])
      .joined(separator: "\n")
  }

  /// Which of `count` shades a number has: the first for 0 alone.
  private func step(_ value: Double, _ count: Int) -> Int {
    guard value > 0, largest > 0 else { return 0 }
    return max(1, min(count - 1, Int((value / largest * Double(count - 1)).rounded(.up))))
  }

  /// The picture with a square for each number.
  var svg: String {
    let (side, left, top) = (18, 70, 28)
    var parts: [String] = []
    for (row, (name, values)) in zip(rows, values).enumerated() {
      let y = top + row * side
      parts.append(
        "<text x=\"\(left - 6)\" y=\"\(y + 13)\" text-anchor=\"end\">\(HeatMap.escaped(name))</text>")
      for (column, value) in values.enumerated() {
        let shade = 255 - (largest > 0 ? Int((255 * value / largest).rounded()) : 0)
        parts.append(
          "<rect x=\"\(left + column * side)\" y=\"\(y)\" width=\"\(side)\" height=\"\(side)\" "
            + "fill=\"rgb(\(shade),\(shade),255)\"><title>\(Printing.number(value, digits: 3))</title></rect>"
        )
      }
    }
    let width = left + (values.map(\.count).max() ?? 0) * side + 10
    let height = top + rows.count * side + 10
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" font-family="sans-serif" font-size="11">
      <rect width="100%" height="100%" fill="white"/>
      <text x="\(left)" y="18">\(HeatMap.escaped(title))</text>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }

  /// One line for each row: its name, then its numbers.
  var csv: String {
    zip(rows, values).map { name, values in ([name] + values.map { "\($0)" }).joined(separator: ",") + "\n" }
      .joined()
  }
}

/// A heat map, with its numbers.
final class HeatMapObject: Object, Saveable, @unchecked Sendable {
  let map: HeatMap

  init(_ map: HeatMap) {
    self.map = map
    super.init()
  }

  func save(to path: String, ending: String, _ call: Call) throws {
    let text =
      switch ending {
      case "svg": map.svg
      case "csv": map.csv
      case "txt": map.text + "\n"
      default: throw call.failure("a heat map is saved as .svg, .csv or .txt, got \(Text.quoted(path))")
      }
    try FileContents.write(text, to: path, for: "save")
  }

  override var kind: String { "plot" }
  override var summary: String { "heat map \(Text.quoted(map.title)) of \(map.rows.count) rows" }
  override var memberNames: [String] { ["svg", "csv"] }
  override func member(_ name: String) throws -> Value? {
    switch name {
    case "svg": .text(map.svg)
    case "csv": .text(map.csv)
    default: nil
    }
  }
}
