import CReadline
import Lang

/// How a stretch of the input looks.
enum InputStyle: Hashable {
  case plain, prompt, suggestion, bracket
  case code(InputOutline.Highlight.Kind)

  /// Switches every style off.
  static let reset = "\u{1B}[0m"

  /// The escape sequence that switches it on.
  var escape: String {
    switch self {
    case .plain: ""
    case .prompt: "\u{1B}[1m"
    case .suggestion: "\u{1B}[90m"
    case .bracket: "\u{1B}[1;4m"
    case .code(.keyword): "\u{1B}[35m"
    case .code(.builtin): "\u{1B}[36m"
    case .code(.unknown): "\u{1B}[31m"
    case .code(.string): "\u{1B}[32m"
    case .code(.number): "\u{1B}[33m"
    case .code(.comment): "\u{1B}[3;90m"
    case .code(.label): "\u{1B}[34m"
    }
  }
}

/// An input on the rows of a terminal: the prompt, the text, a suggestion, and where the cursor is.
struct BlockLayout: Equatable {
  /// What stands on one row, escape sequences included.
  struct Row: Equatable {
    var text = ""
    /// In columns.
    var width = 0
  }

  private(set) var rows: [Row] = []
  /// Counted from 0.
  private(set) var cursor = (row: 0, column: 0)
  private let columns: Int
  private let usesColour: Bool
  /// The row that is being laid out, as UTF-8: a string grows much slower.
  private var row: [UInt8] = []
  private var width = 0
  private var style = InputStyle.plain

  static func == (a: BlockLayout, b: BlockLayout) -> Bool { a.rows == b.rows && a.cursor == b.cursor }

  /// Lays out `text` (UTF-8, repaired where it is none) with the cursor before the byte `cursor`.
  ///
  /// Each line begins with `prompt` or `continuation`. `highlights` are stretches of bytes in order. A row holds at
  /// most `columns` columns, and the cursor is always within one.
  init(
    _ text: [UInt8], cursor position: Int, prompt: String, continuation: String,
    highlights: [InputOutline.Highlight] = [], brackets: (open: Int, close: Int)? = nil,
    suggestion: String = "", columns: Int, usesColour: Bool
  ) {
    self.columns = max(columns, 1)
    self.usesColour = usesColour
    put(prompt, .prompt)
    var highlight = highlights[...]
    var at = 0
    while at < text.count {
      if at == position { placeCursor() }
      let (scalar, length) = BlockLayout.scalar(text, at)
      while let first = highlight.first, first.end <= at { highlight.removeFirst() }
      if scalar == "\n" {
        endRow()
        put(continuation, .prompt)
      } else if at == brackets?.open || at == brackets?.close {
        put(scalar, .bracket)
      } else if let first = highlight.first, first.start <= at {
        put(scalar, .code(first.kind))
      } else {
        put(scalar, .plain)
      }
      at += length
    }
    if position >= text.count { placeCursor() }
    put(suggestion, .suggestion)
    endRow()
  }

  /// The continuation prompt that lines up with `prompt`: `...> ` under `rls> `.
  static func continuation(of prompt: String) -> String {
    let width = prompt.unicodeScalars.reduce(0) { $0 + BlockLayout.width(of: $1) }
    return width > 2 ? String(repeating: ".", count: width - 2) + "> " : prompt
  }

  private mutating func placeCursor() {
    if width >= columns { endRow() }
    cursor = (rows.count, width)
  }

  private mutating func put(_ text: String, _ style: InputStyle) {
    for scalar in text.unicodeScalars { put(scalar, style) }
  }

  private mutating func put(_ scalar: Unicode.Scalar, _ style: InputStyle) {
    if scalar.value < 32 || scalar.value == 127 {
      // What a terminal would obey is shown as readline shows it; a tab is as wide as an indentation.
      if scalar == "\t" { return put("    ", style) }
      put("^", style)
      return put(Unicode.Scalar(UInt8(scalar.value) ^ 64), style)
    }
    if (0x80..<0xA0).contains(scalar.value) { return put("\u{FFFD}", style) }
    let advance = BlockLayout.width(of: scalar)
    if width + advance > columns, width > 0 { endRow() }
    if usesColour, style != self.style {
      if self.style != .plain { row += InputStyle.reset.utf8 }
      row += style.escape.utf8
      self.style = style
    }
    if scalar.isASCII { row.append(UInt8(scalar.value)) } else { row += Array(String(scalar).utf8) }
    width += advance
  }

  private mutating func endRow() {
    if style != .plain { row += InputStyle.reset.utf8 }
    style = .plain
    rows.append(Row(text: String(decoding: row, as: UTF8.self), width: width))
    row.removeAll(keepingCapacity: true)
    width = 0
  }

  /// The columns that a character takes: 2 for wide ones, 0 for accents that join the one before.
  static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    let width = crl_width(scalar.value)
    return width < 0 ? 1 : Int(width)
  }

  /// The character that starts at a byte, and its length; U+FFFD for a byte that starts none.
  static func scalar(_ bytes: [UInt8], _ at: Int) -> (Unicode.Scalar, Int) {
    let first = bytes[at]
    if first < 0x80 { return (Unicode.Scalar(first), 1) }
    var iterator = bytes[at..<min(at + 4, bytes.count)].makeIterator()
    var decoder = Unicode.UTF8()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) {
      return (scalar, String(scalar).utf8.count)
    }
    return ("\u{FFFD}", 1)
  }
}
