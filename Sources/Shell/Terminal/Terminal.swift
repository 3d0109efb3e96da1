// Terminal: what the terminal can show, the streams, and the programs that run beside this one.

import Engine
import Lang

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
  /// How it takes pictures, if its name is one that is known to: `kitty` or `sixel`.
  var pictures: Settings.Plots?
  /// How many pixels it is wide; about 8 for each column where it does not say.
  var pixels: Int

  /// Asks the system about `descriptor`.
  static func current(_ descriptor: Int32, colour: ColourChoice = .auto) -> Terminal {
    var size = winsize()
    let knowsSize = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    return Terminal(
      isTerminal: isatty(descriptor) == 1, columns: knowsSize ? Int(size.ws_col) : 0,
      rows: knowsSize ? Int(size.ws_row) : 0,
      pixels: knowsSize ? Int(size.ws_xpixel) : 0, colour: colour,
      environment: System.variable)
  }

  /// Decides from what is known; `columns` and `rows` are 0 where the system does not say.
  ///
  /// Colour needs a terminal that is not `TERM=dumb` and no `NO_COLOR` (an empty one does not count);
  /// `colour` overrules all of that. Characters beyond ASCII need a terminal whose locale, if it names any,
  /// is one of UTF-8.
  init(
    isTerminal: Bool, columns: Int, rows: Int, pixels: Int = 0, colour: ColourChoice,
    environment: (String) -> String?
  ) {
    let isDumb = environment("TERM") == "dumb"
    self.isTerminal = isTerminal
    self.width = columns > 0 ? columns : Terminal.size(environment("COLUMNS")) ?? 80
    self.height = rows > 0 ? rows : Terminal.size(environment("LINES")) ?? 24
    self.movesCursor = isTerminal && !isDumb
    self.pictures = Terminal.pictures(environment)
    self.pixels = pixels > 0 ? pixels : 8 * width
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

  /// How a picture is to be shown under a setting; nil where it is to be characters.
  func picture(_ setting: Settings.Plots) -> TerminalPicture? {
    guard movesCursor, let form = setting == .pictures ? pictures : setting else { return nil }
    let columns = max(1, min(width, Picture.mostColumns))
    switch form {
    case .kitty: return .kitty(columns: columns)
    case .sixel: return .sixel(width: pixels * columns / max(1, width))
    case .auto, .ascii, .pictures: return nil
    }
  }

  /// What the environment says about the terminal.
  ///
  /// Asking the terminal itself could wait forever for an answer.
  private static func pictures(_ environment: (String) -> String?) -> Settings.Plots? {
    let name = environment("TERM") ?? ""
    let program = environment("TERM_PROGRAM") ?? ""
    // tmux and screen keep pictures from the terminal around them.
    if name.hasPrefix("tmux") || name.hasPrefix("screen") || environment("TMUX") != nil { return nil }
    let isKitty = environment("KITTY_WINDOW_ID") != nil || name.contains("kitty")
    if isKitty || ["WezTerm", "ghostty"].contains(program) { return .kitty }
    let showsSixels = ["foot", "mlterm", "contour"].contains { name.hasPrefix($0) } || name.contains("sixel")
    return showsSixels || ["mintty", "iTerm.app"].contains(program) ? .sixel : nil
  }

  private static func size(_ text: String?) -> Int? {
    guard let text, let size = Int(text), size > 0, size <= 10_000 else { return nil }
    return size
  }
}
