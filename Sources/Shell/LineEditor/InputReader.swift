import Lang

/// Reads an input as it grows, once for each text it has had, and says whether Enter ends it.
final class InputReader {
  private let session: Session
  private var last: Reading?
  private var lastText = ""
  /// How many inputs have been entered.
  private(set) var count = 0

  init(_ session: Session) { self.session = session }

  /// What the current input is called in errors: `in[12]`.
  var name: String { "in[\(count + 1)]" }

  /// Goes on to the next input.
  func advance() {
    count += 1
    last = nil
  }

  /// The text as it was read, now or before.
  func reading(of text: String) -> Reading {
    if let last, lastText == text { return last }
    let reading = session.read(text, name: name)
    (last, lastText) = (reading, text)
    return reading
  }

  /// Whether the text needs more lines; of the commands of the prompt, only those that take code can.
  func isIncomplete(_ text: String) -> Bool {
    let code = InputReader.isMeta(text) ? ShellCommands.code(in: text) : text
    return code.map { reading(of: $0).isIncomplete } ?? false
  }

  /// The spaces that begin the line which Enter opens before `rest`, or nil where Enter ends the input.
  ///
  /// A second empty line ends an input that will not become complete.
  func indentation(after text: String, before rest: String) -> Int? {
    guard isIncomplete(text + rest) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).suffix(2)
    if rest.isEmpty, lines.count == 2, lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { return nil }
    return InputOutline.indentation(after: text)
  }

  /// Whether a text is a command of the prompt or of the system's shell, or asks for help.
  static func isMeta(_ text: String) -> Bool {
    let first = text.first { $0 != " " && $0 != "\t" }
    return first == ":" || first == "?" || first == "!"
  }
}
