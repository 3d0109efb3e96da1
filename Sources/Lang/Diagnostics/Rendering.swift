/// How diagnostics look: message, place, the line with a caret under it, help.
public enum DiagnosticRendering {
  /// The text of a diagnostic, several lines, without a final newline.
  public static func text(_ diagnostic: Diagnostic, style: Style = .plain) -> String {
    text("error", diagnostic.message, diagnostic.span, help: diagnostic.help, style: style)
  }

  static func text(
    _ severity: String, _ message: String, _ span: Span?, help: String?, style: Style
  ) -> String {
    var lines = ["\(style.red)\(style.bold)\(severity):\(style.reset) \(style.bold)\(message)\(style.reset)"]
    if let span {
      let (line, column) = span.source.position(of: span.start)
      let number = "\(line)"
      let margin = String(repeating: " ", count: number.count)
      let code = span.source.line(line)
      let width = span.source.position(of: max(span.start, span.end)).line == line
        ? max(1, span.text.count) : max(1, code.count - column + 1)
      let (shown, offset) = window(code, column: column)
      let underline = String(repeating: "^", count: min(width, max(1, shown.count - offset)))
      lines.append("\(margin)\(style.blue)-->\(style.reset) \(span.source.name):\(line):\(column)")
      lines.append("\(style.blue)\(number) |\(style.reset) \(shown)")
      let padding = String(repeating: " ", count: offset)
      lines.append("\(margin)\(style.blue) |\(style.reset) \(padding)\(style.red)\(underline)\(style.reset)")
    }
    if let help { lines.append("\(style.green)help:\(style.reset) \(help)") }
    return lines.joined(separator: "\n")
  }

  /// The part of a long line around a column, tabs as spaces, and where the column is in it.
  private static func window(_ line: String, column: Int) -> (String, Int) {
    let characters = line.map { $0 == "\t" ? " " : $0 }
    guard characters.count > 120 else { return (String(characters), min(column - 1, characters.count)) }
    let start = max(0, min(column - 40, characters.count - 100))
    let end = min(characters.count, start + 100)
    return (String(characters[start..<end]), min(column - 1, characters.count) - start)
  }

  /// Colours, or none.
  public struct Style: Sendable {
    let red, green, blue, bold, dim, reset: String
    /// No colours.
    public static let plain = Style(red: "", green: "", blue: "", bold: "", dim: "", reset: "")
    /// ANSI colours.
    public static let ansi = Style(
      red: "\u{1B}[31m", green: "\u{1B}[32m", blue: "\u{1B}[34m", bold: "\u{1B}[1m", dim: "\u{1B}[2m",
      reset: "\u{1B}[0m")
  }
}
