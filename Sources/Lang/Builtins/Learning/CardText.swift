import Engine

/// How the engine's cards look as text.
enum CardText {
  static func notes(_ notes: [String]) -> String { notes.map { "- \($0)" }.joined(separator: "\n") }

  static func parameters(_ parameters: [Parameter]) -> String {
    parameters.map {
      "`\($0.name)`: \($0.meaning); \($0.range). \($0.source == "" ? "" : "Default from: \($0.source).")"
    }.joined(separator: "\n")
  }
}
