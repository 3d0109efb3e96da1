/// When output is coloured.
enum ColourChoice: String, Sendable, CaseIterable {
  /// Where somebody sees it and nothing speaks against it.
  case auto
  case always
  case never
}

/// What the far end of a descriptor can show.
struct Terminal: Equatable, Sendable {
  /// Whether it is a terminal at all.
  var isTerminal: Bool
  /// Columns; 80 where nothing tells.
  var width: Int
  /// Rows; 24 where nothing tells.
  var height: Int
  var usesColour: Bool
  /// Whether it understands escape sequences that move the cursor.
  var movesCursor: Bool
  /// Whether it shows characters beyond ASCII.
  var showsUnicode: Bool

  /// Asks the system about `descriptor`.
  static func current(_ descriptor: Int32, colour: ColourChoice = .auto) -> Terminal {
    var size = winsize()
    let knowsSize = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    return Terminal(
      isTerminal: isatty(descriptor) == 1, columns: knowsSize ? Int(size.ws_col) : 0,
      rows: knowsSize ? Int(size.ws_row) : 0, colour: colour,
      environment: { getenv($0).map { String(cString: $0) } })
  }

  /// Decides from what is known; `columns` and `rows` are 0 where the system does not say.
  ///
  /// Colour needs a terminal that is not `TERM=dumb` and no `NO_COLOR` (an empty one does not count);
  /// `colour` overrules all of that. Characters beyond ASCII need a terminal whose locale, if it names any,
  /// is one of UTF-8.
  init(
    isTerminal: Bool, columns: Int, rows: Int, colour: ColourChoice, environment: (String) -> String?
  ) {
    let isDumb = environment("TERM") == "dumb"
    self.isTerminal = isTerminal
    self.width = columns > 0 ? columns : Terminal.size(environment("COLUMNS")) ?? 80
    self.height = rows > 0 ? rows : Terminal.size(environment("LINES")) ?? 24
    self.movesCursor = isTerminal && !isDumb
    switch colour {
    case .always: self.usesColour = true
    case .never: self.usesColour = false
    case .auto: self.usesColour = isTerminal && !isDumb && (environment("NO_COLOR") ?? "").isEmpty
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty }
    let saysUTF8 = locale.map { locale in
      let name = locale.lowercased()
      return name.contains("utf-8") || name.contains("utf8")
    }
    self.showsUnicode = isTerminal && (saysUTF8 ?? true)
  }

  private static func size(_ text: String?) -> Int? {
    guard let text, let size = Int(text), size > 0, size <= 10_000 else { return nil }
    return size
  }
}
