/// A line of text in which each series has its colour.
struct ColouredText {
  /// Entries of the 256-colour palette of middling lightness, for light and dark backgrounds.
  static let palette = [33, 208, 35, 170, 37, 167, 141, 143]

  private let usesColour: Bool
  private var text = ""
  /// Blanks wait until something follows them.
  private var blanks = ""
  private var current = -1

  init(usesColour: Bool) { self.usesColour = usesColour }

  /// The line without the blanks at its end.
  var trimmed: String { current >= 0 ? text + "\u{1B}[39m" : text }

  /// How many columns a line takes, its colours left out.
  static func width(_ line: String) -> Int {
    var isSequence = false
    return line.unicodeScalars.reduce(0) { width, scalar in
      if scalar == "\u{1B}" { isSequence = true }
      defer { if isSequence, scalar == "m" { isSequence = false } }
      return isSequence ? width : width + 1
    }
  }

  /// Adds `piece` in the colour of `series` (-1: the terminal's own).
  mutating func append(_ piece: String, series: Int = -1) {
    for character in piece {
      if character == " " || character == "\u{2800}" {
        blanks.append(character)
        continue
      }
      if usesColour && series != current {
        // Blanks look alike in every colour, so the change waits for them.
        let palette = ColouredText.palette
        text += blanks
        text += series < 0 ? "\u{1B}[39m" : "\u{1B}[38;5;\(palette[series % palette.count])m"
        (blanks, current) = ("", series)
      }
      text += blanks
      text.append(character)
      blanks = ""
    }
  }
}
