import Engine

/// JSON messages behind headers that say how long they are, as the Language Server Protocol frames them: read from a
/// file descriptor, written to standard output.
struct MessageStream {
  private let input: Int32
  private var buffer: [UInt8] = []

  init(input: Int32) { self.input = input }

  /// The longest message that is taken, in bytes.
  static let longest = 1 << 28

  /// What came instead of a message.
  enum Failure: Error, Equatable {
    /// A message that is no JSON; the next one can be read.
    case notJSON(String)
    /// A header without a usable length: where the next message begins is unknown.
    case noLength
  }

  /// The next message; nil at the end of input.
  mutating func next() throws(Failure) -> JSON? {
    let separator = Array("\r\n\r\n".utf8)
    var end: Int?
    while end == nil {
      end = buffer.firstRange(of: separator)?.lowerBound
      if end == nil {
        guard buffer.count <= 1 << 16 else { throw .noLength }
        guard fill() else { return nil }
      }
    }
    let header = String(decoding: buffer[..<(end ?? 0)], as: UTF8.self)
    guard let length = MessageStream.length(header), (0...MessageStream.longest).contains(length) else {
      throw .noLength
    }
    buffer.removeFirst((end ?? 0) + separator.count)
    while buffer.count < length {
      guard fill() else { return nil }
    }
    let body = buffer[..<length]
    defer { buffer.removeFirst(length) }
    do {
      return try JSON.parse(body)
    } catch {
      throw .notJSON(error.message)
    }
  }

  private static func length(_ header: String) -> Int? {
    for line in header.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      return Int(parts[1].filter { $0 != " " })
    }
    return nil
  }

  /// Reads what there is; false at the end of input.
  private mutating func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
      if count > 0 {
        buffer += chunk[..<count]
        return true
      }
      if count < 0, errno == EINTR { continue }
      return false
    }
  }

  func write(_ message: JSON) {
    let body = message.line
    StandardStream.output.write("Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }
}
