/// A piece of program text: a file, a line typed at the prompt, the argument of `-e`.
public final class Source: Sendable {
  /// What errors call it: a path, or `prompt`.
  public let name: String
  /// The text as UTF-8.
  let bytes: [UInt8]
  private let lineStarts: [Int]

  /// Creates a source from `text`; errors refer to it as `name`.
  public init(name: String, text: String) {
    self.name = name
    self.bytes = Array(text.utf8)
    var starts = [0]
    for (i, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(i + 1) }
    self.lineStarts = starts
  }

  /// The line and column, both from 1, of a byte offset.
  public func position(of offset: Int) -> (line: Int, column: Int) {
    var low = 0, high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    let column = String(decoding: bytes[lineStarts[low]..<min(max(offset, lineStarts[low]), bytes.count)], as: UTF8.self)
    return (low + 1, column.count + 1)
  }

  /// The text of a line, counted from 1, without its newline.
  public func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let start = lineStarts[number - 1]
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
  }

  /// The text between two byte offsets.
  func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[max(0, start)..<min(max(start, end), bytes.count)], as: UTF8.self)
  }
}

/// A stretch of a source, in bytes.
public struct Span: Sendable {
  public let source: Source
  public let start: Int
  public let end: Int

  /// The smallest span that holds both.
  func through(_ other: Span) -> Span {
    Span(source: source, start: min(start, other.start), end: max(end, other.end))
  }

  /// The text it covers.
  public var text: String { source.text(start, end) }

  /// The line it starts on, from 1.
  public var line: Int { source.position(of: start).line }
}
