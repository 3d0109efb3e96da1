/// Lines from a descriptor without prompt, echo, editing or history: for pipes, files and tests.
struct PlainSource: LineSource {
  private let descriptor: Int32
  private let interruptFlag: UnsafeMutablePointer<Int32>?
  private var buffer: [UInt8] = []
  private var start = 0
  private var hasEnded = false

  /// Reads from `descriptor`; a read that a signal cuts short reports an interrupt when the flag is set.
  init(descriptor: Int32 = STDIN_FILENO, interruptFlag: UnsafeMutablePointer<Int32>? = nil) {
    self.descriptor = descriptor
    self.interruptFlag = interruptFlag
  }

  /// The next line; a last line without a newline counts, and bytes that are not UTF-8 are replaced.
  mutating func readLine(prompt: String) -> LineEvent {
    var searched = start
    while true {
      if let newline = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = text(buffer[start..<newline])
        start = newline + 1
        return .line(line)
      }
      if hasEnded {
        if start >= buffer.count { return .endOfInput }
        let line = text(buffer[start...])
        start = buffer.count
        return .line(line)
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      if let event = fill() { return event }
    }
  }

  mutating func remember(_ entry: String) {}

  /// Reads some more; gives an event only when a signal cut the read short.
  private mutating func fill() -> LineEvent? {
    let capacity = 1 << 16
    var got = 0
    buffer += [UInt8](unsafeUninitializedCapacity: capacity) { bytes, count in
      got = read(descriptor, bytes.baseAddress, capacity)
      count = max(0, got)
    }
    if got > 0 { return nil }
    guard got < 0, errno == EINTR else {
      hasEnded = true
      return nil
    }
    guard let interruptFlag, interruptFlag.pointee != 0 else { return nil }
    interruptFlag.pointee = 0
    return .interrupted
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self)
  }
}
