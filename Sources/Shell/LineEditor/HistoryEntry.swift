/// One input as a line of the history file: a JSON string, so that a block stays one entry.
enum HistoryEntry {
  /// `text` as a JSON string, quotes included, without any raw control character.
  static func encoded(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{0}"..<"\u{20}", "\u{7F}": result += "\\u00" + hexadecimal(UInt8(scalar.value))
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The text of a line of the file, or nil where it is not a JSON string.
  static func decoded(_ line: some StringProtocol) -> String? {
    var scalars = line.unicodeScalars.makeIterator()
    guard scalars.next() == "\"" else { return nil }
    var result = String.UnicodeScalarView()
    while let scalar = scalars.next() {
      switch scalar {
      case "\"": return scalars.next() == nil ? String(result) : nil
      case "\\":
        guard let escaped = scalars.next(), let meant = unescaped(escaped, &scalars) else { return nil }
        result.append(meant)
      case "\u{0}"..<"\u{20}": return nil
      default: result.append(scalar)
      }
    }
    return nil
  }

  private static func unescaped(
    _ scalar: Unicode.Scalar, _ rest: inout some IteratorProtocol<Unicode.Scalar>
  ) -> Unicode.Scalar? {
    switch scalar {
    case "\"", "\\", "/": return scalar
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "u":
      guard let unit = codeUnit(&rest) else { return nil }
      guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) }
      guard rest.next() == "\\", rest.next() == "u", let low = codeUnit(&rest),
        (0xDC00..<0xE000).contains(low)
      else { return nil }
      return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    default: return nil
    }
  }

  private static func codeUnit(_ rest: inout some IteratorProtocol<Unicode.Scalar>) -> UInt32? {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let scalar = rest.next(), let digit = Character(scalar).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
