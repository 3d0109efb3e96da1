/// A piece of program text: a file, a line typed at the prompt, the argument of `-e`.
public final class Source: Sendable {
  /// What errors call it: a path, or `prompt`.
  public let name: String
  /// The text as UTF-8.
  let bytes: [UInt8]
  /// Whether it came with `rls`: an error in it is shown where the user's own program called it.
  let isLibrary: Bool
  private let lineStarts: [Int]

  /// Creates a source from `text`; errors refer to it as `name`.
  public convenience init(name: String, text: String) { self.init(name: name, text: text, isLibrary: false) }

  init(name: String, text: String, isLibrary: Bool) {
    self.name = name
    self.isLibrary = isLibrary
    self.bytes = Array(text.utf8)
    var starts = [0]
    for (i, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(i + 1) }
    self.lineStarts = starts
  }

  /// The largest source that is read, in bytes.
  public static let largest = 1 << 24

  /// The line, from 1, of a byte offset.
  public func line(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low + 1
  }

  /// The byte offsets of a line, counted from 1, without its newline.
  func range(ofLine number: Int) -> Range<Int> {
    guard number >= 1, number <= lineStarts.count else { return 0..<0 }
    let start = lineStarts[number - 1]
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    return start..<max(start, end)
  }

  /// The line and column, both from 1, of a byte offset.
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let line = line(of: offset)
    let start = range(ofLine: line).lowerBound
    let before = bytes[start..<min(max(offset, start), bytes.count)]
    // Counting characters takes long in lines of megabytes: code points will do there.
    if before.count > 10_000 { return (line, before.count { $0 & 0xC0 != 0x80 } + 1) }
    return (line, String(decoding: before, as: UTF8.self).count + 1)
  }

  /// The text of a line, counted from 1, without its newline.
  public func line(_ number: Int) -> String {
    String(decoding: bytes[range(ofLine: number)], as: UTF8.self)
  }

  /// The comment on the lines above one, without the signs.
  func remarks(above line: Int) -> [String] {
    var lines: [String] = []
    var number = line - 1
    while number >= 1 {
      let text = self.line(number).drop { $0 == " " || $0 == "\t" }
      guard text.hasPrefix("#"), !text.hasPrefix("#!") else { break }
      lines.append(String(text.drop { $0 == "#" }.drop { $0 == " " }))
      number -= 1
    }
    return lines.reversed()
  }

  /// The text between two byte offsets.
  func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[max(0, start)..<min(max(start, end), bytes.count)], as: UTF8.self)
  }
}

/// A stretch of a source, in bytes.
public struct Span: Sendable {
  /// The text that the offsets count in.
  public let source: Source
  /// The offset of the first byte, from 0.
  public let start: Int
  /// The offset behind the last byte; `start` for an empty span.
  public let end: Int

  /// The smallest span that holds both.
  func through(_ other: Span) -> Span {
    Span(source: source, start: min(start, other.start), end: max(end, other.end))
  }

  /// The text it covers.
  public var text: String { source.text(start, end) }

  /// The line it starts on, from 1.
  public var line: Int { source.line(of: start) }
}
