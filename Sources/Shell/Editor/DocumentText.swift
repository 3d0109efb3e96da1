import Engine

/// The text of an open file, with places as the protocol counts them: lines from 0, columns in units of UTF-16.
struct DocumentText {
  let text: String
  private let bytes: [UInt8]
  private let lineStarts: [Int]

  init(_ text: String) {
    self.text = text
    let bytes = Array(text.utf8)
    self.bytes = bytes
    lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
  }

  /// The byte at a line and a column; the nearest one where the text has no such place.
  func offset(line: Int, column: Int) -> Int {
    guard line >= 0 else { return 0 }
    guard line < lineStarts.count else { return bytes.count }
    let start = lineStarts[line]
    let end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    var units = 0
    var at = start
    for scalar in String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars {
      if units >= column { break }
      units += UTF16.width(scalar)
      at += UTF8.width(scalar)
    }
    return min(at, end)
  }

  /// A byte as the protocol has it.
  func position(_ offset: Int) -> JSON {
    let offset = min(max(offset, 0), bytes.count)
    var line = lineStarts.count - 1
    while line > 0, lineStarts[line] > offset { line -= 1 }
    let before = String(decoding: bytes[lineStarts[line]..<offset], as: UTF8.self)
    return ["line": JSON(line), "character": JSON(before.utf16.count)]
  }

  /// A stretch of bytes as the protocol has it.
  func range(_ range: Range<Int>) -> JSON {
    ["start": position(range.lowerBound), "end": position(range.upperBound)]
  }

  /// All of it.
  var whole: JSON { range(0..<bytes.count) }
}

/// The paths of files, as addresses.
enum FileAddress {
  /// The path of `file:///a%20b.rls`; nil for what is no file.
  static func path(_ address: String) -> String? {
    guard address.hasPrefix("file://") else { return nil }
    let rest = Array(address.dropFirst("file://".count).drop { $0 != "/" }.utf8)
    var bytes: [UInt8] = []
    var at = 0
    while at < rest.count {
      let digits = at + 2 < rest.count ? String(decoding: rest[(at + 1)...(at + 2)], as: UTF8.self) : ""
      if rest[at] == UInt8(ascii: "%"), let byte = UInt8(digits, radix: 16) {
        bytes.append(byte)
        at += 3
      } else {
        bytes.append(rest[at])
        at += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The address of a file; a relative path is one in the working folder.
  static func address(_ path: String) -> String {
    var full = path
    if let resolved = realpath(path, nil) {
      full = String(cString: resolved)
      free(resolved)
    }
    let plain = Set("/-._~".utf8)
    let written = full.utf8.map { byte -> String in
      let isPlain =
        plain.contains(byte) || (48...57).contains(byte) || (97...122).contains(byte | 0x20)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + byte.hexadecimal.uppercased()
    }
    return "file://" + written.joined()
  }
}
