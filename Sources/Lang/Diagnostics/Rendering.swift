/// How diagnostics look: message, place, the line with a caret under it, help.
public enum DiagnosticRendering {
  /// The text of a diagnostic, several lines, without a final newline.
  public static func text(_ diagnostic: Diagnostic, style: Style = .plain) -> String {
    text("error", diagnostic.message, diagnostic.span, help: diagnostic.help, style: style)
  }

  static func text(
    _ severity: String, _ message: String, _ span: Span?, help: String?, style: Style
  ) -> String {
    var lines = [
      "\(style.red)\(style.bold)\(severity):\(style.reset) \(style.bold)\(Text.visible(message))\(style.reset)"
    ]
    if let span {
      let (line, column) = span.source.position(of: span.start)
      let number = "\(line)"
      let margin = String(repeating: " ", count: number.count)
      let (shown, offset) = window(
        span.source, line: line, start: span.start, columns: max(16, style.columns - number.count - 4))
      let end = min(span.end, span.start + 400, span.source.range(ofLine: line).upperBound)
      let width = max(1, span.source.text(span.start, end).count)
      let underline = String(repeating: "^", count: min(width, max(1, shown.count - offset)))
      lines.append(
        "\(margin)\(style.blue)-->\(style.reset) \(Text.visible(span.source.name)):\(line):\(column)")
      lines.append("\(style.blue)\(number) |\(style.reset) \(shown)")
      let padding = String(repeating: " ", count: offset)
      lines.append("\(margin)\(style.blue) |\(style.reset) \(padding)\(style.red)\(underline)\(style.reset)")
    }
    if let help { lines.append("\(style.green)help:\(style.reset) \(Text.visible(help))") }
    return lines.joined(separator: "\n")
  }

  /// The part of a line around a byte offset, tabs and what a terminal would obey as spaces, and how many
  /// characters stand before the offset.
  private static func window(_ source: Source, line: Int, start: Int, columns: Int) -> (String, Int) {
    let whole = source.range(ofLine: line)
    var low = whole.lowerBound
    var high = whole.upperBound
    if high - low > columns {
      low = max(low, min(start - columns / 3, high - columns))
      high = min(high, low + columns)
      while low < start, source.bytes[low] & 0xC0 == 0x80 { low += 1 }
      while high < whole.upperBound, source.bytes[high] & 0xC0 == 0x80 { high += 1 }
    }
    func shown(_ from: Int, _ to: Int) -> String {
      String(
        source.text(from, to).map { character in
          character.unicodeScalars.contains(where: Text.isObeyed) ? " " : character
        })
    }
    return (shown(low, high), shown(low, min(max(low, start), high)).count)
  }

  /// Colours, or none.
  public struct Style: Sendable {
    let red, green, blue, bold, dim, reset: String
    /// The room for a line of the source.
    public var columns = 120

    init(red: String, green: String, blue: String, bold: String, dim: String, reset: String) {
      (self.red, self.green, self.blue) = (red, green, blue)
      (self.bold, self.dim, self.reset) = (bold, dim, reset)
    }

    /// No colours.
    public static let plain = Style(red: "", green: "", blue: "", bold: "", dim: "", reset: "")
    /// ANSI colours.
    public static let ansi = Style(
      red: "\u{1B}[31m", green: "\u{1B}[32m", blue: "\u{1B}[34m", bold: "\u{1B}[1m", dim: "\u{1B}[2m",
      reset: "\u{1B}[0m")
  }
}
