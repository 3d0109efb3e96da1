/// Numbers written in decimal.
enum NumberText {
  /// The number that a text holds with white space around it; nil for anything else, hexadecimal included.
  static func number(_ text: some StringProtocol) -> Double? {
    var bytes = Array(text.utf8)[...]
    while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    guard let first = bytes.first else { return nil }
    let rest = first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    let isDecimal = rest.allSatisfy { byte in
      byte >= 48 && byte <= 57 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: "+")
        || byte | 0x20 == UInt8(ascii: "e")
    }
    if isDecimal { return Double(String(decoding: bytes, as: UTF8.self)) }
    switch String(decoding: rest, as: UTF8.self).lowercased() {
    case "inf", "infinity": return first == UInt8(ascii: "-") ? -.infinity : .infinity
    case "nan": return .nan
    default: return nil
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte >= 9 && byte <= 13 }
}
